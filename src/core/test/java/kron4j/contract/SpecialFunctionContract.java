package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Activations;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.Special;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Special functions against exact values, those of {@code scripts/make-special-functions.py}, and activations. */
public class SpecialFunctionContract extends GradientContract {
    private static final Map<String, UnaryOperator<Tensor>> SPECIAL = new TreeMap<>(Map.of(
            "asinh", Special::asinh,
            "acosh", Special::acosh,
            "atanh", Special::atanh,
            "erf", Special::erf,
            "erfc", Special::erfc,
            "erfinv", Special::erfinv,
            "lgamma", Special::lgamma,
            "digamma", Special::digamma,
            "trigamma", Special::trigamma));

    private static final Map<String, UnaryOperator<Tensor>> ACTIVATIONS = new TreeMap<>(Map.ofEntries(
            Map.entry("gelu", Activations::gelu),
            Map.entry("geluTanh", Activations::geluTanh),
            Map.entry("silu", Activations::silu),
            Map.entry("mish", Activations::mish),
            Map.entry("softsign", Activations::softsign),
            Map.entry("elu", Activations::elu),
            Map.entry("elu 0.5", x -> Activations.elu(x, 0.5)),
            Map.entry("leakyRelu 0.01", x -> Activations.leakyRelu(x, 0.01)),
            Map.entry("hardtanh", Activations::hardtanh),
            Map.entry("nanToNum", Activations::nanToNum),
            Map.entry("nanToNum 1 2 3", x -> Activations.nanToNum(x, 1, 2, 3))));

    private static final Map<String, BinaryOperator<Tensor>> PAIRS = new TreeMap<>(Map.of(
            "hypot", Special::hypot,
            "fmod", Special::fmod,
            "xlogy", Special::xlogy,
            "logaddexp", Special::logaddexp));

    private record Line(String name, double[][] columns) {}

