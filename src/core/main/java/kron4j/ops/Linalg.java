package kron4j.ops;

import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;

/**
 * Factorisations, solvers and determinants, batched over all axes but the last two. {@link Norms} has norms and condition
 * numbers, {@link LeastSquares} equations that are not square, {@link MatrixFunctions} powers and exponentials.
 *
 * <pre>{@code
 * try (TensorScope scope = Device.best().openScope()) {
 *     Tensor a = Random.normal(1, DType.FLOAT64, 10, 4, 4);           // ten matrices
 *     Tensor b = Random.normal(2, DType.FLOAT64, 10, 4, 1);
 *     Tensor x = Linalg.solve(a, b);                                  // [10,4,1]
 *     Linalg.SignLog d = Linalg.slogdet(a);                           // [10] signs and [10] log|det|
 *     System.out.println(x.shape() + " " + d.logAbs());
 * }
 * }</pre>
 *
 * <p>Operands: float32, float64, complex64 or complex128, any strides, never modified; float16 and bfloat16 are refused.
 * Results: row-major, in the operand's dtype (singular values, eigenvalues of Hermitian matrices and logarithms of
 * absolute values in its real part's), on its device. Where a gradient or a formula below has a transpose A^T, that of
 * complex matrices has the conjugate transpose A^H. 0 x 0 matrices and empty batches are fine. Methods throw {@link ShapeException} if the rank is below 2 or a
 * matrix is not square where it has to be, and {@link kron4j.DTypeException} for other dtypes. Only methods that throw
 * for singular matrices or failed iterations wait for the device; the forms ending in {@code Ex} never do.
 *
 * <p>NaN and infinities: methods that iterate (singular values, eigenvalues and everything made of them) throw
 * {@link LinalgException}; {@code qr} returns NaN throughout; {@code cholesky} calls NaN not positive definite. LU and
 * the methods built on it compute with them as arithmetic does, and count NaN and infinity as larger than every number,
 * so that neither is a zero pivot. The order of operations, which differs among devices and sizes, decides which of
 * nearly equal numbers becomes a pivot, and whether a pivot of a singular matrix is exactly zero or a rounding error
 * beside zero; {@link Accuracy#COMPENSATED} does not depend on it.
 */
public final class Linalg {
    private Linalg() {}

    /**
     * The factors of A = P L U, k = min(m, n).
     *
     * @param p the permutation matrices [..., m, m]
     * @param l lower triangular with unit diagonal, [..., m, k]
     * @param u upper triangular, [..., k, n]
     */
    public record Lu(Tensor p, Tensor l, Tensor u) implements AutoCloseable {
        @Override
        public void close() {
            p.close();
            l.close();
            u.close();
        }
    }

    /**
     * A determinant as det A = sign * exp(logAbs).
     *
     * @param sign -1, 0 or 1, of the batch's shape; of complex matrices 0 or a number of modulus 1, whose gradient flows too;
     *     NaN where logAbs is NaN
     * @param logAbs log|det A|, of the batch's shape
     */
    public record SignLog(Tensor sign, Tensor logAbs) implements AutoCloseable {
        static SignLog emptyFor(Tensor a) {
            Shape batch = Matrices.batch(a);
            return new SignLog(
                    Operands.empty(a, a.dtype(), batch),
                    Operands.empty(a, a.dtype().realPart(), batch));
        }

        @Override
        public void close() {
            sign.close();
            logAbs.close();
        }
    }

    /**
     * A result with LAPACK's info for each matrix.
     *
     * @param result infinite or NaN where the info is not 0
     * @param info int32: 0, or the 1-based index of the zero pivot
     */
    public record WithInfo(Tensor result, Tensor info) implements AutoCloseable {
        @Override
        public void close() {
            result.close();
            info.close();
        }
    }

    /**
     * The factors of A = Q R.
     *
     * @param q orthonormal columns
     * @param r upper triangular
     */
    public record Qr(Tensor q, Tensor r) implements AutoCloseable {
        @Override
        public void close() {
            q.close();
            r.close();
        }
    }

    /**
     * The factors of A = U diag(s) V^H.
     *
     * @param u the left singular vectors, as columns
     * @param s the singular values, descending
     * @param vh V^H: the right singular vectors, as rows
     */
    public record Svd(Tensor u, Tensor s, Tensor vh) implements AutoCloseable {
        @Override
        public void close() {
            u.close();
            s.close();
            vh.close();
        }
    }

    /**
     * The factors of A = V diag(w) V^H.
     *
     * @param w the eigenvalues, ascending
     * @param v the eigenvectors, as columns
     */
    public record Eigh(Tensor w, Tensor v) implements AutoCloseable {
        @Override
        public void close() {
            w.close();
            v.close();
        }
    }

