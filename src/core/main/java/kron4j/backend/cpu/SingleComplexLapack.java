package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas.*;

import org.bytedeco.javacpp.FloatPointer;

/** LAPACK's routines for complex64. */
final class SingleComplexLapack extends Lapack {
    static final Lapack ROUTINES = new SingleComplexLapack();

    private static final FloatPointer ONE = new FloatPointer(1, 0);
    private static final FloatPointer MINUS_ONE = new FloatPointer(-1, 0);

    private SingleComplexLapack() {}

    @Override
    int getrf(int m, int n, Matrix a, Matrix pivots) {
        return checked(LAPACKE_cgetrf(COLUMNS, m, n, a.floats(), a.ld(), pivots.ints()));
    }

    @Override
    void copy(int m, int n, Matrix from, Matrix to) {
        checked(LAPACKE_clacpy_work(COLUMNS, (byte) 'A', m, n, from.floats(), from.ld(), to.floats(), to.ld()));
    }

    @Override
    void getrs(boolean transposed, int n, int columns, Matrix lu, Matrix pivots, Matrix b) {
        byte form = (byte) (transposed ? 'T' : 'N');
        checked(LAPACKE_cgetrs(COLUMNS, form, n, columns, lu.floats(), lu.ld(), pivots.ints(), b.floats(), b.ld()));
    }

    @Override
    int getri(int n, Matrix lu, Matrix pivots, CpuStorage work) {
        int elements = Math.toIntExact(work.size());
        return checked(LAPACKE_cgetri_work(
                COLUMNS, n, lu.floats(), lu.ld(), pivots.ints(), OpenBlas.floats(work, 0), elements));
    }

    @Override
    void trsm(boolean upper, boolean transposed, boolean unit, int n, int columns, Matrix t, Matrix b) {
        int diagonal = unit ? CblasUnit : CblasNonUnit;
        cblas_ctrsm(
                CblasColMajor,
                CblasLeft,
                triangle(upper),
                form(transposed),
                diagonal,
                n,
                columns,
                ONE,
                t.floats(),
                t.ld(),
                b.floats(),
                b.ld());
    }

    @Override
    void trsv(boolean upper, boolean transposed, int n, Matrix t, Matrix b) {
        cblas_ctrsv(
                CblasColMajor, triangle(upper), form(transposed), CblasNonUnit, n, t.floats(), t.ld(), b.floats(), 1);
    }

    @Override
    void subtractProduct(int m, int n, int k, Matrix a, Matrix b, Matrix c) {
        int plain = CblasNoTrans;
        cblas_cgemm(
                CblasColMajor,
                plain,
                plain,
                m,
                n,
                k,
                MINUS_ONE,
                a.floats(),
                a.ld(),
                b.floats(),
                b.ld(),
                ONE,
                c.floats(),
                c.ld());
    }

    @Override
    void laswp(int columns, Matrix a, int from, int to, Matrix pivots) {
        checked(LAPACKE_claswp(COLUMNS, columns, a.floats(), a.ld(), from + 1, to, pivots.ints(), 1));
    }

    @Override
    int potrf(boolean upper, int n, Matrix a) {
        return checked(LAPACKE_cpotrf(COLUMNS, letter(upper), n, a.floats(), a.ld()));
    }

    @Override
    void geqrf(int m, int n, Matrix a, Matrix tau) {
        checked(LAPACKE_cgeqrf(COLUMNS, m, n, a.floats(), a.ld(), tau.floats()));
    }

    @Override
    void orgqr(int m, int n, int reflectors, Matrix q, Matrix tau) {
        checked(LAPACKE_cungqr(COLUMNS, m, n, reflectors, q.floats(), q.ld(), tau.floats()));
    }

    @Override
    int gesdd(char job, int m, int n, Matrix a, Matrix s, Matrix u, Matrix vt) {
        return checked(LAPACKE_cgesdd(
                COLUMNS, (byte) job, m, n, a.floats(), a.ld(), s.floats(), u.floats(), u.ld(), vt.floats(), vt.ld()));
    }

    @Override
    int syevd(boolean upper, int n, Matrix a, Matrix w) {
        return checked(LAPACKE_cheevd(COLUMNS, (byte) 'V', letter(upper), n, a.floats(), a.ld(), w.floats()));
    }

    @Override
    int geev(int n, Matrix a, Matrix w, Matrix v) {
        byte right = (byte) (v == null ? 'N' : 'V');
        Matrix vectors = v == null ? a : v;
        return checked(LAPACKE_cgeev(
                COLUMNS,
                (byte) 'N',
                right,
                n,
                a.floats(),
                a.ld(),
                w.floats(),
                null,
                1,
                vectors.floats(),
                vectors.ld()));
    }

    @Override
    double asum(int n, Matrix a) {
        return cblas_scasum(n, a.floats(), 1);
    }
}
