package kron4j.backend.cpu;

import static org.bytedeco.openblas.global.openblas.*;

import java.util.function.Function;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;

/**
 * The calls of {@link Lapack} through a table of routines, a row for each precision. Of complex matrices the orthogonal ones are unitary, the symmetric
 * ones Hermitian.
 *
 * @param <P> how the library takes the numbers of a precision
 */
final class LapackRoutines<P extends Pointer> extends Lapack {
    private static final byte ALL = 'A';
    private static final byte VECTORS = 'V';
    private static final byte NONE = 'N';
    private static final byte CONJUGATE_TRANSPOSE = 'C';

    static final Lapack SINGLE = new LapackRoutines<FloatPointer>(
            Matrix::floats,
            openblas::LAPACKE_sgetrf,
            openblas::LAPACKE_slacpy_work,
            openblas::LAPACKE_sgetrs,
            openblas::LAPACKE_sgetri_work,
            (form, n, columns, t, ldt, b, ldb) -> cblas_strsm(
                    CblasColMajor, CblasLeft, form.triangle, form.op, form.diagonal, n, columns, 1, t, ldt, b, ldb),
            openblas::cblas_strsv,
            (form, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) ->
                    cblas_sgemm(CblasColMajor, form, CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc),
            openblas::LAPACKE_slaswp,
            openblas::LAPACKE_spotrf,
            openblas::LAPACKE_sgeqrf,
            openblas::LAPACKE_sorgqr,
            openblas::LAPACKE_sgeqrt,
            openblas::LAPACKE_slarfb,
            openblas::LAPACKE_sgesdd,
            openblas::LAPACKE_ssyevd,
            (right, n, a, lda, w, imaginary, v, ldv) ->
                    LAPACKE_sgeev(COLUMNS, NONE, right, n, a, lda, w, imaginary, null, 1, v, ldv),
            openblas::LAPACKE_sgels,
            (m, n, columns, a, lda, b, ldb, singular, rcond, rank) ->
                    LAPACKE_sgelsd(COLUMNS, m, n, columns, a, lda, b, ldb, singular, (float) rcond, rank),
            openblas::cblas_sasum);

    static final Lapack DOUBLE = new LapackRoutines<DoublePointer>(
            Matrix::doubles,
            openblas::LAPACKE_dgetrf,
            openblas::LAPACKE_dlacpy_work,
            openblas::LAPACKE_dgetrs,
            openblas::LAPACKE_dgetri_work,
            (form, n, columns, t, ldt, b, ldb) -> cblas_dtrsm(
                    CblasColMajor, CblasLeft, form.triangle, form.op, form.diagonal, n, columns, 1, t, ldt, b, ldb),
            openblas::cblas_dtrsv,
            (form, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) ->
                    cblas_dgemm(CblasColMajor, form, CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc),
            openblas::LAPACKE_dlaswp,
            openblas::LAPACKE_dpotrf,
            openblas::LAPACKE_dgeqrf,
            openblas::LAPACKE_dorgqr,
            openblas::LAPACKE_dgeqrt,
            openblas::LAPACKE_dlarfb,
            openblas::LAPACKE_dgesdd,
            openblas::LAPACKE_dsyevd,
            (right, n, a, lda, w, imaginary, v, ldv) ->
                    LAPACKE_dgeev(COLUMNS, NONE, right, n, a, lda, w, imaginary, null, 1, v, ldv),
            openblas::LAPACKE_dgels,
            (m, n, columns, a, lda, b, ldb, singular, rcond, rank) ->
                    LAPACKE_dgelsd(COLUMNS, m, n, columns, a, lda, b, ldb, singular, rcond, rank),
            openblas::cblas_dasum);

    static final Lapack SINGLE_COMPLEX =
            singleComplex(new FloatPointer(1, 0), new FloatPointer(-1, 0), new FloatPointer(0, 0));
    static final Lapack DOUBLE_COMPLEX =
            doubleComplex(new DoublePointer(1, 0), new DoublePointer(-1, 0), new DoublePointer(0, 0));

