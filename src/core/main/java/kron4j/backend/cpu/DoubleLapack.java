package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas.*;

/** LAPACK's routines for float64. */
final class DoubleLapack extends Lapack {
    static final Lapack ROUTINES = new DoubleLapack();

    private DoubleLapack() {}

    @Override
    int getrf(int m, int n, Matrix a, Matrix pivots) {
        return checked(LAPACKE_dgetrf(COLUMNS, m, n, a.doubles(), a.ld(), pivots.ints()));
    }

    @Override
    void copy(int m, int n, Matrix from, Matrix to) {
        checked(LAPACKE_dlacpy_work(COLUMNS, (byte) 'A', m, n, from.doubles(), from.ld(), to.doubles(), to.ld()));
    }

    @Override
    void getrs(boolean transposed, int n, int columns, Matrix lu, Matrix pivots, Matrix b) {
        byte form = (byte) (transposed ? 'T' : 'N');
        checked(LAPACKE_dgetrs(COLUMNS, form, n, columns, lu.doubles(), lu.ld(), pivots.ints(), b.doubles(), b.ld()));
    }

    @Override
    int getri(int n, Matrix lu, Matrix pivots, CpuStorage work) {
        int elements = Math.toIntExact(work.size());
        return checked(LAPACKE_dgetri_work(
                COLUMNS, n, lu.doubles(), lu.ld(), pivots.ints(), OpenBlas.doubles(work, 0), elements));
    }

    @Override
    void trsm(boolean upper, boolean transposed, boolean unit, int n, int columns, Matrix t, Matrix b) {
        int diagonal = unit ? CblasUnit : CblasNonUnit;
        cblas_dtrsm(
                CblasColMajor,
                CblasLeft,
                triangle(upper),
                form(transposed),
                diagonal,
                n,
                columns,
                1,
                t.doubles(),
                t.ld(),
                b.doubles(),
                b.ld());
    }

    @Override
    void trsv(boolean upper, boolean transposed, int n, Matrix t, Matrix b) {
        cblas_dtrsv(
                CblasColMajor, triangle(upper), form(transposed), CblasNonUnit, n, t.doubles(), t.ld(), b.doubles(), 1);
    }

    @Override
    void subtractProduct(int m, int n, int k, Matrix a, Matrix b, Matrix c) {
        int plain = CblasNoTrans;
        cblas_dgemm(
                CblasColMajor,
                plain,
                plain,
                m,
                n,
                k,
                -1,
                a.doubles(),
                a.ld(),
                b.doubles(),
                b.ld(),
                1,
                c.doubles(),
                c.ld());
    }

    @Override
    void laswp(int columns, Matrix a, int from, int to, Matrix pivots) {
        checked(LAPACKE_dlaswp(COLUMNS, columns, a.doubles(), a.ld(), from + 1, to, pivots.ints(), 1));
    }

    @Override
    int potrf(boolean upper, int n, Matrix a) {
        return checked(LAPACKE_dpotrf(COLUMNS, letter(upper), n, a.doubles(), a.ld()));
    }

    @Override
    void geqrf(int m, int n, Matrix a, Matrix tau) {
        checked(LAPACKE_dgeqrf(COLUMNS, m, n, a.doubles(), a.ld(), tau.doubles()));
    }

    @Override
    void orgqr(int m, int n, int reflectors, Matrix q, Matrix tau) {
        checked(LAPACKE_dorgqr(COLUMNS, m, n, reflectors, q.doubles(), q.ld(), tau.doubles()));
    }

    @Override
    int gesdd(char job, int m, int n, Matrix a, Matrix s, Matrix u, Matrix vt) {
        return checked(LAPACKE_dgesdd(
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
        return checked(LAPACKE_dsyevd(COLUMNS, (byte) 'V', letter(upper), n, a.doubles(), a.ld(), w.doubles()));
    }

    @Override
    int geev(int n, Matrix a, Matrix w, Matrix v) {
        byte right = (byte) (v == null ? 'N' : 'V');
        Matrix vectors = v == null ? a : v;
        return checked(LAPACKE_dgeev(
                COLUMNS,
                (byte) 'N',
                right,
                n,
                a.doubles(),
                a.ld(),
                w.doubles(),
                w.at(n).doubles(),
                null,
                1,
                vectors.doubles(),
                vectors.ld()));
    }

    @Override
    double asum(int n, Matrix a) {
        return cblas_dasum(n, a.doubles(), 1);
    }
}
