package kron4j.contract;

import static kron4j.reference.Check.relative;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.reference.NDArray;
import kron4j.train.Adam;
import kron4j.train.Clipping;
import kron4j.train.Parameters;
import kron4j.train.RmsProp;
import org.junit.jupiter.api.Test;

/** Optimizers and clipping where the dtype's range or precision is short of what their formulas need. */
public class OptimizerContract extends Contract {
    private static final int STEPS = 20;

    /**
     * Means, their corrections and the step's quotient are rounded some 8 times, the means once more for each step before; with |g| in [0.5, 1.5] the quotient is at
     * most 3.
     */
    private static double bound(DType dtype) {
        return STEPS * (STEPS + 8) * 3 * dtype.epsilon();
    }

    private static double[] gradients() {
        SplittableRandom random = random(1);
        return random.doubles(STEPS)
                .map(u -> (u < 0.5 ? -1 : 1) * (float) (0.5 + u))
                .toArray();
    }

    /** A beta that float32 rounds to 1, or whose power does. */
    @Test
    void betasCloseToOne() {
        double[][] betas = {
            {0.9, 0.999}, {0.9, 0.999999}, {0.9, 0.99999999}, {0.9999999, 0.99999999}, {0, 0}, {0.4, 0.999}
        };
        for (DType dtype : FLOATING) {
            for (double[] beta : betas) {
                double m = 0;
                double v = 0;
                double expected = 0;
                try (Parameters parameters = new Parameters();
                        Adam adam = new Adam(zero(dtype, parameters), beta[0], beta[1], 0)) {
                    adam.rate(1);
                    double[] gradients = gradients();
                    for (int t = 1; t <= STEPS; t++) {
                        double g = gradients[t - 1];
                        adam.step(List.of(Tensor.full(dtype, g, 1)));
                        m = beta[0] * m + (1 - beta[0]) * g;
                        v = beta[1] * v + (1 - beta[1]) * g * g;
                        double unbiased = m / -Math.expm1(t * Math.log(beta[0]));
                        expected -= unbiased / (Math.sqrt(v / -Math.expm1(t * Math.log(beta[1]))) + 1e-8);
                    }
                    double actual = parameters.tensors().get(0).item();
                    assertEquals(expected, actual, bound(dtype), dtype + " " + Arrays.toString(beta));
                }
            }
        }
    }

    @Test
    void decaysCloseToOne() {
        for (DType dtype : FLOATING) {
            double v = 0;
            double expected = 0;
            double decay = 0.99999999;
            double rate = Math.sqrt(1 - decay);
            try (Parameters parameters = new Parameters();
                    RmsProp optimizer = new RmsProp(zero(dtype, parameters), decay)) {
                optimizer.rate(rate);
                for (double g : gradients()) {
                    optimizer.step(List.of(Tensor.full(dtype, g, 1)));
                    v = decay * v + (1 - decay) * g * g;
                    expected -= rate * g / (Math.sqrt(v) + 1e-8);
                }
                assertEquals(expected, parameters.tensors().get(0).item(), bound(dtype), dtype.name());
            }
        }
    }

    private static Parameters zero(DType dtype, Parameters parameters) {
        parameters.add("p", Tensor.zeros(dtype, 1));
        return parameters;
    }

    private static List<Tensor> clipped(DType dtype, double norm, double... values) {
        Tensor all = Tensor.of(values).to(dtype);
        List<Tensor> parts = List.of(all.slice(0, 0, 1), Tensor.zeros(dtype, 0, 2), all.slice(0, 1, values.length));
        return Clipping.byNorm(parts, norm);
    }

    private static void check(DType dtype, double norm, double[] values, double... expected) {
        List<Tensor> clipped = clipped(dtype, norm, values);
        relative(NDArray.of(Arrays.copyOf(expected, 1), 1), clipped.get(0), 16 * dtype.epsilon(), 0);
        relative(
                NDArray.of(Arrays.copyOfRange(expected, 1, expected.length), expected.length - 1),
                clipped.get(2),
                16 * dtype.epsilon(),
                0);
        assertEquals(0, clipped.get(1).size());
    }

