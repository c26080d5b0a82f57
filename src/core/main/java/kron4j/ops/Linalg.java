package kron4j.ops;

import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;

/**
 * Factorisations, solvers and determinants, batched over all axes but the last two. Operands: float32 or float64 with any strides, never modified.
 * Results are row-major, in the operand's dtype, on its device. 0 x 0 matrices and empty batches are fine. Not square where it has to be, rank below
 * 2: {@link ShapeException}; other dtypes: {@link kron4j.DTypeException}. Nothing waits for the device but what can throw for singular or not
 * convergent matrices; the forms ending in {@code Ex} never do.
 *
 * <p>NaN and infinities: what iterates (singular values, eigenvalues, and what is made of them) refuses them by an exception; {@code qr} gives NaN all over; {@code cholesky} calls NaN not positive
 * definite; LU and all that follows from it let them go where arithmetic takes them, and count NaN and infinity as larger than every number, so that
 * neither is a zero pivot. Which of nearly equal numbers becomes a pivot, and whether a pivot of a singular matrix is exactly zero or a rounding error beside
 * zero, depends on the order of operations, so differs among devices and sizes; {@link Accuracy#COMPENSATED} does not.
 */
public final class Linalg {
    private Linalg() {}

    /** A = P L U: p [..., m, m], l [..., m, k] with unit diagonal, u [..., k, n], k = min(m, n). */
    public record Lu(Tensor p, Tensor l, Tensor u) implements AutoCloseable {
        @Override
        public void close() {
            p.close();
            l.close();
            u.close();
        }
    }

    /** det A = sign * exp(logAbs), both of the batch's shape. */
    public record SignLog(Tensor sign, Tensor logAbs) implements AutoCloseable {
        static SignLog emptyFor(Tensor a) {
            Shape batch = Matrices.batch(a);
            return new SignLog(Operands.empty(a, a.dtype(), batch), Operands.empty(a, a.dtype(), batch));
        }

        @Override
        public void close() {
            sign.close();
            logAbs.close();
        }
    }

    /** A result with LAPACK's info per matrix (int32): 0, or the 1-based zero pivot; where it is not 0 the result is infinite or NaN. */
    public record WithInfo(Tensor result, Tensor info) implements AutoCloseable {
        @Override
        public void close() {
            result.close();
            info.close();
        }
    }

    /** A = Q R. */
    public record Qr(Tensor q, Tensor r) implements AutoCloseable {
        @Override
        public void close() {
            q.close();
            r.close();
        }
    }

    /** A = U diag(s) V^T, s descending; {@code vh} is V^T. */
    public record Svd(Tensor u, Tensor s, Tensor vh) implements AutoCloseable {
        @Override
        public void close() {
            u.close();
            s.close();
            vh.close();
        }
    }

    /** A = V diag(w) V^T, w ascending, the columns of {@code v} the eigenvectors. */
    public record Eigh(Tensor w, Tensor v) implements AutoCloseable {
        @Override
        public void close() {
            w.close();
            v.close();
        }
    }

    /**
     * A = P L U by partial pivoting, of [..., m, n]; exists for singular matrices too. Gradient: by those of the triangular parts (de Hoog et al.
     * 2011), where the leading square of U is regular; the permutation is a constant. Cost: 2/3 n^3. Source: getrf; own kernels for small n.
     */
    public static Lu lu(Tensor a) {
        try (LuFactors factors = luFactor(a)) {
            return factors.unpack();
        }
    }

    /** The packed factors of [..., m, n], for many solves, determinants or an inverse. Never throws for singular matrices: see its info. */
    public static LuFactors luFactor(Tensor a) {
        Matrices.requireMatrix("luFactor", a);
        return LuFactors.of(a);
    }

    /** {@link #luFactor} by the name of its kind: factors and info, no exception, no wait. */
    public static LuFactors luEx(Tensor a) {
        Matrices.requireMatrix("luEx", a);
        return LuFactors.of(a);
    }

    /**
     * X with A X = B: a [..., n, n], b [..., n, k] or, if its rank is 1, [n] (NumPy 2's rule); batches broadcast. Gradient: G_B = A^-T G,
     * G_A = -G_B X^T. Cost: 2/3 n^3 + 2 n^2 k. Source: getrf, getrs; on a card, one matrix above n = 256 by cuSOLVER's
     * getrf, which promises nothing for pivots below the smallest normal number.
     *
     * @throws SingularMatrixException naming the first matrix with a zero pivot
     */
    public static Tensor solve(Tensor a, Tensor b) {
        return Solvers.orSingular("solve", a, Solvers.solve("solve", a, b), "solveEx");
    }

