/** LU and determinants of single matrices on the host in plain Java, from fast to certified, for the backends that need them. */
package kron4j.backend.determinant;
