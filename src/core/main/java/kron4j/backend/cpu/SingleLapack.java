package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas.*;

/** LAPACK's routines for float32. */
final class SingleLapack extends Lapack {
    static final Lapack ROUTINES = new SingleLapack();

    private SingleLapack() {}

    @Override
    int getrf(int m, int n, Matrix a, Matrix pivots) {
        return checked(LAPACKE_sgetrf(COLUMNS, m, n, a.floats(), a.ld(), pivots.ints()));
    }

    @Override
    void copy(int m, int n, Matrix from, Matrix to) {
        checked(LAPACKE_slacpy_work(COLUMNS, (byte) 'A', m, n, from.floats(), from.ld(), to.floats(), to.ld()));
    }

    @Override
    void getrs(boolean transposed, int n, int columns, Matrix lu, Matrix pivots, Matrix b) {
        byte form = (byte) (transposed ? 'T' : 'N');
        checked(LAPACKE_sgetrs(COLUMNS, form, n, columns, lu.floats(), lu.ld(), pivots.ints(), b.floats(), b.ld()));
    }

    @Override
    int getri(int n, Matrix lu, Matrix pivots, CpuStorage work) {
        int elements = Math.toIntExact(work.size());
        return checked(LAPACKE_sgetri_work(
                COLUMNS, n, lu.floats(), lu.ld(), pivots.ints(), OpenBlas.floats(work, 0), elements));
    }

    @Override
    void trsm(boolean upper, boolean transposed, boolean unit, int n, int columns, Matrix t, Matrix b) {
        int diagonal = unit ? CblasUnit : CblasNonUnit;
        cblas_strsm(
                CblasColMajor,
                CblasLeft,
                triangle(upper),
                form(transposed),
                diagonal,
                n,
                columns,
                1,
                t.floats(),
                t.ld(),
                b.floats(),
                b.ld());
    }

    @Override
    void trsv(boolean upper, boolean transposed, int n, Matrix t, Matrix b) {
        cblas_strsv(
                CblasColMajor, triangle(upper), form(transposed), CblasNonUnit, n, t.floats(), t.ld(), b.floats(), 1);
    }

    @Override
    void subtractProduct(int m, int n, int k, Matrix a, Matrix b, Matrix c) {
        int plain = CblasNoTrans;
        cblas_sgemm(
                CblasColMajor,
                plain,
                plain,
                m,
                n,
                k,
                -1,
                a.floats(),
                a.ld(),
                b.floats(),
                b.ld(),
                1,
                c.floats(),
                c.ld());
    }

    @Override
    void laswp(int columns, Matrix a, int from, int to, Matrix pivots) {
        checked(LAPACKE_slaswp(COLUMNS, columns, a.floats(), a.ld(), from + 1, to, pivots.ints(), 1));
    }

    @Override
    int potrf(boolean upper, int n, Matrix a) {
        return checked(LAPACKE_spotrf(COLUMNS, letter(upper), n, a.floats(), a.ld()));
    }

    @Override
    void geqrf(int m, int n, Matrix a, Matrix tau) {
        checked(LAPACKE_sgeqrf(COLUMNS, m, n, a.floats(), a.ld(), tau.floats()));
    }

    @Override
    void orgqr(int m, int n, int reflectors, Matrix q, Matrix tau) {
        checked(LAPACKE_sorgqr(COLUMNS, m, n, reflectors, q.floats(), q.ld(), tau.floats()));
    }

    @Override
    int gesdd(char job, int m, int n, Matrix a, Matrix s, Matrix u, Matrix vt) {
        return checked(LAPACKE_sgesdd(
                COLUMNS, (byte) job, m, n, a.floats(), a.ld(), s.floats(), u.floats(), u.ld(), vt.floats(), vt.ld()));
    }

    @Override
    int syevd(boolean upper, int n, Matrix a, Matrix w) {
        return checked(LAPACKE_ssyevd(COLUMNS, (byte) 'V', letter(upper), n, a.floats(), a.ld(), w.floats()));
    }

    @Override
    int geev(int n, Matrix a, Matrix w, Matrix v) {
        byte right = (byte) (v == null ? 'N' : 'V');
        Matrix vectors = v == null ? a : v;
        return checked(LAPACKE_sgeev(
                COLUMNS,
                (byte) 'N',
                right,
                n,
                a.floats(),
                a.ld(),
                w.floats(),
                w.at(n).floats(),
                null,
                1,
                vectors.floats(),
                vectors.ld()));
    }

    @Override
    double asum(int n, Matrix a) {
        return cblas_sasum(n, a.floats(), 1);
    }
}
