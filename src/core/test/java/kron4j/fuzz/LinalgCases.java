package kron4j.fuzz;

import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.LinalgException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.ops.Linalg;
import kron4j.ops.LuFactors;
import kron4j.reference.Matrix;
import kron4j.reference.NDArray;

/** Triangular and orthogonal factorisations, systems and inverses of batches of matrices of all kinds, by their residuals. */
final class LinalgCases {
    private static final int ALL_KINDS = 9;
    private static final int FINITE_KINDS = 8;

    private final Draw draw;
    private final DType dtype;
    private final double eps;
    private final double least;

    private LinalgCases(Draw draw) {
        this.draw = draw;
        dtype = draw.floating();
        eps = dtype.epsilon();
        least = dtype == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    }

    static void check(Draw draw) {
        LinalgCases c = new LinalgCases(draw);
        switch (draw.below(7)) {
            case 0 -> c.lu();
            case 1, 2 -> c.solve();
            case 3 -> c.inverse();
            case 4 -> c.cholesky();
            case 5 -> c.qr();
            default -> c.triangular();
        }
    }

    private Operand matrices(int kinds, int rows, int cols) {
        MatrixDraw matrices = new MatrixDraw(draw, dtype, kinds);
        return matrices.matrices(matrices.batch((long) rows * cols), rows, cols);
    }

    private int side() {
        return draw.size(draw.oneIn(8) ? 65 : 20);
    }

    /** Every element of the residual within its bound; where the bound is not a number, something overflowed, and nothing is asked. */
    private void residual(String what, Matrix residual, Matrix bounds, double units) {
        for (int i = 0; i < residual.data().length; i++) {
            double bound = units * eps * bounds.data()[i] + units * least;
            Verify.that(
                    !Double.isFinite(bound) || Math.abs(residual.data()[i]) <= bound,
                    what + ": residual " + residual.data()[i] + " at " + i + ", expected at most " + bound);
        }
    }

    private void lu() {
        int m = side();
        int n = side();
        Operand a = matrices(ALL_KINDS, m, n);
        String what = "lu of " + a.tensor().layout() + " " + dtype;
        Linalg.Lu lu = Linalg.lu(a.tensor());
        List<Matrix> given = Matrix.all(a.values());
        for (int i = 0; i < given.size(); i++) {
            Matrix p = MatrixDraw.all(lu.p()).get(i);
            Matrix l = MatrixDraw.all(lu.l()).get(i);
            Matrix u = MatrixDraw.all(lu.u()).get(i);
            if (!given.get(i).isFinite() || !l.isFinite() || !u.isFinite()) {
                continue;
            }
            residual(
                    what,
                    p.times(l.times(u)).minus(given.get(i)),
                    p.times(l.abs().times(u.abs())),
                    Math.min(m, n) + 2);
            Verify.that(p.times(p.transpose()).minus(Matrix.eye(m)).scale() == 0, what + ": p is no permutation");
            Verify.that(
                    l.minus(l.lower()).scale() == 0
                            && u.transpose().minus(u.transpose().lower()).scale() == 0,
                    what + ": not triangular");
            Verify.that(l.scale() <= 1 + 4 * eps, what + ": a factor of l is " + l.scale());
        }
    }

    /** |P L| |U| of each matrix and of its transpose: what roundings of solving by LU of either are relative to. */
    private List<Matrix> growth(Tensor a) {
        List<Matrix> rows = growthByRows(a);
        List<Matrix> columns = growthByRows(a.transpose(-2, -1));
        Matrix[] growth = new Matrix[rows.size()];
        Arrays.setAll(growth, i -> {
            Matrix turned = columns.get(i).transpose();
            return Matrix.generate(
                    turned.rows(), turned.cols(), (r, c) -> Math.max(rows.get(i).at(r, c), turned.at(r, c)));
        });
        return List.of(growth);
    }

    private static List<Matrix> growthByRows(Tensor a) {
        Linalg.Lu lu = Linalg.lu(a);
        List<Matrix> p = MatrixDraw.all(lu.p());
        List<Matrix> l = MatrixDraw.all(lu.l());
        List<Matrix> u = MatrixDraw.all(lu.u());
        Matrix[] growth = new Matrix[p.size()];
        Arrays.setAll(growth, i -> p.get(i).times(l.get(i).abs().times(u.get(i).abs())));
        return List.of(growth);
    }

    private static boolean hasZeroLine(Matrix a) {
        return zeroRow(a) || zeroRow(a.transpose());
    }

