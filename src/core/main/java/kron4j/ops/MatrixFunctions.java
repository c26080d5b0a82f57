package kron4j.ops;

import static kron4j.ops.MatMul.Form.ADJOINT;
import static kron4j.ops.MatMul.Form.PLAIN;

import java.util.Arrays;
import java.util.stream.Collectors;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Tape;

/**
 * Powers, exponentials and chains of matrices.
 *
 * <pre>{@code
 * Tensor e = MatrixFunctions.expm(a);                                 // [..., n, n]
 * Tensor p = MatrixFunctions.matrixPower(a, -3);                      // the inverse of a a a
 * Tensor c = MatrixFunctions.multiDot(x, y, w);                       // in the cheapest order
 * }</pre>
 *
 * <p>Operands: floating or complex, any strides, never modified; halves are computed in float32 and rounded once.
 */
public final class MatrixFunctions {
    private MatrixFunctions() {}

    /**
     * {@return {@code A^n} by repeated squaring ({@code numpy.linalg.matrix_power}); of order 0 the identity,
     * whatever A is; of a negative order the power of the inverse} Integers wrap around. Gradient: that of the
     * products and the inverse. Sync: for negative orders only, which throw. Cost: at most 4 log2(n) n^3.
     *
     * @param a [..., n, n]; any dtype but bool; of negative orders floating or complex
     * @param n any integer
     * @throws ShapeException if the matrices are not square
     * @throws SingularMatrixException for a negative order, naming the first matrix with a zero pivot
     */
    public static Tensor matrixPower(Tensor a, int n) {
        if (n < 0) {
            Operands.requireInexact("matrixPower", a);
        }
        if (!a.dtype().isNumber()) {
            throw new DTypeException(
                    "matrixPower: bool is not a number (shape " + a.shape() + "); convert it with to(DType.INT64)");
        }
        requireSquare("matrixPower", a);
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> matrixPower(x[0], n), a);
        }
        if (n == 0) {
            return Tape.record("matrixPower", Matrices.identityLike(a), r -> r.gradient(a, Creation::zerosLike), a);
        }
        if (n == 1) {
            return a.copy();
        }
        try (TensorScope scope = a.device().openScope()) {
            Tensor square =
                    n > 0 ? a : Solvers.orSingular("matrixPower", a, Solvers.inverse("matrixPower", a), "inverseEx");
            Tensor result = null;
            for (long rest = Math.abs((long) n); rest > 0; rest /= 2) {
                if (rest % 2 == 1) {
                    result = result == null ? square : MatMul.matmul(result, square);
                }
                if (rest > 1) {
                    square = MatMul.matmul(square, square);
                }
            }
            return scope.keep(result);
        }
    }

    private static void requireSquare(String operation, Tensor a) {
        if (a.rank() < 2 || a.shape().at(-2) != a.shape().at(-1)) {
            throw new ShapeException(operation + ": needs square matrices, got shape " + a.shape());
        }
    }

    /**
     * {@return the exponential {@code I + A + A^2/2 + A^3/6 + ...} ({@code scipy.linalg.expm})} NaN throughout for a
     * matrix that is not finite, or so large that it would have to be halved more than 32 times (a norm above 10^10,
     * whose exponential has few right digits); where the exponential overflows, infinities or NaN. Gradient: the
     * Frechet derivative at A^H, from the exponential of {@code [[A^H, G], [0, A^H]]}, which has gradients of any
     * order itself. Sync: none; on a card all matrices pass all 32 squarings, on the CPU as many as the batch needs.
     * Cost: 6 products (4 in float32), on the CPU fewer for norms below 2.1 (1.9), a solve and the squarings, 2 n^3
     * each; the gradient 8 times that. Source: A. Al-Mohy, N. Higham: A new scaling and squaring algorithm for the
     * matrix exponential (2009), of the degree 13, in float32 7, with norms of A^4 and A^6; N. Higham: The scaling and
     * squaring method for the matrix exponential revisited (2005) for lower ones.
     *
     * @param a [..., n, n]; floating or complex
     * @throws ShapeException if the matrices are not square
     */
    public static Tensor expm(Tensor a) {
        Operands.requireInexact("expm", a);
        requireSquare("expm", a);
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> expm(x[0]), a);
        }
        Tensor result;
        try (TensorScope scope = a.device().openScope()) {
            result = scope.keep(a.size() == 0 ? a.copy().detach() : Exponential.of(Tape.plain(a)));
        }
        return Tape.record("expm", result, r -> r.gradient(a, a, MatrixFunctions::exponentialSlope), a);
    }

    /** The derivative is linear in G, which is brought to the norm 1 before, so that it does not decide how often A is halved. */
    private static Tensor exponentialSlope(Tensor g, Tensor a) {
        long n = a.shape().at(-1);
        if (a.size() == 0) {
            return g;
        }
        Tensor norm = Exponential.norm(g.detach());
        Tensor usable = Elementwise.where(Elementwise.greater(norm, 0), norm, 1);
        Tensor scale = Matrices.like(g, usable);
        Tensor adjoint = ComplexNumbers.adjoint(a);
        Tensor top = Indexing.concat(-1, adjoint, Elementwise.divide(g, scale));
        Tensor bottom = Indexing.concat(-1, Creation.zerosLike(g), adjoint);
        Tensor both = expm(Indexing.concat(-2, top, bottom));
        return Elementwise.multiply(both.slice(-2, 0, n).slice(-1, n, 2 * n), scale);
    }

    /**
     * {@return the positive semidefinite square root S of A = S S ({@code scipy.linalg.sqrtm} of such matrices)}
     * Eigenvalues up to n epsilon times the largest count as 0; others that are negative give NaN. Gradient,
     * Hermitian: by quotients of differences, for equal eigenvalues too, infinite or NaN where two are 0; that of
     * second order for distinct ones. Cost: about 13 n^3. Source: syevd.
     *
     * @param a [..., n, n], symmetric or Hermitian, positive semidefinite; float32, float64, complex64 or complex128;
     *     only the lower triangle is read
     * @throws ShapeException if the matrices are not square
     * @throws kron4j.LinalgException naming the first matrix that contains NaN or infinities; to see that, this waits
     *     for the device
     */
    public static Tensor sqrtmHermitian(Tensor a) {
        return HermitianFunctions.sqrtm(a);
    }

    /**
     * {@return the Hermitian logarithm L of A = expm(L) ({@code scipy.linalg.logm} of such matrices)} Infinite or NaN
     * if A is not positive definite. Gradient, Hermitian: by quotients of differences, for equal eigenvalues too;
     * that of second order for distinct ones. Cost: about 13 n^3. Source: syevd.
     *
     * @param a [..., n, n], symmetric or Hermitian, positive definite; float32, float64, complex64 or complex128;
     *     only the lower triangle is read
     * @throws ShapeException if the matrices are not square
     * @throws kron4j.LinalgException naming the first matrix that contains NaN or infinities; to see that, this waits
     *     for the device
     */
    public static Tensor logmHermitian(Tensor a) {
        return HermitianFunctions.logm(a);
    }

    /**
     * {@return the product of a chain of matrices in the order that takes the fewest multiplications ({@code
     * numpy.linalg.multi_dot})} The first may be a row [m], the last a column [m]; those axes disappear. Gradient:
     * that of the products. Cost: found by dynamic programming, in time cubic in their number.
     *
     * @param matrices two or more of rank 2; one dtype, any but bool
     * @throws ShapeException naming the neighbours that do not fit, or the operand of another rank
     */
    public static Tensor multiDot(Tensor... matrices) {
        int count = matrices.length;
        if (count < 2) {
            throw new TensorException("multiDot: needs two matrices or more, got " + count);
        }
        Operands.sameDType("multiDot", matrices);
        Operands.sameDevice("multiDot", matrices);
        Operands.requireNumber("multiDot", matrices[0]);
        boolean row = matrices[0].rank() == 1;
        boolean column = matrices[count - 1].rank() == 1;
        long[] sizes = new long[count + 1];
        for (int i = 0; i < count; i++) {
            Tensor t = matrices[i];
            boolean end = (i == 0 && row) || (i == count - 1 && column);
            if (t.rank() != 2 && !end) {
                throw new ShapeException("multiDot: operand " + i + " of " + shapes(matrices)
                        + " needs rank 2; only the first and the last may be vectors");
            }
            long rows = t.rank() == 2 ? t.shape().at(0) : i == 0 ? 1 : t.shape().at(0);
            if (i > 0 && sizes[i] != rows) {
                throw new ShapeException("multiDot: operand " + (i - 1) + " has " + sizes[i] + " columns, operand " + i
                        + " has " + rows + " rows: " + shapes(matrices));
            }
            sizes[i] = rows;
            sizes[i + 1] = t.rank() == 2 ? t.shape().at(1) : i == 0 ? t.shape().at(0) : 1;
        }
        if (matrices[0].dtype().isHalf()) {
            return Operands.inFloat32(MatrixFunctions::multiDot, matrices);
        }
        try (TensorScope scope = matrices[0].device().openScope()) {
            Tensor[] all = matrices.clone();
            all[0] = row ? all[0].unsqueeze(0) : all[0];
            all[count - 1] = column ? all[count - 1].unsqueeze(1) : all[count - 1];
            Tensor result = product(all, splits(sizes), 0, count - 1);
            Tensor narrow = row ? result.squeeze(0) : result;
            return scope.keep(column ? narrow.squeeze(-1) : narrow);
        }
    }

    private static String shapes(Tensor... tensors) {
        return Arrays.stream(tensors).map(t -> t.shape().toString()).collect(Collectors.joining(", "));
    }

    /** The last product of each part [i, j] of the chain: the operand that ends its left side. */
    static int[][] splits(long... sizes) {
        int n = sizes.length - 1;
        double[][] cost = new double[n][n];
        int[][] split = new int[n][n];
        for (int length = 1; length < n; length++) {
            for (int i = 0; i + length < n; i++) {
                int j = i + length;
                cost[i][j] = Double.POSITIVE_INFINITY;
                for (int k = i; k < j; k++) {
                    double total = cost[i][k] + cost[k + 1][j] + (double) sizes[i] * sizes[k + 1] * sizes[j + 1];
                    if (total < cost[i][j]) {
                        cost[i][j] = total;
                        split[i][j] = k;
                    }
                }
            }
        }
        return split;
    }

    private static Tensor product(Tensor[] all, int[][] splits, int from, int to) {
        if (from == to) {
            return all[from];
        }
        int k = splits[from][to];
        return MatMul.matmul(product(all, splits, from, k), product(all, splits, k + 1, to));
    }

    /**
     * {@return the solution of A X = B from the Cholesky factor L of A = L L^H ({@code scipy.linalg.cho_solve},
     * {@code torch.cholesky_solve})} Gradient: that of two triangular solves. Sync: none. Cost: 2 n^2 k. Source:
     * trsm.
     *
     * @param l [..., n, n], as {@link Linalg#cholesky} gives it; only the lower triangle is read
     * @param b [..., n, k] or, if its rank is 1, [n]; batches broadcast
     * @throws ShapeException if l is not square, or b has not as many rows
     */
    public static Tensor choleskySolve(Tensor l, Tensor b) {
        Solvers.checkRightHandSide("choleskySolve", l, b);
        try (TensorScope scope = l.device().openScope()) {
            boolean vector = b.rank() == 1;
            Tensor half = Linalg.triangularSolve(l, vector ? b.unsqueeze(-1) : b, false);
            Tensor x = Solvers.adjointTriangular(l, half, false, false);
            return scope.keep(vector ? x.squeeze(-1) : x);
        }
    }

    /**
     * {@return the inverse of A from its Cholesky factor L ({@code torch.cholesky_inverse}), {@code L^-H L^-1}}
     * Gradient: that of the triangular solve. Sync: none. Cost: 3 n^3. Source: trsm, gemm.
     *
     * @param l [..., n, n], as {@link Linalg#cholesky} gives it; only the lower triangle is read
     * @throws ShapeException if l is not square
     */
    public static Tensor choleskyInverse(Tensor l) {
        Matrices.requireSquare("choleskyInverse", l);
        try (Tensor identity = Matrices.identityLike(l);
                Tensor inverse = Linalg.triangularSolve(l, identity, false)) {
            return MatMul.matmul(inverse, ADJOINT, inverse, PLAIN);
        }
    }
}
