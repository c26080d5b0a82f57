package kron4j.contract;

import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import kron4j.DType;
import kron4j.History;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.ops.Elementwise;
import kron4j.ops.Order;
import kron4j.ops.Reduce;
import kron4j.ops.Scan;
import kron4j.ops.Softmax;
import kron4j.ops.Special;
import kron4j.ops.Statistics;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/**
 * Functions and their gradients at zeros, infinities, NaN, subnormal and huge numbers, against what NumPy and PyTorch give: the numbers of
 * {@code scripts/make-special-values.py}. Zeros of either sign are equal; NaN and infinities are so only to themselves.
 */
public class SpecialValuesContract extends Contract {
    /** CUDA's functions are right to 4 units, PyTorch's to 1; a gradient is made of at most 4 of them. Where it is subnormal, units are absolute. */
    private static final int UNITS = 24;

    private static final Map<String, UnaryOperator<Tensor>> UNARY = new TreeMap<>();
    private static final Map<String, BinaryOperator<Tensor>> BINARY = new TreeMap<>();

    static {
        UNARY.put("negative", Elementwise::negative);
        UNARY.put("abs", Elementwise::abs);
        UNARY.put("sign", Elementwise::sign);
        UNARY.put("square", Elementwise::square);
        UNARY.put("sqrt", Elementwise::sqrt);
        UNARY.put("rsqrt", Elementwise::rsqrt);
        UNARY.put("reciprocal", Elementwise::reciprocal);
        UNARY.put("exp", Elementwise::exp);
        UNARY.put("expm1", Elementwise::expm1);
        UNARY.put("log", Elementwise::log);
        UNARY.put("log1p", Elementwise::log1p);
        UNARY.put("sin", Elementwise::sin);
        UNARY.put("cos", Elementwise::cos);
        UNARY.put("tan", Elementwise::tan);
        UNARY.put("asin", Elementwise::asin);
        UNARY.put("acos", Elementwise::acos);
        UNARY.put("atan", Elementwise::atan);
        UNARY.put("sinh", Elementwise::sinh);
        UNARY.put("cosh", Elementwise::cosh);
        UNARY.put("tanh", Elementwise::tanh);
        UNARY.put("sigmoid", Elementwise::sigmoid);
        UNARY.put("relu", Elementwise::relu);
        UNARY.put("softplus", Elementwise::softplus);
        UNARY.put("floor", Elementwise::floor);
        UNARY.put("ceil", Elementwise::ceil);
        UNARY.put("round", Elementwise::round);
        UNARY.put("sum", Reduce::sum);
        UNARY.put("prod", Reduce::prod);
        UNARY.put("max", Reduce::max);
        UNARY.put("min", Reduce::min);
        UNARY.put("mean", Reduce::mean);
        UNARY.put("var", Reduce::var);
        UNARY.put("std", Reduce::std);
        UNARY.put("norm", Reduce::norm);
        UNARY.put("logsumexp", Reduce::logsumexp);
        UNARY.put("softmax", t -> Softmax.softmax(t, 0));
        UNARY.put("logSoftmax", t -> Softmax.logSoftmax(t, 0));
        UNARY.put("sort", t -> Order.sort(t, 0));
        UNARY.put("unique", Order::unique);
        UNARY.put("median", Statistics::median);
        UNARY.put("cumsum", t -> Scan.cumsum(t, 0));
        UNARY.put("cumprod", t -> Scan.cumprod(t, 0));
        UNARY.put("cummax", t -> Scan.cummax(t, 0).values());
        UNARY.put("cummin", t -> Scan.cummin(t, 0).values());
        UNARY.put("logcumsumexp", t -> Scan.logcumsumexp(t, 0));
        UNARY.put("diff", t -> Scan.diff(t, 1, 0));
        UNARY.put("asinh", Special::asinh);
        UNARY.put("acosh", Special::acosh);
        UNARY.put("atanh", Special::atanh);
        UNARY.put("erf", Special::erf);
        UNARY.put("erfc", Special::erfc);
        UNARY.put("lgamma", Special::lgamma);
        UNARY.put("sinc", Special::sinc);
        BINARY.put("add", Elementwise::add);
        BINARY.put("subtract", Elementwise::subtract);
        BINARY.put("multiply", Elementwise::multiply);
        BINARY.put("divide", Elementwise::divide);
        BINARY.put("remainder", Elementwise::remainder);
        BINARY.put("power", Elementwise::power);
        BINARY.put("maximum", Elementwise::maximum);
        BINARY.put("minimum", Elementwise::minimum);
        BINARY.put("atan2", Elementwise::atan2);
    }

