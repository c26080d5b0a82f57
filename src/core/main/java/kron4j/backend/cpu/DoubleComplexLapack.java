package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas.*;

import org.bytedeco.javacpp.DoublePointer;

/** LAPACK's routines for complex128. */
final class DoubleComplexLapack extends Lapack {
    static final Lapack ROUTINES = new DoubleComplexLapack();

    private static final DoublePointer ONE = new DoublePointer(1, 0);
    private static final DoublePointer MINUS_ONE = new DoublePointer(-1, 0);

    private DoubleComplexLapack() {}

    @Override
    int getrf(int m, int n, Matrix a, Matrix pivots) {
        return checked(LAPACKE_zgetrf(COLUMNS, m, n, a.doubles(), a.ld(), pivots.ints()));
    }

    @Override
    void copy(int m, int n, Matrix from, Matrix to) {
        checked(LAPACKE_zlacpy_work(COLUMNS, (byte) 'A', m, n, from.doubles(), from.ld(), to.doubles(), to.ld()));
    }

    @Override
    void getrs(boolean transposed, int n, int columns, Matrix lu, Matrix pivots, Matrix b) {
        byte form = (byte) (transposed ? 'T' : 'N');
        checked(LAPACKE_zgetrs(COLUMNS, form, n, columns, lu.doubles(), lu.ld(), pivots.ints(), b.doubles(), b.ld()));
    }

    @Override
    int getri(int n, Matrix lu, Matrix pivots, CpuStorage work) {
        int elements = Math.toIntExact(work.size());
        return checked(LAPACKE_zgetri_work(
                COLUMNS, n, lu.doubles(), lu.ld(), pivots.ints(), OpenBlas.doubles(work, 0), elements));
    }

    @Override
    void trsm(boolean upper, boolean transposed, boolean unit, int n, int columns, Matrix t, Matrix b) {
        int diagonal = unit ? CblasUnit : CblasNonUnit;
        cblas_ztrsm(
                CblasColMajor,
                CblasLeft,
                triangle(upper),
                form(transposed),
                diagonal,
                n,
                columns,
                ONE,
                t.doubles(),
                t.ld(),
                b.doubles(),
                b.ld());
    }

    @Override
    void trsv(boolean upper, boolean transposed, int n, Matrix t, Matrix b) {
        cblas_ztrsv(
                CblasColMajor, triangle(upper), form(transposed), CblasNonUnit, n, t.doubles(), t.ld(), b.doubles(), 1);
    }

    @Override
    void subtractProduct(int m, int n, int k, Matrix a, Matrix b, Matrix c) {
        int plain = CblasNoTrans;
        cblas_zgemm(
                CblasColMajor,
                plain,
                plain,
                m,
                n,
                k,
                MINUS_ONE,
                a.doubles(),
                a.ld(),
                b.doubles(),
                b.ld(),
                ONE,
                c.doubles(),
                c.ld());
    }

    @Override
    void laswp(int columns, Matrix a, int from, int to, Matrix pivots) {
        checked(LAPACKE_zlaswp(COLUMNS, columns, a.doubles(), a.ld(), from + 1, to, pivots.ints(), 1));
    }

    @Override
    int potrf(boolean upper, int n, Matrix a) {
        return checked(LAPACKE_zpotrf(COLUMNS, letter(upper), n, a.doubles(), a.ld()));
    }

    @Override
    void geqrf(int m, int n, Matrix a, Matrix tau) {
        checked(LAPACKE_zgeqrf(COLUMNS, m, n, a.doubles(), a.ld(), tau.doubles()));
    }

    @Override
    void orgqr(int m, int n, int reflectors, Matrix q, Matrix tau) {
        checked(LAPACKE_zungqr(COLUMNS, m, n, reflectors, q.doubles(), q.ld(), tau.doubles()));
    }

    @Override
    int gesdd(char job, int m, int n, Matrix a, Matrix s, Matrix u, Matrix vt) {
        return checked(LAPACKE_zgesdd(
                COLUMNS,
                (byte) job,
                m,
                n,
                a.doubles(),
                a.ld(),
                s.doubles(),
                u.doubles(),
                u.ld(),
                vt.doubles(),
                vt.ld()));
    }

    @Override
    int syevd(boolean upper, int n, Matrix a, Matrix w) {
        return checked(LAPACKE_zheevd(COLUMNS, (byte) 'V', letter(upper), n, a.doubles(), a.ld(), w.doubles()));
    }

    @Override
    int geev(int n, Matrix a, Matrix w, Matrix v) {
        byte right = (byte) (v == null ? 'N' : 'V');
        Matrix vectors = v == null ? a : v;
        return checked(LAPACKE_zgeev(
                COLUMNS,
                (byte) 'N',
                right,
                n,
                a.doubles(),
                a.ld(),
                w.doubles(),
                null,
                1,
                vectors.doubles(),
                vectors.ld()));
    }

    @Override
    double asum(int n, Matrix a) {
        return cblas_dzasum(n, a.doubles(), 1);
    }
}
