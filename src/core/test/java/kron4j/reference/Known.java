package kron4j.reference;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import kron4j.DType;
import kron4j.Tensor;

/** Operands and results of NumPy, SciPy and mpmath, from {@code numerics/dense.txt}, whose first line says how they were made. */
public final class Known {
    private static final Map<String, String> LINES = read();

    private Known() {}

    private static Map<String, String> read() {
        try (InputStream in = Known.class.getResourceAsStream("/numerics/dense.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .collect(Collectors.toMap(line -> line.substring(0, line.indexOf(' ')), line -> line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String[] fields(String name) {
        return LINES.get(name).split(" ");
    }

    public static boolean isComplex(String name) {
        return fields(name)[1].equals("c");
    }

    /** Real values. */
    public static NDArray array(String name) {
        return NDArray.of(values(name), shape(name));
    }

    /** Complex values. */
    public static ComplexArray complexArray(String name) {
        return ComplexArray.of(values(name), shape(name));
    }

    private static double[] values(String name) {
        return Arrays.stream(fields(name))
                .skip(3)
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private static long[] shape(String name) {
        String dims = fields(name)[2];
        return dims.equals("_")
                ? new long[0]
                : Arrays.stream(dims.split(",")).mapToLong(Long::parseLong).toArray();
    }

    /** In the dtype, or the complex one whose parts have it. */
    public static Tensor tensor(String name, DType real) {
        return isComplex(name)
                ? complexArray(name).toTensor(real.toComplex())
                : array(name).toTensor(real);
    }

    /** Holds a result to the known one, within {@code units} roundings of the largest value. */
    public static void close(String name, Tensor actual, double units) {
        double scale = Arrays.stream(values(name))
                .filter(Double::isFinite)
                .map(Math::abs)
                .max()
                .orElse(0);
        double tolerance = units * actual.dtype().epsilon() * Math.max(scale, Double.MIN_NORMAL);
        if (isComplex(name)) {
            ComplexArray.close(complexArray(name), actual, tolerance);
        } else {
            Check.close(array(name), actual, tolerance);
        }
    }
}