    /** As {@link #solve}, with info [...] of a's batch instead of an exception. */
    public static WithInfo solveEx(Tensor a, Tensor b) {
        return Solvers.solve("solveEx", a, b);
    }

    /**
     * A^-1 of [..., n, n]. Gradient: -A^-T G A^-T. Cost: 2 n^3 (getrf, getri); on a card 8/3 n^3 (getrs with the
     * identity).
     *
     * @throws SingularMatrixException naming the first matrix with a zero pivot
     */
    public static Tensor inverse(Tensor a) {
        return Solvers.orSingular("inverse", a, Solvers.inverse("inverse", a), "inverseEx");
    }

    /** As {@link #inverse}, with info instead of an exception. */
    public static WithInfo inverseEx(Tensor a) {
        return Solvers.inverse("inverseEx", a);
    }

    /**
     * X with op(T) X = B for triangular T [..., n, n], b as in {@link #solve}; the other triangle is not read. A zero on the diagonal gives infinities
     * or NaN. Gradient: G_B = op(T)^-T G, G_T = the triangle of -G_B X^T. Cost: n^2 k. Source: trsm.
     */
    public static Tensor triangularSolve(Tensor t, Tensor b, boolean upper, boolean transposed, boolean unitDiagonal) {
        return Solvers.triangular(t, b, upper, transposed, unitDiagonal);
    }

    /** T X = B with T's own diagonal. */
    public static Tensor triangularSolve(Tensor t, Tensor b, boolean upper) {
        return triangularSolve(t, b, upper, false, false);
    }

    /**
     * det A of [..., n, n] as the product of LU's pivots; overflows only if the determinant does. 0 x 0: 1. Gradient: the cofactor matrix, by an SVD,
     * at singular matrices of any rank too; second order at regular ones. Cost: 2/3 n^3, of the gradient about 20 n^3. Source: getrf.
     */
    public static Tensor det(Tensor a) {
        return Determinants.det(a);
    }

    /**
     * Sign and log|det A| of [..., n, n]; never overflows or underflows. 0 x 0: (1, 0); a zero pivot: (0, -inf); NaN anywhere: both NaN. Gradient of
     * logAbs: A^-T, from the LU that the forward kept; waits for the device to see whether A is singular, which is an error ({@link #slogdetEx} does
     * neither). The sign is a constant. Cost: 2/3 n^3. Source: getrf; up to n = 16 on the CPU and 64 on a
     * GPU one own kernel that reads A and writes two scalars.
     */
    public static SignLog slogdet(Tensor a) {
        return Determinants.slogdet("slogdet", a, Accuracy.WORKING, true);
    }

    /** {@link #slogdet(Tensor)} whose gradient at a singular matrix is infinite or NaN instead of an error; never waits for the device. */
    public static SignLog slogdetEx(Tensor a) {
        return Determinants.slogdet("slogdetEx", a, Accuracy.WORKING, false);
    }

    /**
     * {@link #slogdet(Tensor)} with {@link Accuracy#COMPENSATED}: certified right to a few ulp of the exact values for the matrix as stored, exactly
     * singular ones included; cost about 30 times that of LU where double-double suffices, more (exact modular arithmetic) where it does not. On a GPU
     * the host certifies: this waits for the device.
     */
    public static SignLog slogdet(Tensor a, Accuracy accuracy) {
        return Determinants.slogdet("slogdet", a, accuracy, true);
    }

    /** log|det A|; see {@link #slogdet(Tensor)}. Gradient: A^-T. */
    public static Tensor logabsdet(Tensor a) {
        return Determinants.logabsdet(a, Accuracy.WORKING);
    }

    /** log|det A|; see {@link #slogdet(Tensor, Accuracy)}. */
    public static Tensor logabsdet(Tensor a, Accuracy accuracy) {
        return Determinants.logabsdet(a, accuracy);
    }

    /** log det A; NaN for a negative determinant, -inf for a singular matrix. Gradient: A^-T. */
    public static Tensor logdet(Tensor a) {
        return Determinants.logdet(a, Accuracy.WORKING);
    }

    /** log det A; see {@link #slogdet(Tensor, Accuracy)}. */
    public static Tensor logdet(Tensor a, Accuracy accuracy) {
        return Determinants.logdet(a, accuracy);
    }