    /** Norms whose squares, or which themselves, are no numbers of the dtype. */
    @Test
    void aRefusedStepChangesNothing() {
        for (String kind : new String[] {"closed", "dtype", "needed", "shape"}) {
            Tensor p = Tensor.of(new double[] {1, 2}, 2);
            Tensor q = Tensor.of(new double[] {3, 4}, 2).requiresGrad();
            try (Parameters parameters = two(p, q);
                    Adam adam = new Adam(parameters)) {
                adam.rate(0.1);
                Tensor g = Tensor.of(new double[] {1, -1}, 2);
                adam.step(List.of(g, g));
                double[] before = p.toDoubleArray();
                Tensor mean = adam.state().get("mean.p").copy();
                Tensor bad = kind.equals("dtype") ? g.to(DType.FLOAT32) : kind.equals("shape") ? g.sum() : g.copy();
                Tensor needs = kind.equals("needed") ? q.multiply(q) : g;
                if (kind.equals("closed")) {
                    bad.close();
                }
                assertThrows(TensorException.class, () -> adam.step(List.of(g, bad)), kind);
                needs.close();
                assertArrayEquals(before, p.toDoubleArray(), kind);
                assertArrayEquals(
                        mean.toDoubleArray(), adam.state().get("mean.p").toDoubleArray(), kind);
                assertEquals(1, adam.state().get("steps").item(), kind);
            }
        }
    }

    private static Parameters two(Tensor p, Tensor q) {
        Parameters parameters = new Parameters();
        parameters.add("p", p);
        parameters.add("q", q);
        return parameters;
    }

    @Test
    void clippingNeitherOverflowsNorVanishes() {
        double root = Math.sqrt(0.5);
        check(DType.FLOAT32, 1, new double[] {1e20, 1e20}, root, root);
        check(DType.FLOAT32, 1, new double[] {3e38, -3e38}, root, -root);
        check(DType.FLOAT32, 10, new double[] {3e38, 1e10}, 10, 1e11 / 3e38);
        check(DType.FLOAT32, 5e-30, new double[] {3e-25, 4e-25}, 3e-30, 4e-30);
        check(DType.FLOAT32, 1, new double[] {3e-25, 4e-25}, (float) 3e-25, (float) 4e-25);
        check(DType.FLOAT64, 1, new double[] {1e200, 1e200}, root, root);
        check(DType.FLOAT64, 1, new double[] {1.7e308, -1.7e308}, root, -root);
        check(DType.FLOAT64, 5e-250, new double[] {3e-200, 4e-200}, 3e-250, 4e-250);
        for (DType dtype : FLOATING) {
            double[] small = {0.1, -0.2, 0.3};
            assertArrayEquals(
                    Tensor.of(new double[] {-0.2, 0.3})
                            .to(dtype)
                            .to(DType.FLOAT64)
                            .toDoubleArray(),
                    clipped(dtype, 1, small).get(2).to(DType.FLOAT64).toDoubleArray(),
                    "what is not clipped is not touched");
        }
    }

    @Test
    void clippingOfInfinityAndNan() {
        double inf = Double.POSITIVE_INFINITY;
        double nan = Double.NaN;
        for (DType dtype : FLOATING) {
            same(
                    NDArray.of(new double[] {nan, 0, 0}, 3),
                    clipped(dtype, 1, 2, -inf, 0, 3).get(2));
            same(NDArray.of(new double[] {0}, 1), clipped(dtype, 1, 2, -inf).get(0));
            same(
                    NDArray.of(new double[] {nan, nan}, 2),
                    clipped(dtype, 1, 2, nan, 1).get(2));
            same(NDArray.of(new double[] {nan}, 1), clipped(dtype, 1, 1e-3, nan).get(0));
            same(NDArray.of(new double[] {0, 0}, 2), clipped(dtype, 1, 0, 0, 0).get(2));
        }
    }
}
