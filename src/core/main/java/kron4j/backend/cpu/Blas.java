package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas.LAPACKE_dge_trans;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dlacpy_work;
import static org.bytedeco.openblas.global.openblas.LAPACKE_sge_trans;
import static org.bytedeco.openblas.global.openblas.LAPACKE_slacpy_work;

import kron4j.DType;
import kron4j.DTypeException;
import kron4j.backend.View;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * BLAS in row-major terms, and LAPACK's moves of matrices, on three storages of one dtype; offsets, leading dimensions and increments count elements.
 * Belongs to one thread.
 */
abstract class Blas {
    private static final int ROW_MAJOR = 101;
    private static final int COLUMN_MAJOR = 102;
    private static final byte ALL = 'A';
    private static final int NO_TRANSPOSE = 111;
    private static final int TRANSPOSE = 112;

    static {
        OpenBlas.load();
    }

    static Blas of(View a, View b, View c) {
        return of(
                c.dtype(),
                a.storage().address(),
                b.storage().address(),
                c.storage().address());
    }

    /** Makes calls on operands that begin at these addresses. */
    static Blas of(DType dtype, long x, long y, long z) {
        return switch (dtype) {
            case FLOAT32 -> new SinglePrecision(x, y, z);
            case FLOAT64 -> new DoublePrecision(x, y, z);
            case FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128, INT32, INT64, INT8, UINT8, BOOL ->
                throw new DTypeException("gemm: no kernel for " + dtype);
        };
    }

    /** Whether the library computes with a dtype. */
    static boolean has(DType dtype) {
        return switch (dtype) {
            case FLOAT32, FLOAT64 -> true;
            case FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128, INT32, INT64, INT8, UINT8, BOOL -> false;
        };
    }

    private static int code(boolean transposed) {
        return transposed ? TRANSPOSE : NO_TRANSPOSE;
    }

    /** {@code C = alpha * op(A) * op(B) + beta * C} with C m x n. */
    abstract void gemm(
            boolean transA,
            boolean transB,
            int m,
            int n,
            int k,
            double alpha,
            long a,
            int lda,
            long b,
            int ldb,
            double beta,
            long c,
            int ldc);

    /** {@code c = alpha * op(X) * y + beta * c} with X, rows x columns as stored, in A and y in B, or the reverse if {@code swapped}. */
    abstract void gemv(
            boolean swapped,
            boolean transposed,
            int rows,
            int columns,
            double alpha,
            long matrix,
            int leading,
            long vector,
            int step,
            double beta,
            long c,
            int stepC);

    /** The dot product of count elements of A and of B. */
    abstract double dot(int count, long a, int stepA, long b, int stepB);

    /** {@code C = A^T} with A rows x columns. */
    abstract void transpose(int rows, int columns, long a, int lda, long c, int ldc);

    /** {@code C = A} with both rows x columns. */
    abstract void copy(int rows, int columns, long a, int lda, long c, int ldc);

    private static final class SinglePrecision extends Blas {
        private final long[] address;
        private final OpenBlas.Floats x = new OpenBlas.Floats(0);
        private final OpenBlas.Floats y = new OpenBlas.Floats(0);
        private final OpenBlas.Floats z = new OpenBlas.Floats(0);

        SinglePrecision(long... address) {
            this.address = address;
        }

        private static OpenBlas.Floats at(OpenBlas.Floats pointer, long address, long element) {
            return pointer.at(address + element * Float.BYTES);
        }

        @Override
        void gemm(
                boolean transA,
                boolean transB,
                int m,
                int n,
                int k,
                double alpha,
                long a,
                int lda,
                long b,
                int ldb,
                double beta,
                long c,
                int ldc) {
            openblas_nolapack.cblas_sgemm(
                    ROW_MAJOR,
                    code(transA),
                    code(transB),
                    m,
                    n,
                    k,
                    (float) alpha,
                    at(x, address[0], a),
                    lda,
                    at(y, address[1], b),
                    ldb,
                    (float) beta,
                    at(z, address[2], c),
                    ldc);
        }

