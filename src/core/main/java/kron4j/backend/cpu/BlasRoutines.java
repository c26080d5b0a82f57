package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongFunction;
import kron4j.Complex;
import kron4j.backend.cpu.OpenBlas.Doubles;
import kron4j.backend.cpu.OpenBlas.Floats;
import kron4j.backend.cpu.OpenBlas.Movable;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * The calls of {@link Blas} through a table of routines, a row for each precision. Those of LAPACK are lambdas: a reference to them would load LAPACK's library
 * at the first product.
 *
 * @param <P> how the library takes the numbers of a precision
 */
final class BlasRoutines<P extends Pointer & Movable<P>> extends Blas {
    static final Row<Floats> SINGLE = new Row<>(
            Floats::new,
            Float.BYTES,
            1,
            (opA, opB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, s) ->
                    cblas_sgemm(ROW_MAJOR, opA, opB, m, n, k, alpha.floatValue(), a, lda, b, ldb, (float) beta, c, ldc),
            (op, n, k, alpha, a, lda, c, ldc, s) ->
                    cblas_ssyrk(ROW_MAJOR, UPPER, op, n, k, alpha.floatValue(), a, lda, 0, c, ldc),
            (op, rows, columns, alpha, a, lda, x, stepX, beta, y, stepY, s) -> cblas_sgemv(
                    ROW_MAJOR, op, rows, columns, alpha.floatValue(), a, lda, x, stepX, (float) beta, y, stepY),
            (conjugated, n, x, stepX, y, stepY, s) -> cblas_sdot(n, x, stepX, y, stepY),
            openblas_nolapack::cblas_scopy,
            openblas_nolapack::cblas_sscal,
            (order, rows, columns, a, lda, c, ldc) -> openblas.LAPACKE_sge_trans(order, rows, columns, a, lda, c, ldc));

    static final Row<Doubles> DOUBLE = new Row<>(
            Doubles::new,
            Double.BYTES,
            1,
            (opA, opB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, s) ->
                    cblas_dgemm(ROW_MAJOR, opA, opB, m, n, k, alpha.doubleValue(), a, lda, b, ldb, beta, c, ldc),
            (op, n, k, alpha, a, lda, c, ldc, s) ->
                    cblas_dsyrk(ROW_MAJOR, UPPER, op, n, k, alpha.doubleValue(), a, lda, 0, c, ldc),
            (op, rows, columns, alpha, a, lda, x, stepX, beta, y, stepY, s) ->
                    cblas_dgemv(ROW_MAJOR, op, rows, columns, alpha.doubleValue(), a, lda, x, stepX, beta, y, stepY),
            (conjugated, n, x, stepX, y, stepY, s) -> cblas_ddot(n, x, stepX, y, stepY),
            openblas_nolapack::cblas_dcopy,
            openblas_nolapack::cblas_dscal,
            (order, rows, columns, a, lda, c, ldc) -> openblas.LAPACKE_dge_trans(order, rows, columns, a, lda, c, ldc));

    static final Row<Floats> SINGLE_COMPLEX = new Row<>(
            Floats::new,
            Float.BYTES,
            2,
            (opA, opB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, s) ->
                    cblas_cgemm(ROW_MAJOR, opA, opB, m, n, k, s.alpha(alpha), a, lda, b, ldb, s.beta(beta), c, ldc),
            (op, n, k, alpha, a, lda, c, ldc, s) ->
                    cblas_csyrk(ROW_MAJOR, UPPER, op, n, k, s.alpha(alpha), a, lda, s.beta(0), c, ldc),
            (op, rows, columns, alpha, a, lda, x, stepX, beta, y, stepY, s) ->
                    cblas_cgemv(ROW_MAJOR, op, rows, columns, s.alpha(alpha), a, lda, x, stepX, s.beta(beta), y, stepY),
            (conjugated, n, x, stepX, y, stepY, s) -> {
                if (conjugated) {
                    cblas_cdotc_sub(n, x, stepX, y, stepY, s.first());
                } else {
                    cblas_cdotu_sub(n, x, stepX, y, stepY, s.first());
                }
                return s.get(0);
            },
            openblas_nolapack::cblas_ccopy,
            openblas_nolapack::cblas_sscal,
            (order, rows, columns, a, lda, c, ldc) -> openblas.LAPACKE_cge_trans(order, rows, columns, a, lda, c, ldc));

    static final Row<Doubles> DOUBLE_COMPLEX = new Row<>(
            Doubles::new,
            Double.BYTES,
            2,
            (opA, opB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, s) ->
                    cblas_zgemm(ROW_MAJOR, opA, opB, m, n, k, s.alpha(alpha), a, lda, b, ldb, s.beta(beta), c, ldc),
            (op, n, k, alpha, a, lda, c, ldc, s) ->
                    cblas_zsyrk(ROW_MAJOR, UPPER, op, n, k, s.alpha(alpha), a, lda, s.beta(0), c, ldc),
            (op, rows, columns, alpha, a, lda, x, stepX, beta, y, stepY, s) ->
                    cblas_zgemv(ROW_MAJOR, op, rows, columns, s.alpha(alpha), a, lda, x, stepX, s.beta(beta), y, stepY),
            (conjugated, n, x, stepX, y, stepY, s) -> {
                if (conjugated) {
                    cblas_zdotc_sub(n, x, stepX, y, stepY, s.first());
                } else {
                    cblas_zdotu_sub(n, x, stepX, y, stepY, s.first());
                }
                return s.get(0);
            },
            openblas_nolapack::cblas_zcopy,
            openblas_nolapack::cblas_dscal,
            (order, rows, columns, a, lda, c, ldc) -> openblas.LAPACKE_zge_trans(order, rows, columns, a, lda, c, ldc));