    private static Lapack singleComplex(FloatPointer one, FloatPointer minusOne, FloatPointer zero) {
        return new LapackRoutines<FloatPointer>(
                Matrix::floats,
                openblas::LAPACKE_cgetrf,
                openblas::LAPACKE_clacpy_work,
                openblas::LAPACKE_cgetrs,
                openblas::LAPACKE_cgetri_work,
                (form, n, columns, t, ldt, b, ldb) -> cblas_ctrsm(
                        CblasColMajor,
                        CblasLeft,
                        form.triangle,
                        form.op,
                        form.diagonal,
                        n,
                        columns,
                        one,
                        t,
                        ldt,
                        b,
                        ldb),
                openblas::cblas_ctrsv,
                (form, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) -> cblas_cgemm(
                        CblasColMajor,
                        form,
                        CblasNoTrans,
                        m,
                        n,
                        k,
                        alpha < 0 ? minusOne : one,
                        a,
                        lda,
                        b,
                        ldb,
                        beta == 0 ? zero : one,
                        c,
                        ldc),
                openblas::LAPACKE_claswp,
                openblas::LAPACKE_cpotrf,
                openblas::LAPACKE_cgeqrf,
                openblas::LAPACKE_cungqr,
                openblas::LAPACKE_cgeqrt,
                openblas::LAPACKE_clarfb,
                openblas::LAPACKE_cgesdd,
                openblas::LAPACKE_cheevd,
                (right, n, a, lda, w, imaginary, v, ldv) ->
                        LAPACKE_cgeev(COLUMNS, NONE, right, n, a, lda, w, null, 1, v, ldv),
                openblas::LAPACKE_cgels,
                (m, n, columns, a, lda, b, ldb, singular, rcond, rank) ->
                        LAPACKE_cgelsd(COLUMNS, m, n, columns, a, lda, b, ldb, singular, (float) rcond, rank),
                openblas::cblas_scasum);
    }

    private static Lapack doubleComplex(DoublePointer one, DoublePointer minusOne, DoublePointer zero) {
        return new LapackRoutines<DoublePointer>(
                Matrix::doubles,
                openblas::LAPACKE_zgetrf,
                openblas::LAPACKE_zlacpy_work,
                openblas::LAPACKE_zgetrs,
                openblas::LAPACKE_zgetri_work,
                (form, n, columns, t, ldt, b, ldb) -> cblas_ztrsm(
                        CblasColMajor,
                        CblasLeft,
                        form.triangle,
                        form.op,
                        form.diagonal,
                        n,
                        columns,
                        one,
                        t,
                        ldt,
                        b,
                        ldb),
                openblas::cblas_ztrsv,
                (form, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) -> cblas_zgemm(
                        CblasColMajor,
                        form,
                        CblasNoTrans,
                        m,
                        n,
                        k,
                        alpha < 0 ? minusOne : one,
                        a,
                        lda,
                        b,
                        ldb,
                        beta == 0 ? zero : one,
                        c,
                        ldc),
                openblas::LAPACKE_zlaswp,
                openblas::LAPACKE_zpotrf,
                openblas::LAPACKE_zgeqrf,
                openblas::LAPACKE_zungqr,
                openblas::LAPACKE_zgeqrt,
                openblas::LAPACKE_zlarfb,
                openblas::LAPACKE_zgesdd,
                openblas::LAPACKE_zheevd,
                (right, n, a, lda, w, imaginary, v, ldv) ->
                        LAPACKE_zgeev(COLUMNS, NONE, right, n, a, lda, w, null, 1, v, ldv),
                openblas::LAPACKE_zgels,
                (m, n, columns, a, lda, b, ldb, singular, rcond, rank) ->
                        LAPACKE_zgelsd(COLUMNS, m, n, columns, a, lda, b, ldb, singular, rcond, rank),
                openblas::cblas_dzasum);
    }

    /** How BLAS reads a triangle. */
    private record Form(int triangle, int op, int diagonal) {}

    private interface Getrf<P> {
        int call(int order, int m, int n, P a, int lda, IntPointer pivots);
    }

    private interface Lacpy<P> {
        int call(int order, byte part, int m, int n, P from, int ldFrom, P to, int ldTo);
    }

    private interface Getrs<P> {
        int call(int order, byte form, int n, int columns, P lu, int ld, IntPointer pivots, P b, int ldb);
    }

    private interface Getri<P> {
        int call(int order, int n, P lu, int ld, IntPointer pivots, P work, int size);
    }

    private interface Trsm<P> {
        void call(Form form, int n, int columns, P t, int ldt, P b, int ldb);
    }

    private interface Trsv<P> {
        void call(int order, int triangle, int op, int diagonal, int n, P t, int ldt, P b, int step);
    }

    /** {@code C = alpha op(A) B + beta C} for alpha 1 or -1 and beta 0 or 1. */
    private interface Gemm<P> {
        void call(int form, int m, int n, int k, int alpha, P a, int lda, P b, int ldb, int beta, P c, int ldc);
    }