    /**
     * log|det A| as the sum of the logarithms of the singular values: an independent and slower way. Gradient: A^-T. Source: gesdd.
     *
     * @throws LinalgException naming the first matrix that has NaN or infinities in it, with which no iteration begins
     */
    public static Tensor logabsdetSvd(Tensor a) {
        return Determinants.logabsdetSvd(a);
    }

    /**
     * log det A of symmetric positive definite A (lower triangle read) as twice the sum of log L_ii. Gradient: A^-1. Cost: n^3/3. Source: potrf.
     *
     * @throws LinalgException naming the first matrix that is not positive definite
     */
    public static Tensor logdetCholesky(Tensor a) {
        return Determinants.logdetCholesky(a);
    }

    /**
     * Lower triangular L with A = L L^T for symmetric positive definite A; only the lower triangle is read (as NumPy). Gradient, symmetric: Murray 2016,
     * arXiv 1602.07527. Cost: n^3/3. Source: potrf.
     *
     * @throws LinalgException naming the first matrix that is not positive definite
     */
    public static Tensor cholesky(Tensor a) {
        return Decompositions.cholesky("cholesky", a);
    }

    /**
     * The reduced form A = Q R of [..., m, n]: q [..., m, k] with orthonormal columns, r [..., k, n] upper triangular, k = min(m, n). Gradient: Walter,
     * Lehmann and Lamour 2012, where the first k columns are independent; of the complete form only where it is the reduced one. Cost: 4 m n k. Source: geqrf, orgqr.
     */
    public static Qr qr(Tensor a) {
        return Decompositions.qr(a, false);
    }

    /** The complete form if asked for: q [..., m, m], r [..., m, n]. */
    public static Qr qr(Tensor a, boolean complete) {
        return Decompositions.qr(a, complete);
    }

    /**
     * The reduced form A = U diag(s) V^T of [..., m, n]: u [..., m, k], s [..., k], vh [..., k, n], k = min(m, n). Gradient: Giles 2008, of u and vh for distinct
     * singular values (and nonzero ones, unless A is square); infinite or NaN otherwise. Cost: about 20 n^3. Source: gesdd.
     *
     * @throws LinalgException naming the first matrix that has NaN or infinities in it, with which no iteration begins
     */
    public static Svd svd(Tensor a) {
        return Decompositions.svd("svd", a, false);
    }

    /** The full form if asked for: u [..., m, m], vh [..., n, n]. Gradient: of s only, unless A is square. */
    public static Svd svd(Tensor a, boolean full) {
        return Decompositions.svd("svd", a, full);
    }

    /** The singular values alone, descending: [..., min(m, n)]. Gradient: U diag(g) V^T. Source: gesdd. */
    public static Tensor svdvals(Tensor a) {
        return Decompositions.svdvals("svdvals", a);
    }

    /**
     * Eigenvalues w [..., n], ascending, and eigenvectors v [..., n, n] of symmetric A; only the lower triangle is read (as NumPy). Gradient, symmetric:
     * Giles 2008, that of v for distinct eigenvalues, infinite or NaN otherwise. Cost: about 9 n^3. Source: syevd.
     *
     * @throws LinalgException naming the first matrix that has NaN or infinities in it, with which no iteration begins
     */
    public static Eigh eigh(Tensor a) {
        return Decompositions.eigh(a);
    }

    /**
     * The pseudoinverse [..., n, m] of [..., m, n]: V diag(1/s) U^T, where singular values up to max(m, n) * epsilon times the largest count as 0.
     * Gradient: Golub and Pereyra 1973, for constant rank. Source: gesdd, gemm.
     *
     * @throws LinalgException naming the first matrix that has NaN or infinities in it, with which no iteration begins
     */
    public static Tensor pinv(Tensor a) {
        return Decompositions.pinv(a, Decompositions.defaultTolerance(a));
    }

    /** The pseudoinverse with another tolerance, relative to the largest singular value (NumPy's {@code rcond}). */
    public static Tensor pinv(Tensor a, double tolerance) {
        return Decompositions.pinv(a, tolerance);
    }

    /**
     * The number of singular values above max(m, n) * epsilon times the largest, int64 [...]. No gradient. Source: gesdd.
     *
     * @throws LinalgException naming the first matrix that has NaN or infinities in it, with which no iteration begins
     */
    public static Tensor matrixRank(Tensor a) {
        return Decompositions.matrixRank(a, Decompositions.defaultTolerance(a));
    }

    /** The rank with another tolerance, relative to the largest singular value. */
    public static Tensor matrixRank(Tensor a, double tolerance) {
        return Decompositions.matrixRank(a, tolerance);
    }
}
