package kron4j.contract;

import static kron4j.ops.Elementwise.*;
import static kron4j.reference.Check.relative;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.History;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Elementwise;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Gradients of {@link Elementwise}, with every form of broadcasting. */
public class ElementwiseGradientContract extends GradientContract {
    @Test
    void functions() {
        Map<String, UnaryOperator<Tensor>> anywhere = new LinkedHashMap<>();
        anywhere.put("negative", Elementwise::negative);
        anywhere.put("abs", Elementwise::abs);
        anywhere.put("square", Elementwise::square);
        anywhere.put("exp", Elementwise::exp);
        anywhere.put("expm1", Elementwise::expm1);
        anywhere.put("sin", Elementwise::sin);
        anywhere.put("cos", Elementwise::cos);
        anywhere.put("tan", Elementwise::tan);
        anywhere.put("asin", Elementwise::asin);
        anywhere.put("acos", Elementwise::acos);
        anywhere.put("atan", Elementwise::atan);
        anywhere.put("sinh", Elementwise::sinh);
        anywhere.put("cosh", Elementwise::cosh);
        anywhere.put("tanh", Elementwise::tanh);
        anywhere.put("sigmoid", Elementwise::sigmoid);
        anywhere.put("relu", Elementwise::relu);
        anywhere.put("softplus", Elementwise::softplus);
        anywhere.put("reciprocal", t -> reciprocal(add(t, 2)));
        anywhere.put("add", t -> add(t, 2));
        anywhere.put("subtract", t -> subtract(t, 2));
        anywhere.put("subtract from", t -> subtract(2, t));
        anywhere.put("multiply", t -> multiply(t, -3));
        anywhere.put("divide", t -> divide(t, 4));
        anywhere.put("divide by", t -> divide(2, add(t, 2)));
        anywhere.put("remainder", t -> remainder(t, 5));
        anywhere.put("remainder by", t -> remainder(7, add(t, 3)));
        anywhere.put("square by power", t -> power(t, 2));
        anywhere.put("cube", t -> power(t, 3));
        anywhere.put("power 1", t -> power(t, 1));
        anywhere.put("to the power", t -> power(2.5, t));
        anywhere.put("maximum", t -> maximum(t, 0.25));
        anywhere.put("minimum", t -> minimum(t, -0.25));
        anywhere.put("clamp", t -> clamp(t, -0.25, 0.25));
        anywhere.put("where", t -> where(greater(t, 0), t, 3));
        anywhere.put("where not", t -> where(greater(t, 0), 3, t));
        anywhere.forEach((name, f) -> smooth(name, x -> f.apply(x[0]), distinct(1, 3, 5)));

        Map<String, UnaryOperator<Tensor>> positive = new LinkedHashMap<>();
        positive.put("sqrt", Elementwise::sqrt);
        positive.put("rsqrt", Elementwise::rsqrt);
        positive.put("log", Elementwise::log);
        positive.put("log1p", Elementwise::log1p);
        positive.put("power -1.5", t -> power(t, -1.5));
        positive.forEach((name, f) -> smooth(name, x -> f.apply(x[0]), between(2, 0.5, 2, 2, 3)));
    }

    @Test
    void pairs() {
        Map<String, BinaryOperator<Tensor>> all = new LinkedHashMap<>();
        all.put("add", Elementwise::add);
        all.put("subtract", Elementwise::subtract);
        all.put("multiply", Elementwise::multiply);
        all.put("divide", Elementwise::divide);
        all.put("remainder", (a, b) -> remainder(a, add(b, 3)));
        all.put("power", Elementwise::power);
        all.put("maximum", Elementwise::maximum);
        all.put("minimum", Elementwise::minimum);
        all.put("atan2", Elementwise::atan2);
        all.put("lerp", (a, b) -> lerp(a, b, 0.3));
        all.put("where", (a, b) -> where(greater(a, b), multiply(a, 2), b));
        long[][][] shapes = {
            {{2, 3}, {2, 3}},
            {{2, 3}, {3}},
            {{3}, {2, 3}},
            {{2, 1}, {1, 3}},
            {{}, {2, 2}},
            {{2, 1, 2}, {3, 1}},
            {{1}, {1, 1}},
            {{0, 3}, {3}}
        };
        all.forEach((name, f) -> {
            for (long[][] s : shapes) {
                // Values of b lie between those of a.
                NDArray a = distinct(3, s[0]).map(v -> v + 1.5);
                NDArray b = distinct(4, s[1]).map(v -> v + 1.5 + 1.0 / 64);
                smooth(name, x -> f.apply(x[0], x[1]), a, b);
            }
            smooth(
                    name + " of itself and a constant",
                    x -> f.apply(x[0], add(multiply(x[0], 0.5), 1.7)),
                    between(5, 1, 2, 3));
        });
    }