    private interface Laswp<P> {
        int call(int order, int columns, P a, int lda, int first, int last, IntPointer pivots, int step);
    }

    private interface Potrf<P> {
        int call(int order, byte triangle, int n, P a, int lda);
    }

    private interface Geqrf<P> {
        int call(int order, int m, int n, P a, int lda, P tau);
    }

    private interface Orgqr<P> {
        int call(int order, int m, int n, int reflectors, P q, int ldq, P tau);
    }

    private interface Geqrt<P> {
        int call(int order, int m, int n, int block, P a, int lda, P t, int ldt);
    }

    private interface Larfb<P> {
        int call(
                int order,
                byte side,
                byte form,
                byte direction,
                byte storage,
                int m,
                int n,
                int k,
                P v,
                int ldv,
                P t,
                int ldt,
                P c,
                int ldc);
    }

    private interface Gesdd<P> {
        int call(int order, byte job, int m, int n, P a, int lda, P s, P u, int ldu, P vt, int ldvt);
    }

    private interface Syevd<P> {
        int call(int order, byte job, byte triangle, int n, P a, int lda, P w);
    }

    /** Real matrices have the imaginary parts of w apart. */
    private interface Geev<P> {
        int call(byte right, int n, P a, int lda, P w, P imaginary, P v, int ldv);
    }

    private interface Gels<P> {
        int call(int order, byte form, int m, int n, int columns, P a, int lda, P b, int ldb);
    }

    private interface Gelsd<P> {
        int call(int m, int n, int columns, P a, int lda, P b, int ldb, P singular, double rcond, IntPointer rank);
    }

    private interface Asum<P> {
        double call(int n, P a, int step);
    }

    private final Function<Matrix, P> at;
    private final Getrf<P> getrf;
    private final Lacpy<P> lacpy;
    private final Getrs<P> getrs;
    private final Getri<P> getri;
    private final Trsm<P> trsm;
    private final Trsv<P> trsv;
    private final Gemm<P> gemm;
    private final Laswp<P> laswp;
    private final Potrf<P> potrf;
    private final Geqrf<P> geqrf;
    private final Orgqr<P> orgqr;
    private final Geqrt<P> geqrt;
    private final Larfb<P> larfb;
    private final Gesdd<P> gesdd;
    private final Syevd<P> syevd;
    private final Geev<P> geev;
    private final Gels<P> gels;
    private final Gelsd<P> gelsd;
    private final Asum<P> asum;

    private LapackRoutines(
            Function<Matrix, P> at,
            Getrf<P> getrf,
            Lacpy<P> lacpy,
            Getrs<P> getrs,
            Getri<P> getri,
            Trsm<P> trsm,
            Trsv<P> trsv,
            Gemm<P> gemm,
            Laswp<P> laswp,
            Potrf<P> potrf,
            Geqrf<P> geqrf,
            Orgqr<P> orgqr,
            Geqrt<P> geqrt,
            Larfb<P> larfb,
            Gesdd<P> gesdd,
            Syevd<P> syevd,
            Geev<P> geev,
            Gels<P> gels,
            Gelsd<P> gelsd,
            Asum<P> asum) {
        this.at = at;
        this.getrf = getrf;
        this.lacpy = lacpy;
        this.getrs = getrs;
        this.getri = getri;
        this.trsm = trsm;
        this.trsv = trsv;
        this.gemm = gemm;
        this.laswp = laswp;
        this.potrf = potrf;
        this.geqrf = geqrf;
        this.orgqr = orgqr;
        this.geqrt = geqrt;
        this.larfb = larfb;
        this.gesdd = gesdd;
        this.syevd = syevd;
        this.geev = geev;
        this.gels = gels;
        this.gelsd = gelsd;
        this.asum = asum;
    }

    private P at(Matrix matrix) {
        return at.apply(matrix);
    }

    @Override
    int getrf(int m, int n, Matrix a, Matrix pivots) {
        return checked(getrf.call(COLUMNS, m, n, at(a), a.ld(), pivots.ints()));
    }

    @Override
    void copy(int m, int n, Matrix from, Matrix to) {
        checked(lacpy.call(COLUMNS, ALL, m, n, at(from), from.ld(), at(to), to.ld()));
    }

    @Override
    void getrs(boolean transposed, int n, int columns, Matrix lu, Matrix pivots, Matrix b) {
        byte form = (byte) (transposed ? 'T' : 'N');
        checked(getrs.call(COLUMNS, form, n, columns, at(lu), lu.ld(), pivots.ints(), at(b), b.ld()));
    }

