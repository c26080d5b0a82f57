package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas.*;

import kron4j.DType;
import kron4j.DeviceMemoryException;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;

/** The LAPACK routines that are used, for float32 and float64, on column-major matrices at an element of a storage. They return LAPACK's info. */
final class Lapack {
    private static final int COLUMNS = LAPACK_COL_MAJOR;
    private static final int OUT_OF_MEMORY = -1010;
    /** Longer sums are split among threads, whose meeting takes longer than the sum. */
    private static final int SUMMED = 8192;

    static {
        OpenBlas.load();
        // NaN has to come out as NaN, not as an argument error that leaves the result undefined.
        LAPACKE_set_nancheck(0);
    }

    private Lapack() {}

    /** A matrix: its storage, first element and leading dimension. */
    record Matrix(CpuStorage storage, long element, int ld) {
        static Matrix of(Entries entries, long index) {
            return new Matrix(entries.storage(), entries.at(index), entries.leadingDimension());
        }

        static Matrix vector(Entries entries, long index) {
            return new Matrix(entries.storage(), entries.at(index), 1);
        }

        /** So many elements further. */
        Matrix at(long elements) {
            return new Matrix(storage, element + elements, ld);
        }

        DType dtype() {
            return storage.dtype();
        }

        FloatPointer floats() {
            return OpenBlas.floats(storage, element);
        }

        DoublePointer doubles() {
            return OpenBlas.doubles(storage, element);
        }

        IntPointer ints() {
            return OpenBlas.ints(storage, element);
        }
    }

    static int getrf(int m, int n, Matrix a, Matrix pivots) {
        return checked(
                switch (a.dtype()) {
                    case FLOAT32 -> LAPACKE_sgetrf(COLUMNS, m, n, a.floats(), a.ld, pivots.ints());
                    case FLOAT64 -> LAPACKE_dgetrf(COLUMNS, m, n, a.doubles(), a.ld, pivots.ints());
                    case INT32, INT64, BOOL -> throw Entries.unsupported(a.dtype());
                });
    }

    static void copy(int m, int n, Matrix from, Matrix to) {
        byte all = (byte) 'A';
        checked(
                switch (from.dtype()) {
                    case FLOAT32 -> LAPACKE_slacpy_work(COLUMNS, all, m, n, from.floats(), from.ld, to.floats(), to.ld);
                    case FLOAT64 ->
                        LAPACKE_dlacpy_work(COLUMNS, all, m, n, from.doubles(), from.ld, to.doubles(), to.ld);
                    case INT32, INT64, BOOL -> throw Entries.unsupported(from.dtype());
                });
    }

    static void getrs(boolean transposed, int n, int columns, Matrix lu, Matrix pivots, Matrix b) {
        byte form = (byte) (transposed ? 'T' : 'N');
        checked(
                switch (lu.dtype()) {
                    case FLOAT32 ->
                        LAPACKE_sgetrs(COLUMNS, form, n, columns, lu.floats(), lu.ld, pivots.ints(), b.floats(), b.ld);
                    case FLOAT64 ->
                        LAPACKE_dgetrs(
                                COLUMNS, form, n, columns, lu.doubles(), lu.ld, pivots.ints(), b.doubles(), b.ld);
                    case INT32, INT64, BOOL -> throw Entries.unsupported(lu.dtype());
                });
    }

    /** A^-1 in place of the packed LU, unless that is singular. */
    static int getri(int n, Matrix lu, Matrix pivots, CpuStorage work) {
        int elements = Math.toIntExact(work.size());
        return checked(
                switch (lu.dtype()) {
                    case FLOAT32 ->
                        LAPACKE_sgetri_work(
                                COLUMNS, n, lu.floats(), lu.ld, pivots.ints(), OpenBlas.floats(work, 0), elements);
                    case FLOAT64 ->
                        LAPACKE_dgetri_work(
                                COLUMNS, n, lu.doubles(), lu.ld, pivots.ints(), OpenBlas.doubles(work, 0), elements);
                    case INT32, INT64, BOOL -> throw Entries.unsupported(lu.dtype());
                });
    }

