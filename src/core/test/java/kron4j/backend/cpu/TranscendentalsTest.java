package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;

/** Against StrictMath (itself within 1 ulp, and within 2.5 for tanh), over the whole range. */
class TranscendentalsTest {
    private static final double[] EDGES = {
        0.0,
        -0.0,
        1,
        -1,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.MIN_VALUE,
        -Double.MIN_VALUE,
        Double.MIN_NORMAL,
        Math.nextDown(Double.MIN_NORMAL),
        Double.MAX_VALUE,
        -Double.MAX_VALUE,
        709.782712893384,
        709.7827128933841,
        -708.3964185322641,
        -709.5,
        -744.4400719213812,
        -745.1332191019411,
        -745.1332191019412,
        -746,
        22,
        Math.nextUp(1.0),
        Math.nextDown(1.0),
        Math.sqrt(0.5),
        Math.sqrt(2),
        0x1p-1022 * 3,
        1e-320
    };

    private static double[] samples(double low, double high) {
        Random random = new Random(11);
        return DoubleStream.concat(Arrays.stream(EDGES), random.doubles(20_000, low, high))
                .toArray();
    }

    private static double[] compute(UnaryOp op, double[] x) {
        View a = Grid.set(Grid.contiguous(DType.FLOAT64, x.length), x);
        View out = Grid.contiguous(DType.FLOAT64, x.length);
        Pointwise.unary(op, a, out);
        double[] z = Grid.get(out);
        Grid.free(a, out);
        return z;
    }

    private static void check(UnaryOp op, DoubleUnaryOperator reference, double ulps, double[] x) {
        double[] z = compute(op, x);
        for (int i = 0; i < x.length; i++) {
            double expected = reference.applyAsDouble(x[i]);
            if (Double.isFinite(expected) && expected != 0) {
                double error = Math.abs(z[i] - expected) / Math.ulp(expected);
                String text = op + " of " + x[i] + ": " + z[i] + " for " + expected;
                assertTrue(error <= ulps, text);
            } else {
                assertEquals(expected, z[i], op + " of " + x[i]);
            }
        }
    }

    @Test
    void exponential() {
        check(UnaryOp.EXP, StrictMath::exp, 1, samples(-750, 715));
        check(UnaryOp.EXP, StrictMath::exp, 1, samples(-1, 1));
    }

    @Test
    void logarithm() {
        check(UnaryOp.LOG, StrictMath::log, 1, samples(0, 4));
        double[] wide = samples(-745, 709);
        Arrays.setAll(wide, i -> i < EDGES.length ? wide[i] : Math.exp(wide[i]));
        check(UnaryOp.LOG, StrictMath::log, 1, wide);
    }

    @Test
    void exponentialAndLogarithmNearZero() {
        check(UnaryOp.EXPM1, StrictMath::expm1, 3, samples(-40, 715));
        check(UnaryOp.EXPM1, StrictMath::expm1, 3, samples(-1, 1));
        check(UnaryOp.EXPM1, StrictMath::expm1, 3, samples(-1e-8, 1e-8));
        check(UnaryOp.LOG1P, StrictMath::log1p, 2, samples(-1, 4));
        check(UnaryOp.LOG1P, StrictMath::log1p, 2, samples(-1e-8, 1e-8));
        double[] wide = samples(-745, 709);
        Arrays.setAll(wide, i -> i < EDGES.length ? wide[i] : Math.exp(wide[i]));
        check(UnaryOp.LOG1P, StrictMath::log1p, 2, wide);
    }

    @Test
    void waves() {
        for (double size : new double[] {1e-6, 1, 100, 1e6, 0x1p31, 1e300}) {
            check(UnaryOp.SIN, StrictMath::sin, 2, samples(-size, size));
            check(UnaryOp.COS, StrictMath::cos, 2, samples(-size, size));
            check(UnaryOp.TAN, StrictMath::tan, 3, samples(-size, size));
        }
        // The nearest numbers to multiples of pi / 2 and their neighbours, where almost all bits cancel.
        double[] quarters = new double[3000];
        Arrays.setAll(quarters, i -> (i / 3 * 997L + 1) * (Math.PI / 2) + (i % 3 - 1) * Math.ulp(i * 500.0));
        check(UnaryOp.SIN, StrictMath::sin, 2, quarters);
        check(UnaryOp.COS, StrictMath::cos, 2, quarters);
        check(UnaryOp.TAN, StrictMath::tan, 3, quarters);
    }