    @Override
    int getri(int n, Matrix lu, Matrix pivots, CpuStorage work) {
        int elements = Math.toIntExact(work.size());
        P room = at(new Matrix(work, 0, 1));
        return checked(getri.call(COLUMNS, n, at(lu), lu.ld(), pivots.ints(), room, elements));
    }

    @Override
    void trsm(boolean upper, boolean transposed, boolean unit, int n, int columns, Matrix t, Matrix b) {
        Form form = new Form(triangle(upper), form(transposed), unit ? CblasUnit : CblasNonUnit);
        trsm.call(form, n, columns, at(t), t.ld(), at(b), b.ld());
    }

    @Override
    void trsv(boolean upper, boolean transposed, int n, Matrix t, Matrix b) {
        trsv.call(CblasColMajor, triangle(upper), form(transposed), CblasNonUnit, n, at(t), t.ld(), at(b), 1);
    }

    @Override
    void subtractProduct(boolean transposed, int m, int n, int k, Matrix a, Matrix b, Matrix c) {
        gemm.call(form(transposed), m, n, k, -1, at(a), a.ld(), at(b), b.ld(), 1, at(c), c.ld());
    }

    @Override
    void multiply(int n, Matrix a, Matrix b, Matrix c) {
        gemm.call(CblasNoTrans, n, n, n, 1, at(a), a.ld(), at(b), b.ld(), 0, at(c), c.ld());
    }

    @Override
    void laswp(int columns, Matrix a, int from, int to, Matrix pivots) {
        checked(laswp.call(COLUMNS, columns, at(a), a.ld(), from + 1, to, pivots.ints(), 1));
    }

    @Override
    int potrf(boolean upper, int n, Matrix a) {
        return checked(potrf.call(COLUMNS, letter(upper), n, at(a), a.ld()));
    }

    @Override
    void geqrf(int m, int n, Matrix a, Matrix tau) {
        checked(geqrf.call(COLUMNS, m, n, at(a), a.ld(), at(tau)));
    }

    @Override
    void geqrt(int m, int n, int block, Matrix a, Matrix t) {
        checked(geqrt.call(COLUMNS, m, n, block, at(a), a.ld(), at(t), t.ld()));
    }

    @Override
    void larfb(boolean transposed, int m, int n, int k, Matrix v, Matrix t, Matrix c) {
        byte left = 'L';
        byte form = transposed ? CONJUGATE_TRANSPOSE : NONE;
        byte forward = 'F';
        byte byColumns = 'C';
        checked(larfb.call(
                COLUMNS, left, form, forward, byColumns, m, n, k, at(v), v.ld(), at(t), t.ld(), at(c), c.ld()));
    }

    @Override
    void orgqr(int m, int n, int reflectors, Matrix q, Matrix tau) {
        checked(orgqr.call(COLUMNS, m, n, reflectors, at(q), q.ld(), at(tau)));
    }

    @Override
    int gesdd(char job, int m, int n, Matrix a, Matrix s, Matrix u, Matrix vt) {
        return checked(gesdd.call(COLUMNS, (byte) job, m, n, at(a), a.ld(), at(s), at(u), u.ld(), at(vt), vt.ld()));
    }

    @Override
    int syevd(boolean upper, int n, Matrix a, Matrix w) {
        return checked(syevd.call(COLUMNS, VECTORS, letter(upper), n, at(a), a.ld(), at(w)));
    }

    @Override
    int geev(int n, Matrix a, Matrix w, Matrix v) {
        Matrix vectors = v == null ? a : v;
        byte right = v == null ? NONE : VECTORS;
        return checked(geev.call(right, n, at(a), a.ld(), at(w), at(w.at(n)), at(vectors), vectors.ld()));
    }

    @Override
    int gels(int m, int n, int columns, Matrix a, Matrix b) {
        return checked(gels.call(COLUMNS, NONE, m, n, columns, at(a), a.ld(), at(b), b.ld()));
    }

    @Override
    int gelsd(int m, int n, int columns, Matrix a, Matrix b, double rcond, Matrix s, Matrix rank) {
        return checked(gelsd.call(m, n, columns, at(a), a.ld(), at(b), b.ld(), at(s), rcond, rank.ints()));
    }

    @Override
    double asum(int n, Matrix a) {
        return asum.call(n, at(a), 1);
    }
}
