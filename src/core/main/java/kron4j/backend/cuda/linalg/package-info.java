/** Factorisations on a card: LU, Cholesky, QR, singular values and eigenvalues, triangular solves. Knows {@code card} only. */
package kron4j.backend.cuda.linalg;