    /**
     * The factors of A = V diag(w) V^-1.
     *
     * @param w the eigenvalues, complex, in LAPACK's order
     * @param v the eigenvectors, complex, as columns of norm 1
     */
    public record Eig(Tensor w, Tensor v) implements AutoCloseable {
        @Override
        public void close() {
            w.close();
            v.close();
        }
    }

    /**
     * Factors A = P L U by partial pivoting; the factors exist for singular matrices too. Gradient: by those of the
     * triangular parts (de Hoog et al. 2011), where the leading square of U is regular; the permutation is a constant.
     * Cost: 2/3 n^3. Source: getrf; own kernels for small n.
     *
     * @param a [..., m, n]
     * @return p [..., m, m], l [..., m, k] and u [..., k, n], k = min(m, n)
     */
    public static Lu lu(Tensor a) {
        try (LuFactors factors = luFactor(a)) {
            return factors.unpack();
        }
    }

    /**
     * Factors A = P L U for many solves, determinants or an inverse. Never throws for singular matrices: see
     * {@link LuFactors#info}. Cost: 2/3 n^3. Source: getrf; own kernels for small n.
     *
     * @param a [..., m, n]
     * @return the packed factors, owned by the current scope
     */
    public static LuFactors luFactor(Tensor a) {
        Matrices.requireMatrix("luFactor", a);
        return LuFactors.of(a);
    }

    /**
     * Solves A X = B. Gradient: G_B = A^-T G, G_A = -G_B X^T. Cost: 2/3 n^3 + 2 n^2 k. Source: getrf, getrs; on a card,
     * one matrix above n = 256 by cuSOLVER's getrf, which promises nothing for pivots below the smallest normal number.
     *
     * @param a [..., n, n]
     * @param b [..., n, k] or, if its rank is 1, [n] (NumPy 2's rule); batches broadcast
     * @return X, of the shape of b with the broadcast batch
     * @throws SingularMatrixException naming the first matrix with a zero pivot
     */
    public static Tensor solve(Tensor a, Tensor b) {
        return Solvers.orSingular("solve", a, Solvers.solve("solve", a, b), "solveEx");
    }

    /**
     * Solves A X = B as {@link #solve}, with info instead of an exception for singular matrices.
     *
     * @param a [..., n, n]
     * @param b as for {@link #solve}
     * @return X, and info of a's batch shape
     */
    public static WithInfo solveEx(Tensor a, Tensor b) {
        return Solvers.solve("solveEx", a, b);
    }

    /**
     * {@return the inverse A^-1} Gradient: -A^-T G A^-T. Cost: 2 n^3 (getrf, getri); on a card 8/3 n^3 (getrs with the
     * identity).
     *
     * @param a [..., n, n]
     * @throws SingularMatrixException naming the first matrix with a zero pivot
     */
    public static Tensor inverse(Tensor a) {
        return Solvers.orSingular("inverse", a, Solvers.inverse("inverse", a), "inverseEx");
    }

    /**
     * {@return the inverse as {@link #inverse}, with info instead of an exception for singular matrices}
     *
     * @param a [..., n, n]
     */
    public static WithInfo inverseEx(Tensor a) {
        return Solvers.inverse("inverseEx", a);
    }

    /**
     * Solves {@code sum over the last axes of a x = b} ({@code numpy.linalg.tensorsolve}): a as a square matrix times x as a vector.
     * Gradient: that of {@link #solve}. Cost: 2/3 n^3 for n elements of b. Source: getrf, getrs.
     *
     * @param a the axes of b, then those of x, with as many elements
     * @param b any shape; the same dtype
     * @param axes these axes of a are moved to its end before; may be none
     * @return x, of the shape of a's last axes
     * @throws ShapeException if the sizes do not fit, or an axis is out of range or given twice
     * @throws SingularMatrixException if there is a zero pivot
     */
    public static Tensor tensorsolve(Tensor a, Tensor b, int... axes) {
        return Solvers.tensorsolve(a, b, axes);
    }

    /**
     * Returns the inverse of {@code tensordot(a, x, rank - axes)} ({@code numpy.linalg.tensorinv}): that of a as a square matrix, whose
     * rows are the first axes. Gradient: that of {@link #inverse}. Cost: 2 n^3.
     *
     * @param a as many elements in the first axes as in the others
     * @param axes how many are the first ones, at least 1 (NumPy's {@code ind}, there 2 if nothing is said)
     * @return the last axes of a, then the first ones
     * @throws ShapeException if a is not square so
     * @throws SingularMatrixException if there is a zero pivot
     */
    public static Tensor tensorinv(Tensor a, int axes) {
        return Solvers.tensorinv(a, axes);
    }

