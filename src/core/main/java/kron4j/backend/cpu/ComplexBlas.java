package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas.LAPACKE_cge_trans;
import static org.bytedeco.openblas.global.openblas.LAPACKE_clacpy_work;
import static org.bytedeco.openblas.global.openblas.LAPACKE_zge_trans;
import static org.bytedeco.openblas.global.openblas.LAPACKE_zlacpy_work;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import kron4j.Complex;
import org.bytedeco.openblas.global.openblas_nolapack;

/** BLAS on complex numbers, which it takes by address. */
abstract class ComplexBlas extends Blas {
    /** Where a call finds its two factors, or leaves a result. */
    private static final ThreadLocal<ByteBuffer> SCALARS = ThreadLocal.withInitial(
            () -> ByteBuffer.allocateDirect(4 * Double.BYTES).order(ByteOrder.nativeOrder()));

    final ByteBuffer scalars = SCALARS.get();

    static final class SinglePrecision extends ComplexBlas {
        private final long[] address;
        private final OpenBlas.Floats x = new OpenBlas.Floats(0);
        private final OpenBlas.Floats y = new OpenBlas.Floats(0);
        private final OpenBlas.Floats z = new OpenBlas.Floats(0);
        private final OpenBlas.Floats first = new OpenBlas.Floats(NativeMemory.address(scalars));
        private final OpenBlas.Floats second = new OpenBlas.Floats(first.address() + 2 * Float.BYTES);

        SinglePrecision(long... address) {
            this.address = address;
        }

        private static OpenBlas.Floats at(OpenBlas.Floats pointer, long address, long element) {
            return pointer.at(address + element * 2 * Float.BYTES);
        }

        private OpenBlas.Floats alpha(Number alpha) {
            Complex value = Complex.of(alpha);
            scalars.putFloat(0, (float) value.re()).putFloat(Float.BYTES, (float) value.im());
            return first;
        }

        private OpenBlas.Floats beta(double beta) {
            scalars.putFloat(2 * Float.BYTES, (float) beta).putFloat(3 * Float.BYTES, 0);
            return second;
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
            openblas_nolapack.cblas_cgemm(
                    ROW_MAJOR,
                    opA,
                    opB,
                    m,
                    n,
                    k,
                    alpha(alpha),
                    at(x, address[0], a),
                    lda,
                    at(y, address[1], b),
                    ldb,
                    beta(beta),
                    at(z, address[2], c),
                    ldc);
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
            openblas_nolapack.cblas_cgemv(
                    ROW_MAJOR,
                    op,
                    rows,
                    columns,
                    alpha(alpha),
                    at(x, address[swapped ? 1 : 0], matrix),
                    leading,
                    at(y, address[swapped ? 0 : 1], vector),
                    step,
                    beta(beta),
                    at(z, address[2], c),
                    stepC);
        }

        @Override
        double dot(boolean conjugated, int count, long a, int stepA, long b, int stepB) {
            at(x, address[0], a);
            at(y, address[1], b);
            if (conjugated) {
                openblas_nolapack.cblas_cdotc_sub(count, x, stepA, y, stepB, first);
            } else {
                openblas_nolapack.cblas_cdotu_sub(count, x, stepA, y, stepB, first);
            }
            return scalars.getFloat(0);
        }

        @Override
        double imaginary() {
            return scalars.getFloat(Float.BYTES);
        }

        @Override
        void conjugate(int count, long a, int step, long c) {
            openblas_nolapack.cblas_ccopy(count, at(x, address[0], a), step, at(z, address[2], c), 1);
            openblas_nolapack.cblas_sscal(count, -1, z.at(z.address() + Float.BYTES), 2);
        }

        @Override
        void transpose(int rows, int columns, long a, int lda, long c, int ldc) {
            LAPACKE_cge_trans(ROW_MAJOR, rows, columns, at(x, address[0], a), lda, at(z, address[2], c), ldc);
        }

        @Override
        void copy(int rows, int columns, long a, int lda, long c, int ldc) {
            LAPACKE_clacpy_work(COLUMN_MAJOR, ALL, columns, rows, at(x, address[0], a), lda, at(z, address[2], c), ldc);
        }
    }

    static final class DoublePrecision extends ComplexBlas {
        private final long[] address;
        private final OpenBlas.Doubles x = new OpenBlas.Doubles(0);
        private final OpenBlas.Doubles y = new OpenBlas.Doubles(0);
        private final OpenBlas.Doubles z = new OpenBlas.Doubles(0);
        private final OpenBlas.Doubles first = new OpenBlas.Doubles(NativeMemory.address(scalars));
        private final OpenBlas.Doubles second = new OpenBlas.Doubles(first.address() + 2 * Double.BYTES);

        DoublePrecision(long... address) {
            this.address = address;
        }

        private static OpenBlas.Doubles at(OpenBlas.Doubles pointer, long address, long element) {
            return pointer.at(address + element * 2 * Double.BYTES);
        }

        private OpenBlas.Doubles alpha(Number alpha) {
            Complex value = Complex.of(alpha);
            scalars.putDouble(0, value.re()).putDouble(Double.BYTES, value.im());
            return first;
        }

        private OpenBlas.Doubles beta(double beta) {
            scalars.putDouble(2 * Double.BYTES, beta).putDouble(3 * Double.BYTES, 0);
            return second;
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
            openblas_nolapack.cblas_zgemm(
                    ROW_MAJOR,
                    opA,
                    opB,
                    m,
                    n,
                    k,
                    alpha(alpha),
                    at(x, address[0], a),
                    lda,
                    at(y, address[1], b),
                    ldb,
                    beta(beta),
                    at(z, address[2], c),
                    ldc);
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
            openblas_nolapack.cblas_zgemv(
                    ROW_MAJOR,
                    op,
                    rows,
                    columns,
                    alpha(alpha),
                    at(x, address[swapped ? 1 : 0], matrix),
                    leading,
                    at(y, address[swapped ? 0 : 1], vector),
                    step,
                    beta(beta),
                    at(z, address[2], c),
                    stepC);
        }

        @Override
        double dot(boolean conjugated, int count, long a, int stepA, long b, int stepB) {
            at(x, address[0], a);
            at(y, address[1], b);
            if (conjugated) {
                openblas_nolapack.cblas_zdotc_sub(count, x, stepA, y, stepB, first);
            } else {
                openblas_nolapack.cblas_zdotu_sub(count, x, stepA, y, stepB, first);
            }
            return scalars.getDouble(0);
        }

        @Override
        double imaginary() {
            return scalars.getDouble(Double.BYTES);
        }

        @Override
        void conjugate(int count, long a, int step, long c) {
            openblas_nolapack.cblas_zcopy(count, at(x, address[0], a), step, at(z, address[2], c), 1);
            openblas_nolapack.cblas_dscal(count, -1, z.at(z.address() + Double.BYTES), 2);
        }

        @Override
        void transpose(int rows, int columns, long a, int lda, long c, int ldc) {
            LAPACKE_zge_trans(ROW_MAJOR, rows, columns, at(x, address[0], a), lda, at(z, address[2], c), ldc);
        }

        @Override
        void copy(int rows, int columns, long a, int lda, long c, int ldc) {
            LAPACKE_zlacpy_work(COLUMN_MAJOR, ALL, columns, rows, at(x, address[0], a), lda, at(z, address[2], c), ldc);
        }
    }
}