    private final List<String> wrong = new ArrayList<>();
    private int checked;

    @Test
    void valuesAndGradients() throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                SpecialValuesContract.class.getResourceAsStream("/numerics/special-values.txt"),
                StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("#")) {
                    try (TensorScope each = device().openScope()) {
                        check(line);
                    }
                }
            }
        }
        assertEquals(List.of(), wrong.subList(0, Math.min(60, wrong.size())), wrong.size() + " of " + checked);
        assertTrue(checked > 10_000);
    }

    /** As NumPy: the sign of -0 is 0, that of a subnormal number is not. */
    @Test
    void signs() {
        for (DType dtype : FLOATING) {
            double least = dtype == DType.FLOAT32 ? Float.MIN_VALUE : Double.MIN_VALUE;
            Tensor x = Tensor.of(new double[] {-0.0, 0, -least, least}).to(dtype);
            same(NDArray.of(new double[] {0, 0, -1, 1}, 4), Elementwise.sign(x));
            same(
                    NDArray.of(new double[] {0, 0, 0, 0, 0, 0}, 6),
                    Elementwise.sign(x.get(0).expand(6)));
        }
    }

    private void check(String line) {
        String[] columns = line.split("\\|");
        String[] name = columns[0].strip().split(" ");
        DType dtype = name[0].equals("float32") ? DType.FLOAT32 : DType.FLOAT64;
        double[][] numbers = Arrays.stream(columns)
                .skip(1)
                .map(SpecialValuesContract::numbers)
                .toArray(double[][]::new);
        int n = numbers[0].length;
        Tensor x = Tensor.of(numbers[0]).to(dtype);
        BinaryOperator<Tensor> binary = BINARY.get(name[1]);
        if (binary == null) {
            x = x.requiresGrad();
            Tensor y = UNARY.get(name[1]).apply(x);
            compare(line, name[1], dtype, numbers[1], y);
            if (numbers.length > 2 && y.history() != History.NONE) {
                boolean weighted = name[1].endsWith("oftmax");
                Tensor loss = weighted ? y.multiply(Tensor.arange(dtype, 1, n + 1)) : y;
                compare(
                        line,
                        name[1] + "'",
                        dtype,
                        numbers[2],
                        Gradients.of(loss.sum(), x).get(0));
            }
            return;
        }
        Tensor a = x.unsqueeze(1).expand(n, n).copy().requiresGrad();
        Tensor b = x.expand(n, n).copy().requiresGrad();
        Tensor y = binary.apply(a, b);
        List<Tensor> gradients = Gradients.of(y.sum(), a, b);
        compare(line, name[1], dtype, numbers[1], y);
        compare(line, name[1] + "' of the first", dtype, numbers[2], gradients.get(0));
        compare(line, name[1] + "' of the second", dtype, numbers[3], gradients.get(1));
    }

    private static double[] numbers(String column) {
        return Arrays.stream(column.strip().split(" "))
                .mapToDouble(s -> switch (s) {
                    case "nan" -> Double.NaN;
                    case "inf" -> Double.POSITIVE_INFINITY;
                    case "-inf" -> Double.NEGATIVE_INFINITY;
                    default -> Double.parseDouble(s);
                })
                .toArray();
    }

    private void compare(String line, String what, DType dtype, double[] expected, Tensor actual) {
        double[] found = actual.to(DType.FLOAT64).toDoubleArray();
        assertEquals(expected.length, found.length, line);
        double[] operands = numbers(line.split("\\|")[1]);
        double least = dtype == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        for (int i = 0; i < expected.length; i++) {
            double e = dtype == DType.FLOAT32 ? (float) expected[i] : expected[i];
            double bound = UNITS * dtype.epsilon() * Math.max(Math.abs(e), least);
            boolean same = e == found[i] || (Double.isNaN(e) && Double.isNaN(found[i]));
            checked++;
            if (!same && !(Math.abs(e - found[i]) <= bound)) {
                int n = operands.length;
                String at = expected.length == n * n
                        ? operands[i / n] + ", " + operands[i % n]
                        : n == expected.length && n > 3 ? "" + operands[i] : Arrays.toString(operands) + " " + i;
                wrong.add("\n" + dtype + " " + what + " at " + at + ": expected " + e + ", got " + found[i]);
            }
        }
    }
}