    /**
     * Solves op(T) X = B for triangular T, op being the transpose or nothing; the other triangle is not read. A zero on
     * the diagonal gives infinities or NaN. Gradient: G_B = op(T)^-T G, G_T = the triangle of -G_B X^T. Cost: n^2 k.
     * Source: trsm.
     *
     * @param t [..., n, n]
     * @param b as for {@link #solve}
     * @param upper whether T is the upper triangle, or the lower one
     * @param transposed whether op(T) is T^T
     * @param unitDiagonal whether ones take the place of the diagonal, which is not read then
     * @return X, of the shape of b with the broadcast batch
     */
    public static Tensor triangularSolve(Tensor t, Tensor b, boolean upper, boolean transposed, boolean unitDiagonal) {
        return Solvers.triangular(t, b, upper, transposed, unitDiagonal);
    }

    /**
     * Solves T X = B for triangular T with its own diagonal; see
     * {@link #triangularSolve(Tensor, Tensor, boolean, boolean, boolean)}.
     *
     * @param t [..., n, n]
     * @param b as for {@link #solve}
     * @param upper whether T is the upper triangle, or the lower one
     * @return X, of the shape of b with the broadcast batch
     */
    public static Tensor triangularSolve(Tensor t, Tensor b, boolean upper) {
        return triangularSolve(t, b, upper, false, false);
    }

    /**
     * {@return the determinant, as the product of LU's pivots; of 0 x 0 matrices 1} Overflows only if the determinant
     * does. Gradient: the cofactor matrix, by an SVD, at singular matrices of any rank too, and so is that of the
     * second order; the third one at regular matrices. Cost: 2/3 n^3, of the gradient about 20 n^3. Source: getrf.
     *
     * @param a [..., n, n]
     */
    public static Tensor det(Tensor a) {
        return Determinants.det(a);
    }

    /**
     * {@return sign and log|det A|, which never overflow or underflow} 0 x 0: (1, 0); a zero pivot: (0, -inf); NaN
     * anywhere: both NaN. A complex infinite determinant has the sign NaN. Gradient of logAbs: A^-T, from the LU that the forward kept; it waits for the device to see
     * whether A is singular, and throws if so ({@link #slogdetEx} does neither). The sign of a real matrix is a constant; that of a complex one has a gradient too. Cost: 2/3 n^3.
     * Source: getrf; up to n = 16 on the CPU and 64 on a GPU one own kernel that reads A and writes two scalars.
     *
     * @param a [..., n, n]
     */
    public static SignLog slogdet(Tensor a) {
        return Determinants.slogdet("slogdet", a, Accuracy.WORKING, true);
    }

    /**
     * {@return sign and log|det A| as {@link #slogdet(Tensor)}, with a gradient at singular matrices that is infinite
     * or NaN instead of an exception} Never waits for the device.
     *
     * @param a [..., n, n]
     */
    public static SignLog slogdetEx(Tensor a) {
        return Determinants.slogdet("slogdetEx", a, Accuracy.WORKING, false);
    }

    /**
     * {@return sign and log|det A| as {@link #slogdet(Tensor)}, with a chosen accuracy} {@link Accuracy#COMPENSATED} is
     * certified right to a few ulp of the exact values for the matrix as stored, exactly singular ones included. Its
     * cost is about 30 times that of LU where double-double suffices, more (exact modular arithmetic) where it does
     * not. On a GPU the host certifies, so this waits for the device.
     *
     * @param a [..., n, n]
     * @param accuracy how close to the exact values
     */
    public static SignLog slogdet(Tensor a, Accuracy accuracy) {
        return Determinants.slogdet("slogdet", a, accuracy, true);
    }

    /**
     * {@return log|det A|; see {@link #slogdet(Tensor)}} Gradient: A^-T.
     *
     * @param a [..., n, n]
     */
    public static Tensor logabsdet(Tensor a) {
        return Determinants.logabsdet(a, Accuracy.WORKING);
    }

    /**
     * {@return log|det A|; see {@link #slogdet(Tensor, Accuracy)}} Gradient: A^-T.
     *
     * @param a [..., n, n]
     * @param accuracy how close to the exact values
     */
    public static Tensor logabsdet(Tensor a, Accuracy accuracy) {
        return Determinants.logabsdet(a, accuracy);
    }