    /** Whether roundings can make a pivot zero; the transpose, by which systems may be solved too, has other roundings. */
    private boolean maySeemSingular(Matrix a) {
        return !(a.norm() * a.inverse().norm() < 0.01 / ((a.rows() + 1) * eps));
    }

    private static boolean zeroRow(Matrix a) {
        for (int i = 0; i < a.rows(); i++) {
            int row = i;
            if (java.util.stream.IntStream.range(0, a.cols()).allMatch(j -> a.at(row, j) == 0)) {
                return a.isFinite();
            }
        }
        return false;
    }

    private void solve() {
        int n = side();
        Operand a = matrices(ALL_KINDS, n, n);
        int k = draw.size(9);
        long[] shape = a.values().shape();
        shape[shape.length - 1] = k;
        Operand b = Operand.of(draw, draw.numbers(shape), dtype);
        boolean transposed = draw.oneIn(3);
        String what = (transposed ? "solveTransposed" : "solve") + " by "
                + a.tensor().layout() + " for " + b.tensor().layout() + " " + dtype;
        List<Matrix> given = Matrix.all(a.values());
        boolean singular = n > 0 && given.stream().anyMatch(LinalgCases::hasZeroLine);
        Tensor x;
        try (LuFactors factors = Linalg.luFactor(a.tensor())) {
            boolean zeroPivot = Arrays.stream(factors.info().toLongArray()).anyMatch(i -> i != 0);
            Verify.that(zeroPivot || !singular, what + ": no zero pivot found in a singular matrix");
            if (zeroPivot) {
                Verify.refused(what, () -> factors.solve(b.tensor()), SingularMatrixException.class);
                Verify.refused(what, () -> factors.solveTransposed(b.tensor()), SingularMatrixException.class);
            }
            if (zeroPivot && transposed) {
                return;
            }
            x = transposed ? factors.solveTransposed(b.tensor()) : Linalg.solve(a.tensor(), b.tensor());
        } catch (SingularMatrixException e) {
            Verify.that(given.stream().anyMatch(this::maySeemSingular), what + ": " + e.getMessage());
            Linalg.solveEx(a.tensor(), b.tensor());
            return;
        }
        Verify.that(!singular, what + ": of a singular matrix");
        Verify.shape(what, shape, x);
        List<Matrix> growth = growth(a.tensor());
        List<Matrix> found = MatrixDraw.all(x);
        List<Matrix> wanted = Matrix.all(b.values());
        for (int i = 0; i < given.size(); i++) {
            if (given.get(i).isFinite() && found.get(i).isFinite()) {
                Matrix matrix = transposed ? given.get(i).transpose() : given.get(i);
                Matrix bound = (transposed ? growth.get(i).transpose() : growth.get(i))
                        .times(found.get(i).abs());
                // An element of |L| |U| may be less than the rounding of a row with larger ones, which pivoting mixes
                // in.
                double most = bound.scale();
                residual(what, matrix.times(found.get(i)).minus(wanted.get(i)), bound.map(v -> most), 3 * n + 6);
            }
        }
    }

    private void inverse() {
        int n = side();
        Operand a = matrices(ALL_KINDS, n, n);
        String what = "inverse of " + a.tensor().layout() + " " + dtype;
        List<Matrix> given = Matrix.all(a.values());
        Tensor x;
        try {
            x = Linalg.inverse(a.tensor());
        } catch (SingularMatrixException e) {
            Verify.that(given.stream().anyMatch(this::maySeemSingular), what + ": " + e.getMessage());
            return;
        }
        Verify.that(n == 0 || given.stream().noneMatch(LinalgCases::hasZeroLine), what + ": of a singular matrix");
        List<Matrix> growth = growth(a.tensor());
        List<Matrix> found = MatrixDraw.all(x);
        for (int i = 0; i < given.size(); i++) {
            Matrix f = found.get(i);
            if (given.get(i).isFinite() && f.isFinite()) {
                double right = given.get(i).times(f).minus(Matrix.eye(n)).scale();
                double left = f.times(given.get(i)).minus(Matrix.eye(n)).scale();
                double bound = (4 * n + 8) * eps;
                double most = Math.max(
                        growth.get(i).times(f.abs()).scale(),
                        f.abs().times(growth.get(i)).scale());
                MatrixDraw.small(dtype, what, Math.min(left, right), bound * most);
            }
        }
    }

