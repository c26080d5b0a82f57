package kron4j.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg;
import kron4j.reference.ExactDeterminant;
import kron4j.reference.KronReference;
import kron4j.reference.Matrix;
import kron4j.reference.NDArray;

/** Kronecker operators of one to four factors, rectangular, empty or identities, against the formed product. */
final class OperatorCases {
    private final Draw draw;
    private final DType dtype;
    private final List<Operand> factors = new ArrayList<>();
    /** Of all factors, the identities too. */
    private final List<Matrix> matrices = new ArrayList<>();

    private KroneckerOperator operator;
    private NDArray dense = NDArray.full(1, 1, 1);
    private NDArray sizes;
    private boolean square = true;
    private String what = "operator";

    static void check(Draw draw) {
        OperatorCases c = new OperatorCases(draw);
        switch (draw.below(6)) {
            case 0, 1, 2 -> c.applied();
            case 3 -> c.parts();
            case 5 -> c.spectra();
            default -> c.system();
        }
    }

    private OperatorCases(Draw draw) {
        this.draw = draw;
        dtype = draw.floating();
        int rows = 64;
        int cols = 64;
        for (int left = draw.between(1, 4); left > 0; left--) {
            long m = draw.size(rows);
            long n = draw.below(3) > 0 ? draw.size(cols) : Math.min(m, cols);
            rows = Math.max(1, rows / Math.max(1, (int) m));
            cols = Math.max(1, cols / Math.max(1, (int) n));
            boolean identity = m == n && draw.oneIn(4);
            KroneckerOperator next;
            NDArray values;
            if (identity) {
                next = KroneckerOperator.eye(dtype, m);
                values = KronReference.eye(m);
                matrices.add(Matrix.eye((int) m));
            } else {
                Operand f = Operand.any(draw, draw.numbers(m, n), dtype);
                factors.add(f);
                matrices.add(Matrix.all(f.values()).get(0));
                next = KroneckerOperator.of(f.tensor());
                values = f.values();
            }
            operator = operator == null ? next : operator.kron(next);
            dense = KronReference.kron(dense, values);
            square &= m == n;
            what += identity ? " I" + m : " " + Shape.of(m, n);
        }
        what += " " + dtype;
        sizes = dense.map(Math::abs);
    }

    private long rows() {
        return dense.shape()[0];
    }

    private long cols() {
        return dense.shape()[1];
    }

    /** How far a product along all factors, each of which sums its columns, may be off, relative to the product of magnitudes. */
    private double unit() {
        double sum = 2 * factors.size() + 6;
        for (Operand f : factors) {
            sum += f.values().shape()[0] + f.values().shape()[1];
        }
        return sum * dtype.epsilon();
    }

    private void applied() {
        Verify.that(operator.rows() == rows() && operator.cols() == cols(), what + ": is " + operator.shape());
        int kind = draw.below(5);
        int rank = draw.below(3);
        long[] batch = draw.shape(rank, 12);
        Operand x;
        Tensor y;
        NDArray matrix = kind == 3 || kind == 4 ? dense.transpose(0, 1) : dense;
        boolean byRows = kind >= 2;
        KroneckerOperator used = kind == 4 ? operator.transpose() : operator;
        if (byRows) {
            x = vectors(batch, matrix.shape()[1]);
        } else if (rank == 0) {
            x = vectors(batch, cols());
        } else {
            x = vectors(Arrays.copyOf(batch, rank - 1), cols(), batch[rank - 1]);
        }
        boolean graded = draw.oneIn(4);
        if (graded) {
            x.tensor().requiresGrad();
        }
        what += " kind " + kind + " to " + x.tensor().layout();
        y = switch (kind) {
            case 0, 1 -> used.apply(x.tensor());
            case 3 -> used.applyRight(x.tensor());
            default -> used.applyToRows(x.tensor());
        };
        boolean column = !byRows && rank > 0;
        NDArray rowsOf =
                column ? x.values().transpose(x.values().rank() - 1, x.values().rank() - 2) : x.values();
        NDArray exact = times(rowsOf, matrix);
        NDArray bounds = times(rowsOf.map(Math::abs), matrix.map(Math::abs));
        int r = exact.rank();
        exact = column ? exact.transpose(r - 1, r - 2) : exact;
        bounds = column ? bounds.transpose(r - 1, r - 2) : bounds;
        double unit = unit();
        Verify.close(what, exact, bounds.map(b -> unit * b), y);
        if (graded) {
            NDArray g = NDArray.integers(draw.elements(), -2, 3, exact.shape());
            NDArray back = column ? g.transpose(r - 1, r - 2) : g;
            NDArray slopes = times(back, matrix.transpose(0, 1));
            NDArray off = times(back.map(Math::abs), matrix.transpose(0, 1).map(Math::abs))
                    .map(b -> unit * b);
            Tensor slope = Gradients.vjp(y, g.toTensor(dtype), x.tensor()).get(0);
            Verify.close(
                    "gradient of " + what,
                    column ? slopes.transpose(r - 1, r - 2) : slopes,
                    column ? off.transpose(r - 1, r - 2) : off,
                    slope);
        }
    }