    private static List<Line> lines() throws IOException {
        List<Line> lines = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                SpecialFunctionContract.class.getResourceAsStream("/numerics/special-functions.txt"),
                StandardCharsets.UTF_8))) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                if (!text.startsWith("#")) {
                    String[] columns = text.split("\\|");
                    double[][] numbers = Arrays.stream(columns)
                            .skip(1)
                            .map(SpecialFunctionContract::numbers)
                            .toArray(double[][]::new);
                    lines.add(new Line(columns[0].strip(), numbers));
                }
            }
        }
        return lines;
    }

    private static double[] numbers(String column) {
        return Arrays.stream(column.strip().split(" "))
                .mapToDouble(
                        s -> Double.parseDouble(s.replace("inf", "Infinity").replace("nan", "NaN")))
                .toArray();
    }

    /** float64 to 2 units in the last place, float32 to 1, zeros with their signs. */
    @Test
    void valuesAreExactToTwoUnits() throws IOException {
        int checked = 0;
        for (Line line : lines()) {
            for (DType dtype : FLOATING) {
                try (TensorScope each = device().openScope()) {
                    checked += check(line, dtype);
                }
            }
        }
        assertTrue(checked > 3000, () -> "too few values");
    }

    private int check(Line line, DType dtype) {
        boolean narrow = dtype == DType.FLOAT32;
        int operands = line.columns.length - 1;
        double[][] x = new double[operands][];
        int[] kept = IntStream.range(0, line.columns[0].length)
                .filter(i -> !narrow
                        || IntStream.range(0, operands)
                                .allMatch(k -> Double.compare((float) line.columns[k][i], line.columns[k][i]) == 0))
                .toArray();
        for (int k = 0; k < operands; k++) {
            int at = k;
            x[k] = Arrays.stream(kept).mapToDouble(i -> line.columns[at][i]).toArray();
        }
        boolean activation = ACTIVATIONS.containsKey(line.name);
        Tensor a = strided(random(3), NDArray.of(x[0], x[0].length), dtype);
        Tensor y = operands == 2
                ? PAIRS.get(line.name).apply(a, strided(random(4), NDArray.of(x[1], x[1].length), dtype))
                : (activation ? ACTIVATIONS : SPECIAL).get(line.name).apply(a);
        assertEquals(dtype, y.dtype());
        double[] actual = NDArray.of(y).data();
        for (int j = 0; j < kept.length; j++) {
            double exact = line.columns[operands][kept[j]];
            if (narrow && line.name.equals("nanToNum") && Math.abs(exact) == Double.MAX_VALUE) {
                exact = Math.copySign(Float.MAX_VALUE, exact);
            }
            double rounded = narrow ? (float) exact : exact;
            double ulp = narrow ? Math.ulp((float) exact) : Math.ulp(exact);
            if (x[0][j] < 0 && (line.name.equals("lgamma") || line.name.equals("digamma"))) {
                ulp = Math.max(ulp, Math.ulp(1.0)); // near their zeros
            }
            // Of an activation the error of the argument of an exponential grows with the argument.
            boolean composed = line.name.equals("xlogy") || line.name.equals("logaddexp");
            double units = activation ? 8 * (1 + x[0][j] * x[0][j]) : narrow && !composed ? 1 : 2;
            boolean same = Double.compare(rounded, actual[j]) == 0;
            boolean close = exact != 0 && Math.abs(actual[j] - exact) <= units * ulp;
            if (!same && !close && !(activation && exact == 0 && actual[j] == 0)) {
                fail(line.name + " " + dtype + " of " + x[0][j] + (operands == 2 ? ", " + x[1][j] : "") + ": expected "
                        + exact + ", got " + actual[j]);
            }
        }
        return kept.length;
    }

    @Test
    void fmodOfIntegersHasTheSignOfTheDividend() {
        long[] x = {7, -7, 7, -7, 0, Long.MIN_VALUE, Long.MAX_VALUE};
        long[] y = {3, 3, -3, -3, 5, -1, 10};
        long[] expected = {1, -1, 1, -1, 0, 0, 7};
        assertArrayEquals(expected, Special.fmod(Tensor.of(x), Tensor.of(y)).toLongArray());
        assertArrayEquals(
                new long[] {1, -1, 0},
                Special.fmod(Tensor.of(new int[] {9, -9, 8}).to(DType.INT8), 2)
                        .to(DType.INT64)
                        .toLongArray());
        refused(TensorException.class, () -> Special.fmod(Tensor.of(x), 0), "fmod: division by zero in int64");
        refused(
                TensorException.class,
                () -> Special.fmod(Tensor.of(x), Tensor.of(new long[] {0})),
                "fmod: division by zero in int64");
    }

    @Test
    void halvesAreRoundedOnce() {
        for (DType dtype : new DType[] {DType.FLOAT16, DType.BFLOAT16}) {
            Tensor x = Creation.linspace(DType.FLOAT32, -3, 3, 61).to(dtype);
            for (Map<String, UnaryOperator<Tensor>> functions : List.of(SPECIAL, ACTIVATIONS)) {
                functions.forEach((name, f) -> {
                    double largest = name.equals("nanToNum") ? dtype.largest() : 0;
                    Tensor expected = f.apply(x.to(DType.FLOAT32)).to(dtype);
                    assertArrayEquals(
                            expected.to(DType.FLOAT32).toFloatArray(),
                            f.apply(x).to(DType.FLOAT32).toFloatArray(),
                            name);
                    if (largest > 0) {
                        Tensor infinite = Tensor.of(Double.NEGATIVE_INFINITY).to(dtype);
                        assertEquals(
                                -largest, f.apply(infinite).to(DType.FLOAT64).item(), "the least number of " + dtype);
                    }
                });
            }
        }
    }

    /** asinh(z) = log(z + sqrt(z^2 + 1)) and the others, away from their cuts. */
    @Test
    void complexNumbers() {
        Complex[] z = {new Complex(0.3, 0.4), new Complex(-0.7, 0.2), new Complex(1.5, -2), new Complex(-3, -0.5)};
        for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
            Tensor x = Tensor.of(z).to(dtype);
            assertTrue(Elementwise.allClose(Elementwise.sinh(Special.asinh(x)), x, 64 * dtype.epsilon(), 0));
            assertTrue(Elementwise.allClose(Elementwise.cosh(Special.acosh(x)), x, 64 * dtype.epsilon(), 0));
            assertTrue(Elementwise.allClose(Elementwise.tanh(Special.atanh(x)), x, 64 * dtype.epsilon(), 0));
        }
        Tensor cut = Tensor.of(new Complex[] {new Complex(-2, 0.0), new Complex(-2, -0.0), new Complex(0.5, -0.0)});
        double acosh = Math.log(2 + Math.sqrt(3));
        double[] w = Special.acosh(cut).toComplexArray();
        assertEquals(acosh, w[0], 4e-16 * 4);
        assertEquals(Math.PI, w[1], 4e-16 * 4);
        assertEquals(-Math.PI, w[3], 4e-16 * 4);
        assertEquals(-Math.acos(0.5), w[5], 4e-16 * 4);
        double high = Math.log(2 + Math.sqrt(3));
        double[] s = Special.asinh(Tensor.of(new Complex[] {new Complex(0.0, 2), new Complex(-0.0, 2)}))
                .toComplexArray();
        assertEquals(high, s[0], 4e-16 * 4);
        assertEquals(-high, s[2], 4e-16 * 4);
        assertEquals(Math.PI / 2, s[3], 4e-16 * 4);
    }

    @Test
    void gradients() {
        SPECIAL.forEach((name, f) -> {
            boolean above = name.equals("acosh") || name.endsWith("gamma");
            NDArray x = above ? between(2, 1.2, 3, 2, 2) : between(2, -0.9, 0.9, 2, 2);
            if (name.startsWith("erf") || name.endsWith("gamma")) {
                smooth(name, t -> f.apply(t[0]), x);
            } else {
                both(name, t -> f.apply(t[0]), x);
            }
        });
        ACTIVATIONS.forEach((name, f) -> smooth(name, t -> f.apply(t[0].multiply(6)), distinct(3, 2, 3)));
        long[][][] shapes = {{{2, 3}, {3}}, {{2, 1}, {1, 3}}, {{}, {2, 2}}, {{0, 3}, {3}}};
        for (long[][] s : shapes) {
            smooth("hypot", t -> Special.hypot(t[0], t[1]), distinct(4, s[0]), distinct(5, s[1]));
            smooth("fmod", t -> Special.fmod(t[0].multiply(40), t[1].add(3)), distinct(4, s[0]), distinct(5, s[1]));
        }
        smooth(
                "gamma functions below 0",
                t -> Special.lgamma(t[0]).add(Special.trigamma(t[0])),
                between(2, -2.7, -2.3, 5));
        smooth("sinc", t -> Special.sinc(t[0].multiply(3)), distinct(4, 3, 3));
        smooth("logaddexp", t -> Special.logaddexp(t[0], t[1]), distinct(4, 2, 1), distinct(5, 3));
        smooth("xlogy", t -> Special.xlogy(t[0], t[1]), distinct(4, 2, 1), between(5, 0.3, 2, 3));
        smooth("hypot of a number", t -> Special.hypot(t[0], 0.5), distinct(4, 6));
        smooth("fmod of a number", t -> Special.fmod(t[0], 0.21), between(4, 0.05, 0.2, 6));
    }

    @Test
    void gradientsAtTheEnds() {
        Tensor x = Tensor.of(new double[] {0, 3, -3}).requiresGrad();
        Tensor y = Tensor.of(new double[] {0, 0, -4}).requiresGrad();
        List<Tensor> g = Gradients.of(Graph.DIFFERENTIABLE, Special.hypot(x, y).sum(), x, y);
        assertArrayEquals(new double[] {0, 1, -0.6}, g.get(0).toDoubleArray(), 1e-15);
        assertArrayEquals(new double[] {0, 0, -0.8}, g.get(1).toDoubleArray(), 1e-15);
        List<Tensor> second = Gradients.of(g.get(0).sum(), x, y);
        assertArrayEquals(new double[] {0, 0, 0.128}, second.get(0).toDoubleArray(), 1e-15);
        assertArrayEquals(new double[] {0, 0, -0.096}, second.get(1).toDoubleArray(), 1e-15);
        Tensor a = Tensor.of(new double[] {-1e200, 1e200, 0}).requiresGrad();
        assertArrayEquals(
                new double[] {1e-200, 1e-200, 1},
                Gradients.of(Special.asinh(a).sum(), a).get(0).toDoubleArray(),
                1e-213);
        Tensor b = Tensor.of(new double[] {Double.NaN, Double.POSITIVE_INFINITY, 2})
                .requiresGrad();
        assertArrayEquals(
                new double[] {0, 0, 1},
                Gradients.of(Activations.nanToNum(b).sum(), b).get(0).toDoubleArray());
        Tensor c = Tensor.of(new double[] {-1, 0, 1}).requiresGrad();
        assertArrayEquals(
                new double[] {0.25, 0.25, 1},
                Gradients.of(Activations.leakyRelu(c, 0.25).sum(), c).get(0).toDoubleArray());
        Tensor d = Tensor.of(new double[] {-7, 7.5, 1e300}).requiresGrad();
        Tensor e = Tensor.of(new double[] {2, -2, 1e-300}).requiresGrad();
        assertArrayEquals(
                new double[] {3, 3},
                Gradients.of(Special.fmod(d, e).sum(), e).get(0).slice(0, 0, 2).toDoubleArray());
    }

    /** Where steps on the way are infinite, or the operands are equal: smooth functions all the same. */
    @Test
    void gradientsOfPairsAtTheEnds() {
        double inf = Double.POSITIVE_INFINITY;
        Tensor a = Tensor.of(new double[] {2, inf, -inf, -inf, 0, 0}).requiresGrad();
        Tensor b = Tensor.of(new double[] {2, inf, -inf, 3, inf, 0}).requiresGrad();
        List<Tensor> g = Gradients.of(Special.logaddexp(a, b).sum(), a, b);
        assertArrayEquals(new double[] {0.5, 0.5, 0.5, 0, 0, 0.5}, g.get(0).toDoubleArray());
        assertArrayEquals(new double[] {0.5, 0.5, 0.5, 1, 1, 0.5}, g.get(1).toDoubleArray());
        assertEquals(0.25, second(t -> Special.logaddexp(t, Tensor.of(0.0)), 0), 1e-15);
        assertEquals(-Math.PI * Math.PI / 3, second(Special::sinc, 0), 1e-14);
        assertArrayEquals(
                new double[] {1, 1, 0, 0},
                Special.sinc(Tensor.of(new double[] {0, -0.0, 1, -2})).toDoubleArray(),
                1e-16);
        assertEquals(2 / Math.PI, Special.sinc(Tensor.of(-0.5)).item(), 1e-16);
        Tensor c = Tensor.of(new double[] {0, 0, 2, 0}).requiresGrad();
        Tensor d = Tensor.of(new double[] {0, -1, 4, 4}).requiresGrad();
        List<Tensor> h = Gradients.of(Special.xlogy(c, d).sum(), c, d);
        assertArrayEquals(
                new double[] {0, 0, Math.log(4), Math.log(4)}, h.get(0).toDoubleArray(), 1e-15);
        assertArrayEquals(new double[] {0, 0, 0.5, 0}, h.get(1).toDoubleArray(), 1e-15);
        // mpmath's polygamma(2, x)
        assertArrayEquals(
                new double[] {-16.82879664423432, -2.4041138063191885, -0.011049834970802067, 68.54941347116214},
                slope(Special::trigamma, 0.5, 1, 10, -1.3),
                2e-13);
    }

    private static double second(UnaryOperator<Tensor> f, double at) {
        Tensor x = Tensor.of(at).requiresGrad();
        Tensor first = Gradients.of(Graph.DIFFERENTIABLE, f.apply(x), x).get(0);
        return Gradients.of(first, x).get(0).item();
    }

    /** PyTorch's, but where its float32 overflows on the way: geluTanh of 10^20. */
    @Test
    void gradientsOfActivationsAtTheirEnds() {
        assertArrayEquals(new double[] {1, 1, 1}, slope(x -> Activations.elu(x), 0, -0.0, 1));
        assertArrayEquals(new double[] {1.75, 1.75}, slope(x -> Activations.elu(x, 1.75), 0, -0.0));
        assertArrayEquals(new double[] {Double.NaN, 0.25, 0}, slope(Activations::softsign, Double.NaN, 1, 1e300));
        assertArrayEquals(new double[] {Double.NaN}, slope(Activations::geluTanh, Double.NaN));
        Tensor large =
                Tensor.of(new float[] {0x1p66f, -0x1p66f, 0x1p64f, 0x1p60f}).requiresGrad();
        assertArrayEquals(
                new float[] {1, 0, 1, 1},
                Gradients.of(Activations.geluTanh(large).sum(), large).get(0).toFloatArray());
    }

    private static double[] slope(UnaryOperator<Tensor> f, double... at) {
        Tensor x = Tensor.of(at).requiresGrad();
        return Gradients.of(f.apply(x).sum(), x).get(0).toDoubleArray();
    }

    /** One pass, also inside of other steps, and recorded in a graph. */
    @Test
    void activationsAreOnePass() {
        Tensor x = NDArray.random(random(1), 40, 30).toTensor(DType.FLOAT32);
        ACTIVATIONS.forEach((name, f) -> {
            Tensor fused = Fused.of(t -> f.apply(t.multiply(2)).add(1), x);
            float[] alone = f.apply(x.multiply(2)).add(1).toFloatArray();
            float[] arguments = x.multiply(2).toFloatArray();
            float[] actual = fused.toFloatArray();
            for (int i = 0; i < alone.length; i++) {
                double tolerance = 8 * (1 + arguments[i] * arguments[i]) * Math.ulp(Math.max(1, Math.abs(alone[i])));
                assertEquals(alone[i], actual[i], tolerance, name);
            }
            String plan = Fused.explain(t -> f.apply(t[0]), x);
            assertTrue(plan.contains("pass 1 of 1"), plan);
            Tensor empty = Tensor.zeros(DType.FLOAT32, 0, 3);
            assertEquals(empty.shape(), f.apply(empty).shape());
            assertEquals(0, f.apply(Tensor.of(0f)).rank());
        });
    }

    @Test
    void refusals() {
        Tensor whole = Tensor.of(new int[] {1, 2});
        Tensor complex = Tensor.of(new Complex[] {new Complex(1, 2)});
        SPECIAL.forEach((name, f) ->
                refused(DTypeException.class, () -> f.apply(whole), name + ": needs a floating dtype, got int32 [2]"));
        ACTIVATIONS.forEach((name, f) -> refused(
                DTypeException.class,
                () -> f.apply(whole),
                name.split(" ")[0] + ": needs a floating dtype, got int32"));
        refused(DTypeException.class, () -> Special.erf(complex), "erf: complex numbers have no order, got complex128");
        refused(DTypeException.class, () -> Activations.gelu(complex), "gelu: needs a real dtype, got complex128 [1]");
        refused(DTypeException.class, () -> Special.hypot(whole, whole), "hypot: needs a floating dtype");
        refused(
                DTypeException.class,
                () -> Special.lgamma(complex),
                "lgamma: complex numbers have no order, got complex128");
        refused(DTypeException.class, () -> Special.sinc(whole), "sinc: needs a floating dtype, got int32 [2]");
        refused(DTypeException.class, () -> Special.xlogy(whole, whole), "xlogy: needs a floating dtype");
        refused(DTypeException.class, () -> Special.hypot(complex, complex), "hypot: complex numbers");
        refused(DTypeException.class, () -> Special.fmod(Tensor.of(true), Tensor.of(true)), "fmod: bool is not");
        refused(
                ShapeException.class,
                () -> Special.hypot(Tensor.ones(DType.FLOAT64, 2), Tensor.ones(DType.FLOAT64, 3)),
                "hypot: ",
                "[2]",
                "[3]");
    }
}
