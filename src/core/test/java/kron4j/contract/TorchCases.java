package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import kron4j.reference.NDArray;

/** Results of PyTorch in whole numbers, as scripts/make-torch-windows.py writes them. */
final class TorchCases {
    private static final Map<String, int[]> FACTORS = Map.of(
            "x", new int[] {7, 11, 5}, "kernel", new int[] {5, 7, 3}, "bias", new int[] {3, 5, 1}, "g", new int[] {
                11, 13, 6
            });

    private TorchCases() {}

    /** The fields of each line. */
    static List<String[]> lines(String file) {
        try (InputStream in = TorchCases.class.getResourceAsStream("/torch/" + file)) {
            assertNotNull(in, file);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.split(";", -1))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The operand of this name. */
    static NDArray operand(String name, long... shape) {
        int[] f = FACTORS.get(name);
        double[] values = new double[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        Arrays.setAll(values, i -> (double) (i * f[0] % f[1] - f[2]));
        return NDArray.of(values, shape);
    }

    static long[] shape(String text) {
        return Arrays.stream(text.split(",")).mapToLong(Long::parseLong).toArray();
    }

    static int[] ints(String text) {
        return Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    static NDArray values(String text, long... shape) {
        double[] values = text.isEmpty()
                ? new double[0]
                : Arrays.stream(text.split(","))
                        .mapToDouble(Double::parseDouble)
                        .toArray();
        return NDArray.of(values, shape);
    }
}