    /**
     * {@return log det A; NaN for a negative determinant, -inf for a singular matrix; of a complex one log|det A| and the
     * angle in (-pi, pi]} Gradient: A^-T.
     *
     * @param a [..., n, n]
     */
    public static Tensor logdet(Tensor a) {
        return Determinants.logdet(a, Accuracy.WORKING);
    }

    /**
     * {@return log det A; NaN for a negative determinant, -inf for a singular matrix} See
     * {@link #slogdet(Tensor, Accuracy)}. Gradient: A^-T.
     *
     * @param a [..., n, n]
     * @param accuracy how close to the exact values
     */
    public static Tensor logdet(Tensor a, Accuracy accuracy) {
        return Determinants.logdet(a, accuracy);
    }

    /**
     * {@return log|det A| as the sum of the logarithms of the singular values} An independent and slower way. Gradient:
     * A^-T. Source: gesdd.
     *
     * @param a [..., n, n]
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Tensor logabsdetSvd(Tensor a) {
        return Determinants.logabsdetSvd(a);
    }

    /**
     * {@return log det A of symmetric positive definite A, as twice the sum of log L_ii} Gradient: A^-1. Cost: n^3/3.
     * Source: potrf.
     *
     * @param a [..., n, n]; only the lower triangle is read
     * @throws LinalgException naming the first matrix that is not positive definite
     */
    public static Tensor logdetCholesky(Tensor a) {
        return Determinants.logdetCholesky(a);
    }

    /**
     * {@return the lower triangular L with A = L L^T} Gradient, symmetric: Murray 2016, arXiv 1602.07527. Cost: n^3/3.
     * Source: potrf.
     *
     * @param a [..., n, n], symmetric or Hermitian, positive definite; only the lower triangle is read (as in NumPy), of its
     *     diagonal the real part
     * @throws LinalgException naming the first matrix that is not positive definite
     */
    public static Tensor cholesky(Tensor a) {
        return Decompositions.cholesky("cholesky", a);
    }

    /**
     * Factors A = Q R in the reduced form. Gradient: Walter, Lehmann and Lamour 2012, where the first k columns are
     * independent. Cost: 4 m n k. Source: geqrf, orgqr.
     *
     * @param a [..., m, n]
     * @return q [..., m, k] with orthonormal columns and r [..., k, n] upper triangular, k = min(m, n)
     */
    public static Qr qr(Tensor a) {
        return Decompositions.qr(a, false);
    }

    /**
     * Factors A = Q R in the reduced or the complete form. Gradient of the complete form: only where it is the reduced
     * one; see {@link #qr(Tensor)}.
     *
     * @param a [..., m, n]
     * @param complete whether q is [..., m, m] and r [..., m, n]
     * @return q and r
     */
    public static Qr qr(Tensor a, boolean complete) {
        return Decompositions.qr(a, complete);
    }

    /**
     * Factors A = U diag(s) V^H in the reduced form, s real. Gradient: Giles 2008, of u and vh for distinct singular values
     * (and nonzero ones, unless A is square); infinite or NaN otherwise. Of a function that depends on the free phases of
     * complex singular vectors, the part that does not. Cost: about 20 n^3. Source: gesdd.
     *
     * @param a [..., m, n]
     * @return u [..., m, k], s [..., k] and vh [..., k, n], k = min(m, n)
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Svd svd(Tensor a) {
        return Decompositions.svd("svd", a, false);
    }

    /**
     * Factors A = U diag(s) V^T in the reduced or the full form. Gradient of the full form: of s only, unless A is
     * square; see {@link #svd(Tensor)}.
     *
     * @param a [..., m, n]
     * @param full whether u is [..., m, m] and vh [..., n, n]
     * @return u, s and vh
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Svd svd(Tensor a, boolean full) {
        return Decompositions.svd("svd", a, full);
    }

    /**
     * Finds the k largest singular values and their vectors by random projection, with 10 columns more than k and two power iterations;
     * see {@link #randomizedSvd(Tensor, long, long, int, long)}.
     *
     * @param a [..., m, n]
     * @param k how many, 1 to min(m, n)
     * @param seed of the projection
     * @return u [..., m, k], s [..., k] and vh [..., k, n]
     */
    public static Svd randomizedSvd(Tensor a, long k, long seed) {
        return randomizedSvd(a, k, 10, 2, seed);
    }

