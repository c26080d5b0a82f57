package kron4j.fuzz;

import java.util.List;
import kron4j.DType;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.ops.Kron;
import kron4j.ops.Linalg;
import kron4j.reference.KronReference;
import kron4j.reference.Matrix;
import kron4j.reference.NDArray;

/** Singular values and eigenvalues of batches of matrices of all kinds, and what is made of them, by their residuals. */
final class SpectraCases {
    private static final int ALL_KINDS = 9;

    private final Draw draw;
    private final DType dtype;
    private final double eps;

    private SpectraCases(Draw draw) {
        this.draw = draw;
        dtype = draw.floating();
        eps = dtype.epsilon();
    }

    static void check(Draw draw) {
        SpectraCases c = new SpectraCases(draw);
        switch (draw.below(5)) {
            case 0, 1 -> c.svd();
            case 2, 3 -> c.eigh();
            default -> c.nearest();
        }
    }

    private Operand matrices(int rows, int cols) {
        MatrixDraw matrices = new MatrixDraw(draw, dtype, ALL_KINDS);
        return matrices.matrices(matrices.batch((long) rows * cols), rows, cols);
    }

    private void svd() {
        int m = draw.size(draw.oneIn(8) ? 65 : 17);
        int n = draw.size(17);
        Operand a = matrices(m, n);
        boolean full = draw.oneIn(3);
        String what = (full ? "full " : "") + "svd of " + a.tensor().layout() + " " + dtype;
        List<Matrix> given = Matrix.all(a.values());
        if (m * n > 0 && given.stream().anyMatch(g -> !g.isFinite())) {
            Verify.refused(what, () -> Linalg.svd(a.tensor(), full), LinalgException.class);
            Verify.refused("svdvals " + what, () -> Linalg.svdvals(a.tensor()), LinalgException.class);
            Verify.refused("pinv " + what, () -> Linalg.pinv(a.tensor()), LinalgException.class);
            Verify.refused("matrixRank " + what, () -> Linalg.matrixRank(a.tensor()), LinalgException.class);
            return;
        }
        Linalg.Svd svd = Linalg.svd(a.tensor(), full);
        double[] alone = NDArray.of(Linalg.svdvals(a.tensor())).data();
        Tensor pinv = Linalg.pinv(a.tensor());
        double[] s = NDArray.of(svd.s()).data();
        int k = Math.min(m, n);
        double units = 30 * (m + n + 1) * eps;
        for (int i = 0; i < given.size(); i++) {
            Matrix g = given.get(i);
            Matrix u = MatrixDraw.all(svd.u()).get(i);
            Matrix vh = MatrixDraw.all(svd.vh()).get(i);
            MatrixDraw.orthonormal(dtype, what + " u", u);
            MatrixDraw.orthonormal(dtype, what + " v", vh.transpose());
            int first = i * k;
            Matrix diagonal = Matrix.generate(u.cols(), vh.rows(), (r, c) -> r == c && r < k ? s[first + r] : 0);
            MatrixDraw.small(dtype, what, u.times(diagonal).times(vh).minus(g).norm(), units * g.norm());
            for (int j = 0; j < k; j++) {
                Verify.that(
                        s[first + j] >= 0 && (j == 0 || s[first + j] <= s[first + j - 1]),
                        what + ": singular values are not sorted");
                MatrixDraw.small(
                        dtype, "svdvals beside " + what, Math.abs(s[first + j] - alone[first + j]), units * g.norm());
            }
            Matrix x = MatrixDraw.all(pinv).get(i);
            double most = g.norm() * x.norm();
            MatrixDraw.small(
                    dtype,
                    "pinv by " + what,
                    g.times(x).times(g).minus(g).norm(),
                    units * most * most * g.norm() + units * g.norm());
        }
    }

    private void eigh() {
        int n = draw.size(draw.oneIn(8) ? 65 : 17);
        Operand a = matrices(n, n);
        String what = "eigh of " + a.tensor().layout() + " " + dtype;
        List<Matrix> given = Matrix.all(a.values());
        if (given.stream().anyMatch(g -> !g.lower().isFinite())) {
            Verify.refused(what, () -> Linalg.eigh(a.tensor()), LinalgException.class);
            return;
        }
        if (given.stream().anyMatch(g -> !g.isFinite())) {
            return;
        }
        Linalg.Eigh eigh = Linalg.eigh(a.tensor());
        double[] w = NDArray.of(eigh.w()).data();
        for (int i = 0; i < given.size(); i++) {
            Matrix g = given.get(i).symmetric();
            Matrix v = MatrixDraw.all(eigh.v()).get(i);
            int first = i * n;
            Matrix scaled = Matrix.generate(n, n, (r, c) -> v.at(r, c) * w[first + c]);
            MatrixDraw.orthonormal(dtype, what, v);
            MatrixDraw.small(
                    dtype, what, scaled.times(v.transpose()).minus(g).norm(), 30 * (2 * n + 1) * eps * g.norm());
            for (int j = 1; j < n; j++) {
                Verify.that(w[first + j] >= w[first + j - 1], what + ": eigenvalues are not sorted");
            }
        }
    }

    /** Of a product, and of something beside it no further away than what was added. */
    private void nearest() {
        long[] sides = {draw.between(1, 5), draw.between(1, 5), draw.between(1, 4), draw.between(1, 4)};
        NDArray a = NDArray.random(draw.elements(), sides[0], sides[1]);
        NDArray b = NDArray.random(draw.elements(), sides[2], sides[3]);
        NDArray product = KronReference.kron(a, b);
        double off = draw.of(0.0, 1e-3, 0.5);
        NDArray change = NDArray.random(draw.elements(), product.shape()).map(x -> off * x);
        NDArray values = product.zip(change, Double::sum).map(x -> dtype == DType.FLOAT32 ? (float) x : x);
        Operand m = Operand.of(draw, values, dtype);
        String what = "nearestKronecker of " + m.tensor().layout() + " " + dtype;
        Kron.NearestKronecker found =
                Kron.nearestKronecker(m.tensor(), Shape.of(sides[0], sides[1]), Shape.of(sides[2], sides[3]));
        Matrix whole = Matrix.all(values).get(0);
        Matrix near = Matrix.all(KronReference.kron(NDArray.of(found.a()), NDArray.of(found.b())))
                .get(0);
        double bound = 60 * (values.size() + 1) * eps * whole.norm();
        double distance = near.minus(whole).norm();
        MatrixDraw.small(dtype, what, Math.abs(distance - found.distance().item()), bound);
        MatrixDraw.small(dtype, what, distance, Matrix.all(change).get(0).norm() + bound);
        double left = Matrix.all(NDArray.of(found.a())).get(0).norm();
        double right = Matrix.all(NDArray.of(found.b())).get(0).norm();
        MatrixDraw.small(dtype, "norms of " + what, Math.abs(left - right), bound + 60 * eps * left);
    }
}