    static void trsm(boolean upper, boolean transposed, boolean unit, int n, int columns, Matrix t, Matrix b) {
        int triangle = upper ? CblasUpper : CblasLower;
        int form = transposed ? CblasTrans : CblasNoTrans;
        int diagonal = unit ? CblasUnit : CblasNonUnit;
        switch (t.dtype()) {
            case FLOAT32 ->
                cblas_strsm(
                        CblasColMajor,
                        CblasLeft,
                        triangle,
                        form,
                        diagonal,
                        n,
                        columns,
                        1,
                        t.floats(),
                        t.ld,
                        b.floats(),
                        b.ld);
            case FLOAT64 ->
                cblas_dtrsm(
                        CblasColMajor,
                        CblasLeft,
                        triangle,
                        form,
                        diagonal,
                        n,
                        columns,
                        1,
                        t.doubles(),
                        t.ld,
                        b.doubles(),
                        b.ld);
            case INT32, INT64, BOOL -> throw Entries.unsupported(t.dtype());
        }
    }

    /** For one column, by divisions. */
    static void trsv(boolean upper, boolean transposed, int n, Matrix t, Matrix b) {
        int triangle = upper ? CblasUpper : CblasLower;
        int form = transposed ? CblasTrans : CblasNoTrans;
        switch (t.dtype()) {
            case FLOAT32 ->
                cblas_strsv(CblasColMajor, triangle, form, CblasNonUnit, n, t.floats(), t.ld, b.floats(), 1);
            case FLOAT64 ->
                cblas_dtrsv(CblasColMajor, triangle, form, CblasNonUnit, n, t.doubles(), t.ld, b.doubles(), 1);
            case INT32, INT64, BOOL -> throw Entries.unsupported(t.dtype());
        }
    }

    /** {@code C -= A B} with A m x k, B k x n. */
    static void subtractProduct(int m, int n, int k, Matrix a, Matrix b, Matrix c) {
        int plain = CblasNoTrans;
        switch (c.dtype()) {
            case FLOAT32 ->
                cblas_sgemm(
                        CblasColMajor,
                        plain,
                        plain,
                        m,
                        n,
                        k,
                        -1,
                        a.floats(),
                        a.ld,
                        b.floats(),
                        b.ld,
                        1,
                        c.floats(),
                        c.ld);
            case FLOAT64 ->
                cblas_dgemm(
                        CblasColMajor,
                        plain,
                        plain,
                        m,
                        n,
                        k,
                        -1,
                        a.doubles(),
                        a.ld,
                        b.doubles(),
                        b.ld,
                        1,
                        c.doubles(),
                        c.ld);
            case INT32, INT64, BOOL -> throw Entries.unsupported(c.dtype());
        }
    }

    /** Exchanges row i with row {@code pivots[i]} for i in [from, to), counted from 0 (the pivots themselves from 1). */
    static void laswp(int columns, Matrix a, int from, int to, Matrix pivots) {
        checked(
                switch (a.dtype()) {
                    case FLOAT32 -> LAPACKE_slaswp(COLUMNS, columns, a.floats(), a.ld, from + 1, to, pivots.ints(), 1);
                    case FLOAT64 -> LAPACKE_dlaswp(COLUMNS, columns, a.doubles(), a.ld, from + 1, to, pivots.ints(), 1);
                    case INT32, INT64, BOOL -> throw Entries.unsupported(a.dtype());
                });
    }

    static int potrf(boolean upper, int n, Matrix a) {
        byte triangle = (byte) (upper ? 'U' : 'L');
        return checked(
                switch (a.dtype()) {
                    case FLOAT32 -> LAPACKE_spotrf(COLUMNS, triangle, n, a.floats(), a.ld);
                    case FLOAT64 -> LAPACKE_dpotrf(COLUMNS, triangle, n, a.doubles(), a.ld);
                    case INT32, INT64, BOOL -> throw Entries.unsupported(a.dtype());
                });
    }

