/** The CPU backend: dense work by OpenBLAS, everything else in plain Java over tiles that the JIT vectorises. */
package kron4j.backend.cpu;
