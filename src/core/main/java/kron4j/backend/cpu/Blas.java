package kron4j.backend.cpu;

import kron4j.DType;
import kron4j.DTypeException;
import kron4j.backend.View;
import kron4j.plan.GemmPlan.Matrix;

/**
 * BLAS in row-major terms, and LAPACK's transposition of matrices, on three storages of one dtype; offsets, leading dimensions and increments count elements.
 * Belongs to one thread.
 */
abstract class Blas {
    static final int ROW_MAJOR = 101;
    static final int NO_TRANSPOSE = 111;
    static final int TRANSPOSE = 112;
    static final int ADJOINT = 113;
    static final int CONJUGATE = 114;
    static final int UPPER = 121;

    static Blas of(View a, View b, View c) {
        return of(
                c.dtype(),
                a.storage().address(),
                b.storage().address(),
                c.storage().address());
    }

    /** Makes calls on operands that begin at these addresses. */
    static Blas of(DType dtype, long x, long y, long z) {
        OpenBlas.load();
        return switch (dtype) {
            case FLOAT32 -> BlasRoutines.SINGLE.on(x, y, z);
            case FLOAT64 -> BlasRoutines.DOUBLE.on(x, y, z);
            case COMPLEX64 -> BlasRoutines.SINGLE_COMPLEX.on(x, y, z);
            case COMPLEX128 -> BlasRoutines.DOUBLE_COMPLEX.on(x, y, z);
            case FLOAT16, BFLOAT16, INT32, INT64, INT8, UINT8, BOOL ->
                throw new DTypeException("gemm: no kernel for " + dtype);
        };
    }

    /** Whether the library computes with a dtype. */
    static boolean has(DType dtype) {
        return switch (dtype) {
            case FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 -> true;
            case FLOAT16, BFLOAT16, INT32, INT64, INT8, UINT8, BOOL -> false;
        };
    }

    /** How the library reads a matrix. */
    static int op(Matrix x) {
        return op(x.transposed(), x.conjugated());
    }

    static int op(boolean transposed, boolean conjugated) {
        if (conjugated) {
            return transposed ? ADJOINT : CONJUGATE;
        }
        return transposed ? TRANSPOSE : NO_TRANSPOSE;
    }

    /** {@code C = alpha * op(A) * op(B) + beta * C} with C m x n. */
    abstract void gemm(
            int opA,
            int opB,
            int m,
            int n,
            int k,
            Number alpha,
            long a,
            int lda,
            long b,
            int ldb,
            double beta,
            long c,
            int ldc);

    /** {@code C = alpha * op(A) * op(A)^T} with op(A) n x k: the upper triangle, at half the cost of a product, and a copy of it. */
    abstract void gram(int op, int n, int k, Number alpha, long a, int lda, long c, int ldc);

    /** {@code c = alpha * op(X) * y + beta * c} with X, rows x columns as stored, in A and y in B, or the reverse if {@code swapped}. */
    abstract void gemv(
            boolean swapped,
            int op,
            int rows,
            int columns,
            Number alpha,
            long matrix,
            int leading,
            long vector,
            int step,
            double beta,
            long c,
            int stepC);

    /** The dot product of count elements of A, conjugated or not, and of B; of complex ones its real part. */
    abstract double dot(boolean conjugated, int count, long a, int stepA, long b, int stepB);

    /** The imaginary part of the last dot product. */
    abstract double imaginary();

    /** Copies count elements of A, conjugated, to neighbours from {@code c} on. */
    abstract void conjugate(int count, long a, int step, long c);

    /** {@code C = A^T} with A rows x columns. */
    abstract void transpose(int rows, int columns, long a, int lda, long c, int ldc);
}
