package kron4j.cli.demo;

import static kron4j.ops.Einsum.einsum;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Accuracy;
import kron4j.ops.Linalg;
import kron4j.ops.Random;

/** log|det| where det overflows, its gradient A^-T, and log|det| in three ways for a matrix of digit features. */
final class LogDeterminants implements Step {
    private static final int N = 500;
    private static final int FEATURES = 300;

    @Override
    public String title() {
        return "log|det| without overflow, and its gradient";
    }

    @Override
    public void run(Digits digits, Report report) {
        scaledIdentity(report);
        features(digits, report);
    }

    private static void scaledIdentity(Report report) {
        double eps = DType.FLOAT64.epsilon();
        Tensor a = Tensor.eye(DType.FLOAT64, N).multiply(10);
        report.say("det(10 I_%d) in float64: %s", N, Linalg.det(a).item());
        Linalg.SignLog[] result = new Linalg.SignLog[1];
        Tensor logAbs = report.timed("log|det(10 I_500)|", () -> {
            result[0] = Linalg.slogdet(a);
            return result[0].logAbs();
        });
        report.say("sign %s, log|det| %s", result[0].sign().item(), logAbs.item());
        report.check("sign", 1, result[0].sign().item(), 0);
        double expected = N * Math.log(10);
        report.check("log|det| = 500 ln 10 = " + expected, expected, logAbs.item(), N * eps * expected);

        Tensor gradient =
                report.timed("its gradient A^-T", () -> Linalg.inverse(a).transpose());
        double[] tenth = new double[N * N];
        double[] tolerance = new double[N * N];
        for (int i = 0; i < N * N; i++) {
            tenth[i] = i % (N + 1) == 0 ? 0.1 : 0;
            tolerance[i] = tenth[i] * eps;
        }
        report.check("the gradient against 0.1 I", tenth, gradient.toDoubleArray(), tolerance);

        Tensor tiny = Tensor.eye(DType.FLOAT32, 512).multiply(2e-6f);
        double log = 512 * Math.log(2e-6f);
        report.check(
                "float32: log|det(2e-6 I_512)| = " + (float) log,
                log,
                Linalg.slogdet(tiny).logAbs().item(),
                512 * DType.FLOAT32.epsilon() * Math.abs(log));
    }

    private static void features(Digits digits, Report report) {
        Tensor images =
                digits.images().slice(0, 0, FEATURES).reshape(FEATURES, 784).to(DType.FLOAT64);
        Tensor projection = Random.normal(2012, DType.FLOAT64, 784, FEATURES);
        Tensor a = report.timed(
                "A = tanh(digits R / 28), R random",
                () -> einsum(1 / 28.0, "ip,pj->ij", images, projection).tanh());
        Tensor inverse = Linalg.inverse(a);
        double condition = norm(a) * norm(inverse);
        // A backward error of n eps |A| moves log|det| by at most its product with |A^-1|.
        double tolerance = FEATURES * a.dtype().epsilon() * condition;
        report.say("Frobenius condition number %.3g", condition);

        Tensor exact = report.timed("log|det A|, compensated", () -> Linalg.logabsdet(a, Accuracy.COMPENSATED));
        Tensor lu = report.timed("log|det A|, LU", () -> Linalg.logabsdet(a));
        Tensor svd = report.timed("log|det A|, singular values", () -> Linalg.logabsdetSvd(a));
        report.say("compensated %s, LU %s, SVD %s", exact.item(), lu.item(), svd.item());
        report.check("LU against compensated", exact.item(), lu.item(), tolerance);
        report.check("SVD against compensated", exact.item(), svd.item(), tolerance);
        finiteDifference(report, a, inverse, tolerance);
    }

    private static double norm(Tensor a) {
        return Math.sqrt(einsum("ij,ij->", a, a).item());
    }

    /** The derivative along a direction E: by the gradient <A^-T, E> = trace(A^-1 E), and by a central difference. */
    private static void finiteDifference(Report report, Tensor a, Tensor inverse, double logTolerance) {
        Tensor random = Random.normal(2013, a.dtype(), FEATURES, FEATURES);
        // Scaled so that |A^-1 E| = 1: then the difference's own error is known.
        double t = 1e-3;
        Tensor direction = random.multiply(1 / norm(einsum("ij,jk->ik", inverse, random)));
        double expected = einsum("ij,ji->", inverse, direction).item();
        double up = Linalg.logabsdet(a.add(direction.multiply(t))).item();
        double down = Linalg.logabsdet(a.subtract(direction.multiply(t))).item();
        // The third derivative is 2 trace(B^3) with |B| <= 1/(1-t).
        double truncation = t * t / 3 / Math.pow(1 - t, 3);
        report.check(
                "gradient A^-T along a random direction against a central difference",
                expected,
                (up - down) / (2 * t),
                truncation + logTolerance / t);
    }
}
