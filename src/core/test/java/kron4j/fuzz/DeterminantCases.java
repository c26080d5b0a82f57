package kron4j.fuzz;

import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Accuracy;
import kron4j.ops.Linalg;
import kron4j.reference.ExactDeterminant;
import kron4j.reference.Matrix;
import kron4j.reference.NDArray;

/** Signs and logarithms of determinants against exact arithmetic. */
final class DeterminantCases {
    private DeterminantCases() {}

    static void check(Draw draw) {
        DType dtype = draw.floating();
        boolean compensated = draw.below(3) == 0;
        int n = draw.size(draw.oneIn(6) ? 20 : 7);
        MatrixDraw matrices = new MatrixDraw(draw, dtype, 9);
        Operand a = matrices.matrices(matrices.batch(8L * n * n), n, n);
        String what =
                (compensated ? "compensated " : "") + "slogdet of " + a.tensor().layout() + " " + dtype;
        Linalg.SignLog found =
                compensated ? Linalg.slogdet(a.tensor(), Accuracy.COMPENSATED) : Linalg.slogdet(a.tensor());
        double[] sign = NDArray.of(found.sign()).data();
        double[] log = NDArray.of(found.logAbs()).data();
        double[] det = NDArray.of(Linalg.det(a.tensor())).data();
        List<Matrix> given = Matrix.all(a.values());
        Verify.that(given.size() == sign.length, what + ": " + sign.length + " results");
        if (!compensated && draw.oneIn(4)) {
            gradient(what, a, dtype);
        }
        for (int i = 0; i < sign.length; i++) {
            if (given.get(i).isFinite()) {
                one(what, given.get(i), dtype, compensated, sign[i], log[i], det[i]);
            } else if (compensated) {
                boolean nan = Arrays.stream(given.get(i).data()).anyMatch(Double::isNaN);
                Verify.that(
                        !nan || (Double.isNaN(sign[i]) && Double.isNaN(log[i])),
                        what + ": " + sign[i] + ", " + log[i] + " with NaN in it");
            }
        }
    }

    private static void one(
            String what, Matrix a, DType dtype, boolean compensated, double sign, double log, double det) {
        int n = a.rows();
        ExactDeterminant exact = ExactDeterminant.of(a.data(), n);
        double expected = exact.logAbs();
        double ulp = dtype == DType.FLOAT32 ? Math.ulp((float) expected) : Math.ulp(expected);
        if (compensated) {
            Verify.that(sign == exact.sign(), what + ": sign " + sign + ", expected " + exact.sign());
            Verify.that(
                    log == expected || Math.abs(log - expected) <= 4 * ulp + 4 * dtype.epsilon(),
                    what + ": log " + log + ", expected " + expected);
            return;
        }
        // det(A + E) with |E| <= n eps |L| |U|, which partial pivoting bounds by 2^(n-1) and here in fact by n times
        // the largest element.
        double change = exact.sign() == 0 ? Double.POSITIVE_INFINITY : change(a, dtype);
        if (!(change < 0.1)) {
            return;
        }
        Verify.that(sign == exact.sign(), what + ": sign " + sign + ", expected " + exact.sign());
        double bound = 2 * change + 8 * ulp + (n + 2) * dtype.epsilon() * (1 + Math.abs(expected));
        Verify.that(
                Math.abs(log - expected) <= bound,
                what + ": log " + log + ", expected " + expected + " within " + bound);
        double value = exact.sign() * Math.exp(expected);
        double most = dtype == DType.FLOAT32 ? Float.MAX_VALUE : Double.MAX_VALUE;
        double least = dtype == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        if (Math.abs(value) > least && Math.abs(value) < most / 2) {
            double relative = 2 * change + (2 * n + 8) * dtype.epsilon() + 4 * Math.ulp(Math.abs(expected) + 1);
            Verify.that(
                    Math.abs(det - value) <= relative * Math.abs(value),
                    "det beside " + what + ": " + det + ", expected " + value);
        }
    }

    /** Of the logarithm: the transposed inverse, which may be off by |A^-1| |E| |A^-1|. */
    private static void gradient(String what, Operand a, DType dtype) {
        Tensor x = a.tensor().requiresGrad();
        Tensor y = Linalg.slogdetEx(x).logAbs();
        List<Matrix> found = MatrixDraw.all(
                Gradients.vjp(y, Tensor.ones(dtype, y.shape().dims()), x).get(0));
        for (int i = 0; i < found.size(); i++) {
            Matrix given = Matrix.all(a.values()).get(i);
            double change = given.isFinite() ? change(given, dtype) : Double.NaN;
            if (change < 0.1) {
                Matrix inverse = given.inverse();
                double off = found.get(i).transpose().minus(inverse).scale();
                MatrixDraw.small(dtype, "gradient of " + what, off, 2 * change * inverse.norm());
            }
        }
    }

    /** A bound of |log det(A + E) - log det A|: the sum of |A^-1| |E|, the inverse in double. */
    static double change(Matrix a, DType dtype) {
        Matrix inverse = a.inverse();
        int n = a.rows();
        double largest = a.scale();
        return 16.0
                * n
                * n
                * dtype.epsilon()
                * largest
                * Arrays.stream(inverse.data()).map(Math::abs).sum();
    }
}
