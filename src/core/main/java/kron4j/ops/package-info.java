/** The operations, named as in NumPy; static methods, forward and gradient side by side. */
package kron4j.ops;