    static void geqrf(int m, int n, Matrix a, Matrix tau) {
        checked(
                switch (a.dtype()) {
                    case FLOAT32 -> LAPACKE_sgeqrf(COLUMNS, m, n, a.floats(), a.ld, tau.floats());
                    case FLOAT64 -> LAPACKE_dgeqrf(COLUMNS, m, n, a.doubles(), a.ld, tau.doubles());
                    case INT32, INT64, BOOL -> throw Entries.unsupported(a.dtype());
                });
    }

    static void orgqr(int m, int n, int reflectors, Matrix q, Matrix tau) {
        checked(
                switch (q.dtype()) {
                    case FLOAT32 -> LAPACKE_sorgqr(COLUMNS, m, n, reflectors, q.floats(), q.ld, tau.floats());
                    case FLOAT64 -> LAPACKE_dorgqr(COLUMNS, m, n, reflectors, q.doubles(), q.ld, tau.doubles());
                    case INT32, INT64, BOOL -> throw Entries.unsupported(q.dtype());
                });
    }

    /** @param job 'A' all singular vectors, 'S' the first min(m,n), 'N' none */
    static int gesdd(char job, int m, int n, Matrix a, Matrix s, Matrix u, Matrix vt) {
        byte j = (byte) job;
        return checked(
                switch (a.dtype()) {
                    case FLOAT32 ->
                        LAPACKE_sgesdd(
                                COLUMNS, j, m, n, a.floats(), a.ld, s.floats(), u.floats(), u.ld, vt.floats(), vt.ld);
                    case FLOAT64 ->
                        LAPACKE_dgesdd(
                                COLUMNS,
                                j,
                                m,
                                n,
                                a.doubles(),
                                a.ld,
                                s.doubles(),
                                u.doubles(),
                                u.ld,
                                vt.doubles(),
                                vt.ld);
                    case INT32, INT64, BOOL -> throw Entries.unsupported(a.dtype());
                });
    }

    static int syevd(boolean upper, int n, Matrix a, Matrix w) {
        byte triangle = (byte) (upper ? 'U' : 'L');
        return checked(
                switch (a.dtype()) {
                    case FLOAT32 -> LAPACKE_ssyevd(COLUMNS, (byte) 'V', triangle, n, a.floats(), a.ld, w.floats());
                    case FLOAT64 -> LAPACKE_dsyevd(COLUMNS, (byte) 'V', triangle, n, a.doubles(), a.ld, w.doubles());
                    case INT32, INT64, BOOL -> throw Entries.unsupported(a.dtype());
                });
    }

    /** Whether one of {@code n} neighbouring elements is NaN: a sum of absolute values is NaN only then. */
    static boolean hasNaN(int n, Matrix a) {
        for (int from = 0; from < n; from += SUMMED) {
            if (Double.isNaN(sumOfSizes(Math.min(SUMMED, n - from), a.at(from)))) {
                return true;
            }
        }
        return false;
    }

    /** Whether {@code n} neighbouring elements are neither NaN nor infinite: their sum may overflow, and parts of it then say why. */
    static boolean isFinite(int n, Matrix a) {
        double sum = n > SUMMED ? Double.POSITIVE_INFINITY : sumOfSizes(n, a);
        int half = n / 2;
        return sum < Double.POSITIVE_INFINITY
                || (n > 1 && !Double.isNaN(sum) && isFinite(half, a) && isFinite(n - half, a.at(half)));
    }

    private static double sumOfSizes(int n, Matrix a) {
        return switch (a.dtype()) {
            case FLOAT32 -> cblas_sasum(n, a.floats(), 1);
            case FLOAT64 -> cblas_dasum(n, a.doubles(), 1);
            case INT32, INT64, BOOL -> throw Entries.unsupported(a.dtype());
        };
    }

    private static int checked(int info) {
        if (info <= OUT_OF_MEMORY) {
            throw new DeviceMemoryException("cpu: LAPACK found no memory for its workspace; close tensors or scopes");
        }
        return info;
    }
}
