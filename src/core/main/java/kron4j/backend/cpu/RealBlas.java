package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas.LAPACKE_dge_trans;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dlacpy_work;
import static org.bytedeco.openblas.global.openblas.LAPACKE_sge_trans;
import static org.bytedeco.openblas.global.openblas.LAPACKE_slacpy_work;

import org.bytedeco.openblas.global.openblas_nolapack;

/** BLAS on real numbers. */
abstract class RealBlas extends Blas {
    @Override
    final double imaginary() {
        return 0;
    }

    static final class SinglePrecision extends RealBlas {
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
                int ldc) {
            openblas_nolapack.cblas_sgemm(
                    ROW_MAJOR,
                    opA,
                    opB,
                    m,
                    n,
                    k,
                    alpha.floatValue(),
                    at(x, address[0], a),
                    lda,
                    at(y, address[1], b),
                    ldb,
                    (float) beta,
                    at(z, address[2], c),
                    ldc);
        }

        @Override
        double dot(boolean conjugated, int count, long a, int stepA, long b, int stepB) {
            return openblas_nolapack.cblas_sdot(count, at(x, address[0], a), stepA, at(y, address[1], b), stepB);
        }

        @Override
        void conjugate(int count, long a, int step, long c) {
            openblas_nolapack.cblas_scopy(count, at(x, address[0], a), step, at(z, address[2], c), 1);
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
                int stepC) {
            openblas_nolapack.cblas_sgemv(
                    ROW_MAJOR,
                    op,
                    rows,
                    columns,
                    alpha.floatValue(),
                    at(x, address[swapped ? 1 : 0], matrix),
                    leading,
                    at(y, address[swapped ? 0 : 1], vector),
                    step,
                    (float) beta,
                    at(z, address[2], c),
                    stepC);
        }
    }

    static final class DoublePrecision extends RealBlas {
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
                int ldc) {
            openblas_nolapack.cblas_dgemm(
                    ROW_MAJOR,
                    opA,
                    opB,
                    m,
                    n,
                    k,
                    alpha.doubleValue(),
                    at(x, address[0], a),
                    lda,
                    at(y, address[1], b),
                    ldb,
                    beta,
                    at(z, address[2], c),
                    ldc);
        }

        @Override
        double dot(boolean conjugated, int count, long a, int stepA, long b, int stepB) {
            return openblas_nolapack.cblas_ddot(count, at(x, address[0], a), stepA, at(y, address[1], b), stepB);
        }

        @Override
        void conjugate(int count, long a, int step, long c) {
            openblas_nolapack.cblas_dcopy(count, at(x, address[0], a), step, at(z, address[2], c), 1);
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
                int stepC) {
            openblas_nolapack.cblas_dgemv(
                    ROW_MAJOR,
                    op,
                    rows,
                    columns,
                    alpha.doubleValue(),
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
