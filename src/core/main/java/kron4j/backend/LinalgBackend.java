package kron4j.backend;

import kron4j.DType;

/**
 * Factorisations, in place on column-major matrices as LAPACK and cuSOLVER have them: the last two axes of a matrix view have strides (1, ld) with
 * ld &gt;= max(1, rows); leading axes are batch, of any strides. LAPACK's info is written to {@code info} views (int32, one entry per matrix) on the
 * device: 0 for success, i &gt; 0 for the pivot that failed (1-based). Nothing throws for singular or NaN input. Shapes, dtypes
 * and layouts fit: {@code kron4j.ops} refuses or copies what does not.
 */
public interface LinalgBackend {
    /** P A = L U by partial pivoting, packed in {@code a} (m x n); {@code pivots} int32 [..., min(m,n)] are LAPACK's ipiv (1-based rows). */
    void lu(View a, View pivots, View info);

    /** Writes the pivots' row exchanges as a permutation, int64 [..., m] with {@code A[permutation] = L U}. */
    void permutation(View pivots, View permutation);

    /** {@code b := A^-1 b}, or {@code A^-T b} if transposed, from the packed LU; b is n x nrhs. */
    void luSolve(View lu, View pivots, boolean transposed, View b);

    /** {@code inverse := A^-1} from the packed LU; column-major as all matrices here. */
    void luInverse(View lu, View pivots, View inverse);

    /** The determinant from the packed LU, shape [...]; overflows only if the result does. */
    void luDet(View lu, View pivots, View det);

    /** Sign and natural log of |det| from the packed LU: shapes [...]. A zero pivot gives (0, -inf); NaN anywhere gives (NaN, NaN). */
    void luSlogdet(View lu, View pivots, View sign, View logAbs);

    /** Returns the size up to which {@link #det}, {@link #slogdet} and {@link #solve} work on so many matrices in one pass, without factors in memory; -1 for none. */
    int onePassSize(DType dtype, long batch);

    /** In one pass, for sizes up to {@link #onePassSize}: the determinant of {@code a} (not modified, any strides). */
    void det(View a, View det);

    /** As {@link #det} in one pass: sign and log|det|. */
    void slogdet(View a, View sign, View logAbs);

    /** As {@link #det} in one pass: {@code b := A^-1 b}, b of any strides. */
    void solve(View a, View b, View info);

    /** Sign and log|det| of {@code a} (not modified, any strides) right to a few ulp even where LU in working precision fails. */
    void slogdetCompensated(View a, View sign, View logAbs);

    /** {@code b := op(T)^-1 b} for triangular T; the other triangle is not read. */
    void triangularSolve(View t, boolean upper, boolean transposed, boolean unitDiagonal, View b);

    /** A = L L^H, or U^H U if {@code upper}: that triangle of {@code a} is read and becomes the factor, the other becomes 0. */
    void cholesky(View a, boolean upper, View info);

    /** A = Q R: {@code a} (m x n) is destroyed, q m x k and r k x n with k = min(m,n), or k = m for the complete form. */
    void qr(View a, View q, View r);

    /** A = U S V^H; {@code a} is destroyed. s [..., k] descending, u m x k and vt (V^H) k x n with k = min(m,n), or u m x m and vt n x n. */
    void svd(View a, View u, View s, View vt, View info);

    /** Singular values only; {@code a} is destroyed. */
    void svdvals(View a, View s, View info);

    /** Hermitian A (one triangle is read) = V diag(w) V^H; w ascending [..., n]; {@code a} becomes V, columns eigenvectors. */
    void eigh(View a, boolean upper, View w, View info);

    /**
     * A = V diag(w) V^-1 of a real or complex matrix, which is destroyed; w [..., n] and v [..., n, n] are complex, v's columns of norm 1; null if only
     * the eigenvalues are asked for.
     *
     * @return whether the device has a routine; if not, nothing was done
     */
    boolean eig(View a, View w, View v, View info);

    /**
     * The exponentials of square matrices, of a size that suits the device: {@code exponential} has their layout, without gaps in a matrix.
     *
     * @return whether the device computed them; if not, nothing was done
     */
    boolean expm(View a, View exponential);

    /** Returns whether there is {@link #leastSquares}. */
    boolean hasLeastSquares();

    /**
     * Minimises {@code |b - A x|} for {@code a} (m x n), which is destroyed; {@code b} has max(m,n) rows, of which the first m are read, and the first n
     * become x. Without {@code rank}, A has full rank. Else |x| is least too, singular values up to {@code rcond} &lt; 1 times the largest count as 0, and {@code rank},
     * int32 [...], gets how many count. {@code values} gets what has the singular values of A: if m &gt;= n, the triangle R of A = Q R, [..., n, n] with zeros below; else they
     * themselves, real [..., m]. A matrix that is not finite gives NaN and rank 0.
     */
    void leastSquares(View a, View b, double rcond, View values, View rank);
}