    /**
     * The routines of a precision.
     *
     * @param bytes of a real number
     * @param parts real numbers in an element
     * @param scale of real numbers
     */
    record Row<P extends Pointer & Movable<P>>(
            LongFunction<P> pointer,
            int bytes,
            int parts,
            GemmCall<P> gemm,
            SyrkCall<P> syrk,
            GemvCall<P> gemv,
            DotCall<P> dot,
            CopyCall<P> copy,
            ScaleCall<P> scale,
            TransposeCall<P> transpose) {
        Blas on(long x, long y, long z) {
            return new BlasRoutines<>(this, x, y, z);
        }
    }

    private interface GemmCall<P> {
        void call(
                int opA,
                int opB,
                int m,
                int n,
                int k,
                Number alpha,
                P a,
                int lda,
                P b,
                int ldb,
                double beta,
                P c,
                int ldc,
                Scalars<P> scalars);
    }

    private interface SyrkCall<P> {
        void call(int op, int n, int k, Number alpha, P a, int lda, P c, int ldc, Scalars<P> scalars);
    }

    private interface GemvCall<P> {
        void call(
                int op,
                int rows,
                int columns,
                Number alpha,
                P a,
                int lda,
                P x,
                int stepX,
                double beta,
                P y,
                int stepY,
                Scalars<P> scalars);
    }

    private interface DotCall<P> {
        double call(boolean conjugated, int n, P x, int stepX, P y, int stepY, Scalars<P> scalars);
    }

    private interface CopyCall<P> {
        void call(int n, P x, int stepX, P y, int stepY);
    }

    private interface ScaleCall<P> {
        void call(int n, float alpha, P x, int step);
    }

    private interface TransposeCall<P> {
        void call(int order, int rows, int columns, P a, int lda, P c, int ldc);
    }

    /** Where a call on complex numbers finds its two factors, or leaves a result: the library takes them by address. */
    private static final class Scalars<P> {
        private static final ThreadLocal<ByteBuffer> OF_THREAD = ThreadLocal.withInitial(
                () -> ByteBuffer.allocateDirect(4 * Double.BYTES).order(ByteOrder.nativeOrder()));

        private final ByteBuffer numbers = OF_THREAD.get();
        private final int bytes;
        private final P first;
        private final P second;

        Scalars(LongFunction<P> pointer, int bytes) {
            long address = NativeMemory.address(numbers);
            this.bytes = bytes;
            first = pointer.apply(address);
            second = pointer.apply(address + 2L * bytes);
        }

        P first() {
            return first;
        }

        P alpha(Number alpha) {
            Complex value = Complex.of(alpha);
            put(0, value.re());
            put(1, value.im());
            return first;
        }

        P beta(double beta) {
            put(2, beta);
            put(3, 0);
            return second;
        }

        private void put(int i, double value) {
            if (bytes == Float.BYTES) {
                numbers.putFloat(i * bytes, (float) value);
            } else {
                numbers.putDouble(i * bytes, value);
            }
        }

        double get(int i) {
            return bytes == Float.BYTES ? numbers.getFloat(i * bytes) : numbers.getDouble(i * bytes);
        }
    }

    private final Row<P> row;
    private final long width;
    private final long[] address;
    private final P x;
    private final P y;
    private final P z;
    /** Null for real numbers. */
    private final Scalars<P> scalars;

    private BlasRoutines(Row<P> row, long... address) {
        this.row = row;
        this.address = address;
        width = (long) row.bytes * row.parts;
        x = row.pointer.apply(0);
        y = row.pointer.apply(0);
        z = row.pointer.apply(0);
        scalars = row.parts == 1 ? null : new Scalars<>(row.pointer, row.bytes);
    }

    private P at(P pointer, int operand, long element) {
        return pointer.at(address[operand] + element * width);
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
        row.gemm.call(opA, opB, m, n, k, alpha, at(x, 0, a), lda, at(y, 1, b), ldb, beta, at(z, 2, c), ldc, scalars);
    }

    @Override
    void gram(int op, int n, int k, Number alpha, long a, int lda, long c, int ldc) {
        row.syrk.call(op, n, k, alpha, at(x, 0, a), lda, at(z, 2, c), ldc, scalars);
        for (int i = 0; i < n - 1; i++) {
            long diagonal = c + (long) i * ldc + i;
            row.copy.call(n - 1 - i, at(y, 2, diagonal + 1), 1, at(z, 2, diagonal + ldc), ldc);
        }
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
        P a = at(x, swapped ? 1 : 0, matrix);
        P b = at(y, swapped ? 0 : 1, vector);
        row.gemv.call(op, rows, columns, alpha, a, leading, b, step, beta, at(z, 2, c), stepC, scalars);
    }

    @Override
    double dot(boolean conjugated, int count, long a, int stepA, long b, int stepB) {
        return row.dot.call(conjugated, count, at(x, 0, a), stepA, at(y, 1, b), stepB, scalars);
    }

    @Override
    double imaginary() {
        return scalars == null ? 0 : scalars.get(1);
    }

    @Override
    void conjugate(int count, long a, int step, long c) {
        row.copy.call(count, at(x, 0, a), step, at(z, 2, c), 1);
        if (scalars != null) {
            row.scale.call(count, -1, z.at(z.address() + row.bytes), 2);
        }
    }

    @Override
    void transpose(int rows, int columns, long a, int lda, long c, int ldc) {
        row.transpose.call(ROW_MAJOR, rows, columns, at(x, 0, a), lda, at(z, 2, c), ldc);
    }
}