    private Operand vectors(long[] batch, long... last) {
        long[] shape = Arrays.copyOf(batch, batch.length + last.length);
        System.arraycopy(last, 0, shape, batch.length, last.length);
        return Operand.any(draw, draw.numbers(shape), dtype);
    }

    /** Each vector along the last axis by the matrix. */
    private static NDArray times(NDArray vectors, NDArray matrix) {
        long[] shape = vectors.shape();
        int m = (int) matrix.shape()[0];
        int n = (int) matrix.shape()[1];
        shape[shape.length - 1] = m;
        double[] x = vectors.data();
        double[] a = matrix.data();
        double[] y = new double[NDArray.full(0, shape).size()];
        for (int i = 0; i < y.length; i++) {
            for (int j = 0; j < n; j++) {
                y[i] += a[i % m * n + j] * x[i / m * n + j];
            }
        }
        return NDArray.of(y, shape);
    }

    private void parts() {
        double unit = unit();
        Verify.close("dense " + what, dense, sizes.map(x -> unit * x), operator.toDense());
        Verify.close(
                "dense transpose " + what,
                dense.transpose(0, 1),
                sizes.transpose(0, 1).map(x -> unit * x),
                operator.transpose().toDense());
        if (rows() > 0 && cols() > 0) {
            long i = draw.below((int) rows());
            long j = draw.below((int) cols());
            Verify.close(
                    "row of " + what, dense.select(0, i), sizes.select(0, i).map(x -> unit * x), operator.row(i));
            Verify.close(
                    "entry of " + what,
                    NDArray.of(new double[] {dense.get(i, j)}),
                    NDArray.of(new double[] {unit * sizes.get(i, j)}),
                    operator.entry(i, j));
        }
        Verify.refused("row outside " + what, () -> operator.row(rows()), ShapeException.class);
        if (rows() == cols()) {
            NDArray diagonal = dense.diagonal(0, 0, 1);
            Verify.close("diag of " + what, diagonal, diagonal.map(x -> unit * Math.abs(x)), operator.diag());
            double trace = Arrays.stream(diagonal.data()).sum();
            // The product of the square factors' traces, each a sum of its own; else the sum of the diagonal.
            double size = square
                    ? factors.stream()
                            .mapToDouble(f -> Arrays.stream(
                                            f.values().diagonal(0, 0, 1).data())
                                    .map(Math::abs)
                                    .sum())
                            .reduce(1, (x, y) -> x * y)
                    : Arrays.stream(sizes.diagonal(0, 0, 1).data()).sum();
            long ones = factors.isEmpty() || !square
                    ? rows()
                    : rows()
                            / Math.max(
                                    1,
                                    factors.stream()
                                            .mapToLong(f -> f.values().shape()[0])
                                            .reduce(1, (x, y) -> x * y));
            Verify.close(
                    "trace of " + what,
                    NDArray.of(new double[] {trace}),
                    NDArray.of(new double[] {unit * size * Math.max(1, ones)}),
                    operator.trace());
        } else {
            Verify.refused("diag of " + what, () -> operator.diag(), ShapeException.class);
        }
    }