    @Test
    void roundingsAreExact() {
        for (double size : new double[] {1, 5, 1e6, 0x1p53, 1e300}) {
            double[] x = samples(-size, size);
            for (int i = EDGES.length; i < x.length && size < 6; i++) {
                x[i] = Math.rint(4 * x[i]) / 4;
            }
            check(UnaryOp.FLOOR, Math::floor, 0, x);
            check(UnaryOp.CEIL, Math::ceil, 0, x);
            check(UnaryOp.ROUND, Math::rint, 0, x);
            check(UnaryOp.SIGN, v -> Math.signum(v) + 0.0, 0, x);
        }
    }

    @Test
    void hyperbolicSines() {
        for (double size : new double[] {1e-8, 1, 50, 711}) {
            check(UnaryOp.SINH, StrictMath::sinh, 4, samples(-size, size));
            check(UnaryOp.COSH, StrictMath::cosh, 4, samples(-size, size));
        }
    }

    @Test
    void inverseHyperbolicFunctions() {
        for (double size : new double[] {1e-8, 0.1, 1, 50, 1e9, 1e300}) {
            check(UnaryOp.ASINH, SpecialFunctions::asinh, 3, samples(-size, size));
            check(UnaryOp.ATANH, SpecialFunctions::atanh, 3, samples(-size, size));
        }
    }

    @Test
    void arcsOfSinesAndCosines() {
        for (double size : new double[] {1e-8, 0.5, 0.51, 1, 1.1}) {
            check(UnaryOp.ASIN, StrictMath::asin, 2, samples(-size, size));
            check(UnaryOp.ACOS, StrictMath::acos, 2, samples(-size, size));
        }
        check(UnaryOp.ACOS, StrictMath::acos, 2, samples(1 - 1e-9, 1));
        check(UnaryOp.ACOS, StrictMath::acos, 2, samples(-1, -1 + 1e-9));
    }

    @Test
    void arcs() {
        for (double size : new double[] {1e-6, 1, 3, 1e6, 1e300}) {
            check(UnaryOp.ATAN, StrictMath::atan, 2, samples(-size, size));
        }
    }

    @Test
    void angles() {
        double[] y = samples(-3, 3);
        double[] x = samples(-3, 3);
        for (int i = 0; i < x.length; i++) {
            int e = i - EDGES.length * EDGES.length;
            y[i] = e < 0 ? EDGES[i / EDGES.length] : y[i];
            x[i] = e < 0 ? EDGES[i % EDGES.length] : e % 3 == 0 ? y[i] * (1 + x[i] * 1e-9) : x[(i * 31) % x.length];
        }
        View a = Grid.set(Grid.contiguous(DType.FLOAT64, y.length), y);
        View b = Grid.set(Grid.contiguous(DType.FLOAT64, x.length), x);
        View out = Grid.contiguous(DType.FLOAT64, x.length);
        Pointwise.binary(BinaryOp.ATAN2, a, b, out);
        double[] z = Grid.get(out);
        for (int i = 0; i < x.length; i++) {
            double expected = StrictMath.atan2(y[i], x[i]);
            double bound = expected == 0 || Double.isNaN(expected) ? 0 : 2 * Math.ulp(expected);
            assertEquals(expected, z[i], bound, y[i] + ", " + x[i]);
        }
        Grid.free(a, b, out);
    }

    @Test
    void hyperbolicTangent() {
        check(UnaryOp.TANH, StrictMath::tanh, 4, samples(-25, 25));
        check(UnaryOp.TANH, StrictMath::tanh, 4, samples(-0.1, 0.1));
    }

    @Test
    void logisticFunction() {
        DoubleUnaryOperator reference = v -> {
            double e = StrictMath.exp(-Math.abs(v));
            return (v < 0 ? e : 1) / (1 + e);
        };
        check(UnaryOp.SIGMOID, reference, 4, samples(-750, 750));
        check(UnaryOp.SIGMOID, reference, 4, samples(-10, 10));
    }

    @Test
    void softplus() {
        DoubleUnaryOperator reference = v -> Math.max(v, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(v)));
        check(UnaryOp.SOFTPLUS, reference, 3, samples(-750, 750));
        check(UnaryOp.SOFTPLUS, reference, 3, samples(-10, 10));
    }
}
