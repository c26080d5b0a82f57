package kron4j.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;

/** Random operands, and the row texts that the benchmarks and scripts/numpy-peers.py both read. */
public final class Inputs {
    private static final SplittableRandom RANDOM = new SplittableRandom(1);

    private Inputs() {}

    /** Uniform in [-1, 1). */
    public static Tensor random(DType dtype, long... shape) {
        double[] values = new double[Math.toIntExact(Shape.of(shape).size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = RANDOM.nextDouble(-1, 1);
        }
        try (Tensor doubles = Tensor.of(values, shape)) {
            return doubles.to(dtype);
        }
    }

    public static double[] doubles(Tensor t) {
        try (Tensor converted = t.to(DType.FLOAT64)) {
            return converted.toDoubleArray();
        }
    }

    /** {@code 3x4} as [3, 4]. */
    public static long[] dims(String text) {
        String[] parts = text.split("x");
        long[] dims = new long[parts.length];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = Long.parseLong(parts[i]);
        }
        return dims;
    }

    /** {@code b64 n8} as b = 64, n = 8; words without a number are left out. */
    public static Map<String, Long> sizes(String row) {
        Map<String, Long> sizes = new LinkedHashMap<>();
        for (String word : row.split(" ")) {
            if (word.matches("[a-zA-Z]\\d+")) {
                sizes.put(word.substring(0, 1), Long.valueOf(word.substring(1)));
            }
        }
        return sizes;
    }

    /** Fails the set-up of a benchmark whose result is wrong. */
    public static void check(String row, double expected, double actual, double tolerance) {
        if (!(Math.abs(expected - actual) <= tolerance)) {
            throw new IllegalStateException(
                    row + ": expected " + expected + " within " + tolerance + ", got " + actual);
        }
    }

    /** Checks A X = B row by row, entry by entry: |AX - B| <= 100 n eps (|A||X| + |B|). */
    public static void checkProduct(String row, double[] a, double[] x, double[] b, int n, int r, double epsilon) {
        for (int at = 0; at < a.length / n; at++) {
            int matrix = at / n;
            for (int j = 0; j < r; j++) {
                double sum = 0;
                double scale = Math.abs(b[at * r + j]);
                for (int k = 0; k < n; k++) {
                    double term = a[at * n + k] * x[(matrix * n + k) * r + j];
                    sum += term;
                    scale += Math.abs(term);
                }
                check(row, b[at * r + j], sum, 100.0 * n * epsilon * scale);
            }
        }
    }

    public static double epsilon(DType dtype) {
        return dtype == DType.FLOAT32 ? 0x1p-23 : 0x1p-52;
    }
}