    /** Solves, by the residual; the logarithm of the determinant against the factors'. */
    private void system() {
        if (!square) {
            Verify.refused("solve by " + what, () -> operator.solve(Tensor.zeros(dtype, cols())), ShapeException.class);
            if (rows() != cols()) {
                Verify.refused("slogdet of " + what, () -> operator.slogdet(), ShapeException.class);
                return;
            }
            Linalg.SignLog d = operator.slogdet();
            boolean empty = rows() == 0;
            Verify.that(
                    d.sign().item() == (empty ? 1 : 0) && d.logAbs().item() == (empty ? 0 : Double.NEGATIVE_INFINITY),
                    "slogdet of " + what + ": " + d);
            return;
        }
        Operand b = vectors(new long[0], rows(), draw.size(5));
        Tensor x;
        try {
            x = operator.solve(b.tensor());
        } catch (SingularMatrixException e) {
            Verify.that(e.getMessage().contains("factor"), what + ": " + e.getMessage());
            return;
        } catch (LinalgException e) {
            throw new AssertionError(what + ": " + e.getMessage(), e);
        }
        NDArray solution = NDArray.of(x);
        if (!Arrays.stream(solution.data()).allMatch(Double::isFinite)) {
            return;
        }
        Verify.shape("solve by " + what, b.values().shape(), x);
        // Backward error of one factor after the other: each |F| |F^-1 y| n eps, so the residual grows with the
        // condition of those before it.
        NDArray residual =
                times(solution.transpose(0, 1), dense).transpose(0, 1).zip(b.values(), (p, q) -> p - q);
        double condition = 1;
        for (Operand f : factors) {
            Matrix factor = Matrix.all(f.values()).get(0);
            condition *= Math.max(1, factor.norm() * factor.inverse().norm());
        }
        double bound = 8
                * unit()
                * (rows() + 1)
                * condition
                * (sizes.scale() * Math.max(1, rows()) * solution.scale()
                        + b.values().scale());
        Verify.that(
                residual.scale() <= bound || !(condition < 0.01 / dtype.epsilon()),
                "solve by " + what + ": residual " + residual.scale() + ", expected at most " + bound);
    }

    private void spectra() {
        double norms = matrices.stream().mapToDouble(Matrix::norm).reduce(1, (x, y) -> x * y);
        double unit = 30 * unit();
        double[] s = NDArray.of(operator.svdvals()).data();
        long count =
                matrices.stream().mapToLong(m -> Math.min(m.rows(), m.cols())).reduce(1, (x, y) -> x * y);
        Verify.that(s.length == count, "svdvals of " + what + ": " + s.length + " values");
        double norm = Math.sqrt(Arrays.stream(s).map(x -> x * x).sum());
        MatrixDraw.small(dtype, "svdvals of " + what, Math.abs(norm - norms), unit * norms);
        if (!square) {
            Verify.refused("eigh of " + what, () -> operator.eigh().close(), ShapeException.class);
            return;
        }
        Matrix whole = matrices.stream().map(Matrix::symmetric).reduce(Matrix.eye(1), OperatorCases::kron);
        KroneckerOperator.Eigh eigh = operator.eigh();
        double[] w = NDArray.of(eigh.w()).data();
        Matrix v = MatrixDraw.all(eigh.v().toDense()).get(0);
        Matrix scaled = Matrix.generate(v.rows(), v.cols(), (i, j) -> v.at(i, j) * w[j]);
        double size = matrices.stream().mapToDouble(m -> m.symmetric().norm()).reduce(1, (x, y) -> x * y);
        MatrixDraw.small(
                dtype,
                "eigh of " + what,
                scaled.times(v.transpose()).minus(whole).norm(),
                unit * size);
        determinant();
    }

    private static Matrix kron(Matrix a, Matrix b) {
        return Matrix.generate(
                a.rows() * b.rows(),
                a.cols() * b.cols(),
                (i, j) -> a.at(i / b.rows(), j / b.cols()) * b.at(i % b.rows(), j % b.cols()));
    }

    private void determinant() {
        int sign = 1;
        double log = 0;
        double bound = unit();
        for (Matrix m : matrices) {
            long times = rows() == 0 ? 0 : rows() / m.rows();
            if (times > 0 && m.rows() > 12) {
                return;
            }
            if (times > 0) {
                ExactDeterminant exact = ExactDeterminant.of(m.data(), m.rows());
                double change = exact.sign() == 0 ? Double.NaN : DeterminantCases.change(m, dtype);
                if (!(change < 0.1)) {
                    return;
                }
                sign *= times % 2 == 0 ? 1 : exact.sign();
                log += times * exact.logAbs();
                bound += times * (2 * change + (m.rows() + 20) * dtype.epsilon() * (1 + Math.abs(exact.logAbs())));
            }
        }
        Linalg.SignLog found = operator.slogdet();
        Verify.that(
                found.sign().item() == sign,
                "slogdet of " + what + ": sign " + found.sign().item());
        MatrixDraw.small(dtype, "slogdet of " + what, Math.abs(found.logAbs().item() - log), bound);
    }
}