    private double[] slope(UnaryOperator<Tensor> f, double... at) {
        Tensor x = Tensor.of(at).requiresGrad();
        return Gradients.of(f.apply(x).sum(), x).get(0).toDoubleArray();
    }

    @Test
    void conventionsAtKinksAndPoles() {
        assertArrayEquals(new double[] {0}, slope(Elementwise::abs, 0));
        assertArrayEquals(new double[] {0, 0, 1}, slope(Elementwise::relu, -1, 0, 1));
        assertArrayEquals(new double[] {0, 1, 1, 1, 0}, slope(t -> clamp(t, -1, 1), -2, -1, 0, 1, 2));
        assertArrayEquals(new double[] {0, 0.5, 1}, slope(t -> maximum(t, 1), 0, 1, 2));
        assertArrayEquals(new double[] {1, 0.5, 0}, slope(t -> minimum(t, 1), 0, 1, 2));
        assertArrayEquals(new double[] {1}, slope(t -> maximum(t, t), 3), "both halves");
        assertArrayEquals(new double[] {0, 0}, slope(t -> power(t, 0), 0, 2));
        assertArrayEquals(new double[] {0}, slope(t -> power(t, Tensor.of(0.0)), 0));
        assertArrayEquals(new double[] {0}, slope(t -> power(Tensor.of(0.0), t), 2));
        double inf = Double.POSITIVE_INFINITY;
        double nan = Double.NaN;
        assertArrayEquals(new double[] {0, 0, -inf, nan}, slope(t -> power(0, t), 2, 0, -1, nan));
        assertArrayEquals(new double[] {0, 0, -inf, nan}, slope(t -> power(Tensor.of(0.0), t), 2, 0, -1, nan));
        assertArrayEquals(new double[] {1, 1}, slope(t -> maximum(t, 1), nan, 2));
        assertArrayEquals(new double[] {1}, slope(t -> minimum(Tensor.of(nan), t), 3));
        assertArrayEquals(new double[] {1, 0}, slope(Elementwise::relu, nan, -0.0));
        assertArrayEquals(new double[] {1, 1}, slope(t -> where(isNan(t), Tensor.of(nan), t), 2, -inf));
        assertArrayEquals(new double[] {Double.POSITIVE_INFINITY}, slope(Elementwise::sqrt, 0));
        assertArrayEquals(new double[] {Double.NaN}, slope(Elementwise::log, Double.NaN));
    }

    /** Where squares over- or underflow, also in float32, and at the origin, where it is 0 by convention. */
    @Test
    void angles() {
        double[] a = {0, 1e-25, 1e20, 0, -3e38, 2e-45};
        double[] b = {0, 1e-25, 1e20, -2, 1, 0};
        double[] ofA = {0, 5e24, 5e-21, -0.5, 0, 0};
        double[] ofB = {0, -5e24, -5e-21, 0, 1 / 3e38, -1 / 0x1p-149};
        for (DType dtype : FLOATING) {
            Tensor y = Tensor.of(a).to(dtype).requiresGrad();
            Tensor x = Tensor.of(b).to(dtype).requiresGrad();
            List<Tensor> g = Gradients.of(atan2(y, x).sum(), y, x);
            NDArray expected = NDArray.of(ofB, ofB.length);
            relative(NDArray.of(ofA, ofA.length), g.get(0), 8 * DType.FLOAT32.epsilon(), 1e-45);
            if (dtype == DType.FLOAT32) {
                expected = expected.map(v -> (float) v);
            } else {
                expected = expected.map(v -> v == -1 / 0x1p-149 ? -1 / 2e-45 : v);
            }
            relative(expected, g.get(1), 8 * DType.FLOAT32.epsilon(), 0);
        }
    }

    @Test
    void piecewiseConstantsAreConstants() {
        Tensor x = Tensor.of(new double[] {1.5}).requiresGrad();
        for (Tensor y : new Tensor[] {sign(x), floor(x), ceil(x), round(x), less(x, 2), isNan(x), x.to(DType.INT64)}) {
            assertEquals(History.NONE, y.history());
        }
    }
}
