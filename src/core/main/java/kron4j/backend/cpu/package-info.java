/** The CPU backend: dense linear algebra by OpenBLAS, all else in plain Java over tiles that the JIT vectorises. */
package kron4j.backend.cpu;
