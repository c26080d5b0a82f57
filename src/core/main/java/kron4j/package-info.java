/** Tensors, their dtypes, shapes and ownership; the mathematics is in {@link kron4j.ops}. */
package kron4j;
