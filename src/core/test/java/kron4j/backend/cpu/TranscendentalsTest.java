package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import kron4j.DType;
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