    private void cholesky() {
        int n = side();
        Operand m = matrices(6, n, n);
        double[] data = m.values().data();
        boolean indefinite = n > 0 && data.length > 0 && draw.oneIn(5);
        List<Matrix> given = Matrix.all(m.values());
        Matrix[] definite = new Matrix[given.size()];
        for (int i = 0; i < definite.length; i++) {
            Matrix g = given.get(i);
            double s = Math.max(g.norm(), least * 1e10);
            Matrix unit = g.map(v -> v / s);
            Matrix square = unit.times(unit.transpose());
            double sign = indefinite && i == definite.length - 1 ? -1 : 1;
            // The upper triangle is not read.
            Matrix spd = Matrix.generate(
                    n,
                    n,
                    (r, c) -> c > r
                            ? 77
                            : r == c && r == n - 1 ? sign * (square.at(r, c) + 1) : square.at(r, c) + (r == c ? 1 : 0));
            definite[i] = spd.map(v -> dtype == DType.FLOAT32 ? (float) v : v);
            System.arraycopy(definite[i].data(), 0, data, i * n * n, n * n);
        }
        Operand a = Operand.of(draw, NDArray.of(data, m.values().shape()), dtype);
        String what = "cholesky of " + a.tensor().layout() + " " + dtype;
        if (indefinite) {
            Verify.refused(what, () -> Linalg.cholesky(a.tensor()), LinalgException.class);
            return;
        }
        List<Matrix> found = MatrixDraw.all(Linalg.cholesky(a.tensor()));
        for (int i = 0; i < definite.length; i++) {
            Matrix l = found.get(i);
            Verify.that(l.minus(l.lower()).scale() == 0, what + ": not lower triangular");
            residual(
                    what,
                    l.times(l.transpose()).minus(definite[i].symmetric()),
                    l.abs().times(l.abs().transpose()),
                    n + 3);
        }
    }

    private void qr() {
        int m = side();
        int n = side();
        Operand a = matrices(FINITE_KINDS, m, n);
        boolean complete = draw.oneIn(3);
        String what = (complete ? "complete " : "") + "qr of " + a.tensor().layout() + " " + dtype;
        Linalg.Qr qr = Linalg.qr(a.tensor(), complete);
        List<Matrix> given = Matrix.all(a.values());
        for (int i = 0; i < given.size(); i++) {
            Matrix q = MatrixDraw.all(qr.q()).get(i);
            Matrix r = MatrixDraw.all(qr.r()).get(i);
            Verify.that(r.transpose().minus(r.transpose().lower()).scale() == 0, what + ": r is not triangular");
            MatrixDraw.orthonormal(dtype, what, q);
            MatrixDraw.small(
                    dtype,
                    what,
                    q.times(r).minus(given.get(i)).norm(),
                    10 * (m + n + 1) * Math.sqrt(n + 1.0) * eps * given.get(i).norm());
        }
    }

    /** What is not to be read is NaN. */
    private void triangular() {
        int n = side();
        int k = draw.size(9);
        boolean upper = draw.below(2) == 1;
        boolean transposed = draw.below(2) == 1;
        boolean unit = draw.oneIn(3);
        NDArray random = NDArray.random(draw.elements(), n, n);
        Matrix t = Matrix.generate(
                n,
                n,
                (i, j) -> i == j ? unit ? 1 : 2 + random.get(i, j) : (upper ? j > i : j < i) ? random.get(i, j) : 0);
        NDArray poisoned = NDArray.generate(new long[] {n, n}, i -> {
            boolean read = i[0] == i[1] ? !unit : upper ? i[1] > i[0] : i[1] < i[0];
            return read ? t.at((int) i[0], (int) i[1]) : Double.NaN;
        });
        Operand a = Operand.of(draw, poisoned, dtype);
        Operand b = Operand.of(draw, draw.numbers(n, k), dtype);
        String what = "triangularSolve" + (upper ? " upper" : "") + (transposed ? " transposed" : "")
                + (unit ? " unit" : "") + " " + a.tensor().layout() + b.tensor().layout() + dtype;
        Matrix x = MatrixDraw.all(Linalg.triangularSolve(a.tensor(), b.tensor(), upper, transposed, unit))
                .get(0);
        Matrix op = transposed ? t.transpose() : t;
        double most = op.abs().times(x.abs()).scale();
        residual(what, op.times(x).minus(Matrix.all(b.values()).get(0)), Matrix.generate(n, k, (i, j) -> most), n + 4);
    }
}
