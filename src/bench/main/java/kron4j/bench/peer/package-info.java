/** What a measured library runs in: rows and their operands, the protocol, the clock. Imports the JDK and Gson only. */
package kron4j.bench.peer;
