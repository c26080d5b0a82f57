/** The operations that every device implements, and the look-up of this machine's devices. */
package kron4j.backend;