        @Override
        double dot(int count, long a, int stepA, long b, int stepB) {
            return openblas_nolapack.cblas_sdot(count, at(x, address[0], a), stepA, at(y, address[1], b), stepB);
        }

        @Override
        void transpose(int rows, int columns, long a, int lda, long c, int ldc) {
            LAPACKE_sge_trans(ROW_MAJOR, rows, columns, at(x, address[0], a), lda, at(z, address[2], c), ldc);
        }

        @Override
        void copy(int rows, int columns, long a, int lda, long c, int ldc) {
            LAPACKE_slacpy_work(COLUMN_MAJOR, ALL, columns, rows, at(x, address[0], a), lda, at(z, address[2], c), ldc);
        }

        @Override
        void gemv(
                boolean swapped,
                boolean transposed,
                int rows,
                int columns,
                double alpha,
                long matrix,
                int leading,
                long vector,
                int step,
                double beta,
                long c,
                int stepC) {
            openblas_nolapack.cblas_sgemv(
                    ROW_MAJOR,
                    code(transposed),
                    rows,
                    columns,
                    (float) alpha,
                    at(x, address[swapped ? 1 : 0], matrix),
                    leading,
                    at(y, address[swapped ? 0 : 1], vector),
                    step,
                    (float) beta,
                    at(z, address[2], c),
                    stepC);
        }
    }

    private static final class DoublePrecision extends Blas {
        private final long[] address;
        private final OpenBlas.Doubles x = new OpenBlas.Doubles(0);
        private final OpenBlas.Doubles y = new OpenBlas.Doubles(0);
        private final OpenBlas.Doubles z = new OpenBlas.Doubles(0);

        DoublePrecision(long... address) {
            this.address = address;
        }

        private static OpenBlas.Doubles at(OpenBlas.Doubles pointer, long address, long element) {
            return pointer.at(address + element * Double.BYTES);
        }

        @Override
        void gemm(
                boolean transA,
                boolean transB,
                int m,
                int n,
                int k,
                double alpha,
                long a,
                int lda,
                long b,
                int ldb,
                double beta,
                long c,
                int ldc) {
            openblas_nolapack.cblas_dgemm(
                    ROW_MAJOR,
                    code(transA),
                    code(transB),
                    m,
                    n,
                    k,
                    alpha,
                    at(x, address[0], a),
                    lda,
                    at(y, address[1], b),
                    ldb,
                    beta,
                    at(z, address[2], c),
                    ldc);
        }

        @Override
        double dot(int count, long a, int stepA, long b, int stepB) {
            return openblas_nolapack.cblas_ddot(count, at(x, address[0], a), stepA, at(y, address[1], b), stepB);
        }

        @Override
        void transpose(int rows, int columns, long a, int lda, long c, int ldc) {
            LAPACKE_dge_trans(ROW_MAJOR, rows, columns, at(x, address[0], a), lda, at(z, address[2], c), ldc);
        }

        @Override
        void copy(int rows, int columns, long a, int lda, long c, int ldc) {
            LAPACKE_dlacpy_work(COLUMN_MAJOR, ALL, columns, rows, at(x, address[0], a), lda, at(z, address[2], c), ldc);
        }

        @Override
        void gemv(
                boolean swapped,
                boolean transposed,
                int rows,
                int columns,
                double alpha,
                long matrix,
                int leading,
                long vector,
                int step,
                double beta,
                long c,
                int stepC) {
            openblas_nolapack.cblas_dgemv(
                    ROW_MAJOR,
                    code(transposed),
                    rows,
                    columns,
                    alpha,
                    at(x, address[swapped ? 1 : 0], matrix),
                    leading,
                    at(y, address[swapped ? 0 : 1], vector),
                    step,
                    beta,
                    at(z, address[2], c),
                    stepC);
        }
    }
}
