/** Tensors, their types, devices and ownership: data without maths. The operations stand in {@code kron4j.ops}. */
package kron4j;
