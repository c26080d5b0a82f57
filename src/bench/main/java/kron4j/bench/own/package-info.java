/** Kron4J and the floors as peers of a comparison: each class is the main class of a process. */
package kron4j.bench.own;
