package kron4j.spark;

import java.util.stream.Stream;
import kron4j.LinalgException;
import kron4j.Tensor;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.MatrixFunctions;
import kron4j.ops.Reduce;

/**
 * A linear model {@code y = x w + c}, on the driver's CPU, in float64.
 *
 * @param coefficients w, shape [d]; [d, k] for a target of arrays
 * @param intercept c, shape []; [k] for a target of arrays; 0 without one
 * @param solver how it was computed: {@code GRAM} or {@code QR}
 */
public record LinearModel(Tensor coefficients, Tensor intercept, Solver solver) implements Jobs.OfTensors {
    /** How the coefficients are computed. */
    public enum Solver {
        /** By the Gram matrix, and in a second pass by QR if that matrix, scaled, has a condition beyond 1e8. */
        BEST,
        /** By Cholesky of the Gram matrix: one GEMM a block. Loses twice as many digits as the rows' condition has. */
        GRAM,
        /** By QR of the rows (TSQR), about four times the work: loses as many digits as the rows' condition has. */
        QR
    }

    /** Above it, the coefficients have more than half of their digits. */
    private static final double GOOD = Math.sqrt(Math.ulp(1.0));

    /** Returns the model of d columns and the targets beside them, or null if {@code BEST} should take QR. */
    static LinearModel byGram(RowMoments moments, int d, double penalty, Solver solver) {
        long n = moments.means().shape().at(0);
        Tensor scatter = moments.scatter();
        requireFinite(scatter);
        Tensor a = scatter.slice(0, 0, d).slice(1, 0, d).add(Creation.eye(d).multiply(penalty));
        Tensor b = scatter.slice(0, 0, d).slice(1, d, n);
        double reciprocal = 0;
        Tensor w = null;
        if (a.diagonal().min().item() > 0) {
            Tensor scale = a.diagonal().sqrt();
            Tensor scaled = a.divide(scale).divide(scale.unsqueeze(1));
            try {
                Tensor l = Linalg.cholesky(scaled);
                reciprocal = 1 / (norm(scaled) * norm(MatrixFunctions.choleskyInverse(l)));
                w = MatrixFunctions.choleskySolve(l, b.divide(scale.unsqueeze(1)))
                        .divide(scale.unsqueeze(1));
            } catch (LinalgException notPositive) {
                reciprocal = 0;
            }
        }
        if (solver == Solver.BEST && !(reciprocal > GOOD)) {
            return null;
        }
        if (!(reciprocal > d * Math.ulp(1.0))) {
            throw new LinalgException(
                    "linear model by GRAM: the Gram matrix of " + d
                            + " columns is singular to rounding; use Solver.QR, leave out columns that depend on others, or penalise");
        }
        Tensor means = moments.means();
        Tensor intercept = means.slice(0, d, n).subtract(means.slice(0, 0, d).matmul(w));
        return new LinearModel(w, intercept, Solver.GRAM);
    }

    /** The greatest sum of a column's absolute values. */
    private static double norm(Tensor a) {
        return a.abs().sum(0).max().item();
    }

    /**
     * Returns the model of rows [1 if there is an intercept, x, y].
     *
     * @param r the triangle of these rows
     */
    static LinearModel byQr(Tensor r, long rows, int d, double penalty, boolean intercept) {
        int first = intercept ? 1 : 0;
        long n = r.shape().at(0);
        requireFinite(r);
        Tensor all = r;
        if (penalty > 0) {
            Tensor more = Indexing.concat(
                    1,
                    Creation.full(r.dtype(), 0, d, first),
                    Creation.eye(d).multiply(Math.sqrt(penalty)),
                    Creation.full(r.dtype(), 0, d, n - first - d));
            all = Linalg.qr(Indexing.concat(0, r, more)).r();
        }
        int unknowns = first + d;
        Tensor square = all.slice(0, 0, unknowns).slice(1, 0, unknowns);
        double[] sizes = Reduce.sum(square.multiply(square), 0).sqrt().toDoubleArray();
        double[] own = square.diagonal().abs().toDoubleArray();
        for (int i = 0; i < unknowns; i++) {
            if (own[i] <= Math.max(rows, n) * Math.ulp(1.0) * sizes[i]) {
                throw new LinalgException("linear model: column " + (i - first)
                        + " of the rows is, to rounding, a combination of those before it"
                        + (intercept ? " and a constant" : "") + "; leave it out, or penalise");
            }
        }
        Tensor solution =
                Linalg.triangularSolve(square, all.slice(0, 0, unknowns).slice(1, unknowns, n), true);
        Tensor w = solution.slice(0, first, unknowns).contiguous();
        Tensor c = intercept ? solution.select(0, 0).contiguous() : Creation.full(r.dtype(), 0, n - unknowns);
        return new LinearModel(w, c, Solver.QR);
    }

    private static void requireFinite(Tensor a) {
        if (!Reduce.all(Elementwise.isFinite(a)).toBooleanArray()[0]) {
            throw new LinalgException("linear model: the rows hold NaN or infinities; leave such rows out");
        }
    }

    /** Returns the model of a target that is a number instead of an array of one. */
    LinearModel ofNumbers() {
        return new LinearModel(
                coefficients.squeeze(1).contiguous(), intercept.squeeze(0).contiguous(), solver);
    }

    /**
     * {@return {@code x w + c}, shape [n] or [n, k]}
     *
     * @param x rows of shape [n, d], float64, on the CPU
     */
    public Tensor predict(Tensor x) {
        try (Tensor product = MatMul.matmul(x, coefficients)) {
            return product.add(intercept);
        }
    }

    /** {@return the tensors that there are} */
    @Override
    public Stream<Tensor> tensors() {
        return Stream.of(coefficients, intercept);
    }
}