    /**
     * Finds the k largest singular values and their vectors by random projection: A Q Q^H for an orthonormal Q whose columns span the range of
     * {@code (A^H A)^q A^H} times a normally distributed matrix. The expected error of U S V^H is a small multiple of the (k+1)th
     * singular value, near 1 for a few power iterations; where the rank is at most k it is that of rounding. The same seed gives the
     * same projection on every device. Gradient: that of all steps, of which the projection is a constant. Sync: none; matrices
     * that are not finite give NaN. Cost: 4 (q + 1) m n (k + p). Source: N. Halko, P.-G. Martinsson, J. Tropp: Finding structure with
     * randomness (2011), algorithms 4.4 and 5.1.
     *
     * @param a [..., m, n]; float32, float64, complex64 or complex128
     * @param k how many, 1 to min(m, n)
     * @param oversampling p: columns of the projection beyond k; 0 or more, at most min(m, n) - k are taken
     * @param powerIterations q: 0 or more; each brings the error nearer to the least, more so where singular values fall slowly
     * @param seed of the projection
     * @return u [..., m, k], s [..., k] and vh [..., k, n]
     * @throws ShapeException if k is not 1 to min(m, n)
     * @throws kron4j.TensorException if oversampling or powerIterations is negative
     */
    public static Svd randomizedSvd(Tensor a, long k, long oversampling, int powerIterations, long seed) {
        return Projections.svd(a, k, oversampling, powerIterations, seed);
    }

    /**
     * {@return the singular values, descending: [..., min(m, n)]} Gradient: U diag(g) V^T. Source: gesdd.
     *
     * @param a [..., m, n]
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Tensor svdvals(Tensor a) {
        return Decompositions.svdvals("svdvals", a);
    }

    /**
     * Decomposes symmetric or Hermitian A = V diag(w) V^H, w real. Gradient, Hermitian: Giles 2008, that of v for distinct
     * eigenvalues, infinite or NaN otherwise; of a function that depends on the free phases of complex eigenvectors, the
     * part that does not. Cost: about 9 n^3. Source: syevd.
     *
     * @param a [..., n, n], symmetric or Hermitian; only the lower triangle is read (as in NumPy), of its diagonal the real
     *     part
     * @return eigenvalues w [..., n], ascending, and eigenvectors v [..., n, n], as columns
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Eigh eigh(Tensor a) {
        return Decompositions.eigh("eigh", a);
    }

    /**
     * Decomposes any square A = V diag(w) V^-1; for symmetric and Hermitian matrices {@link #eigh} is faster. Eigenvalues
     * and eigenvectors are complex for real matrices too, there in pairs of conjugates or exactly real. A defective matrix
     * has a singular V. Gradient: Boeddeker et al. 2017, of v for distinct eigenvalues, infinite or NaN otherwise. An
     * eigenvector may be multiplied by any number of modulus 1; of a function that depends on which one was found, the
     * gradient is that part which does not. Cost: about 25 n^3. Source: geev; on a card the CPU computes it, so this waits
     * for the device and cannot be captured.
     *
     * @param a [..., n, n]; float32 and complex64 give complex64, float64 and complex128 give complex128
     * @return eigenvalues w [..., n], in no particular order, and eigenvectors v [..., n, n], as columns
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Eig eig(Tensor a) {
        return Decompositions.eig("eig", a);
    }

    /**
     * {@return the eigenvalues of any square matrix, complex: [..., n]; see {@link #eig}}
     *
     * @param a [..., n, n]
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Tensor eigvals(Tensor a) {
        return Decompositions.eigvals(a);
    }

    /**
     * {@return the pseudoinverse V diag(1/s) U^T, [..., n, m]} Singular values up to max(m, n) * epsilon times the
     * largest count as 0. Gradient: Golub and Pereyra 1973, for constant rank. Source: gesdd, gemm.
     *
     * @param a [..., m, n]
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Tensor pinv(Tensor a) {
        return Decompositions.pinv(a, Decompositions.defaultTolerance(a));
    }

    /**
     * {@return the pseudoinverse as {@link #pinv(Tensor)}, with another tolerance}
     *
     * @param a [..., m, n]
     * @param tolerance singular values up to this times the largest count as 0 (NumPy's {@code rcond})
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Tensor pinv(Tensor a, double tolerance) {
        return Decompositions.pinv(a, tolerance);
    }

    /**
     * {@return the number of singular values above max(m, n) * epsilon times the largest, int64} No gradient. Source:
     * gesdd.
     *
     * @param a [..., m, n]
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Tensor matrixRank(Tensor a) {
        return Decompositions.matrixRank(a, Decompositions.defaultTolerance(a));
    }

    /**
     * {@return the number of singular values above a tolerance, int64} No gradient.
     *
     * @param a [..., m, n]
     * @param tolerance relative to the largest singular value
     * @throws LinalgException naming the first matrix that contains NaN or infinities, with which no iteration begins
     */
    public static Tensor matrixRank(Tensor a, double tolerance) {
        return Decompositions.matrixRank(a, tolerance);
    }
}
