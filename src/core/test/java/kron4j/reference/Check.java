package kron4j.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import kron4j.DType;
import kron4j.Tensor;
import org.junit.jupiter.api.function.Executable;

/** Assertions that tests of tensors share. */
public final class Check {
    private Check() {}

    /** Equal shapes and values (bytes modulo 256, halves rounded), to the last bit; NaN equals NaN, -0 does not equal 0. */
    public static void same(NDArray expected, Tensor actual) {
        close(expected, actual, 0);
    }

    /** Equal shapes, NaN and infinities in the same places, every other element within {@code tolerance} (absolute). */
    public static void close(NDArray expected, Tensor actual, double tolerance) {
        assertArrayEquals(expected.shape(), actual.shape().dims(), "shape");
        double[] e = stored(expected, actual).data();
        double[] a = NDArray.of(actual).data();
        for (int i = 0; i < e.length; i++) {
            boolean equal = Double.compare(e[i], a[i]) == 0;
            boolean near = tolerance > 0 && (e[i] == a[i] || Math.abs(e[i] - a[i]) <= tolerance);
            if (!equal && !near) {
                fail("element " + i + ": expected " + e[i] + " within " + tolerance + ", got " + a[i]);
            }
        }
    }

    private static NDArray stored(NDArray expected, Tensor actual) {
        boolean narrow = actual.dtype() == DType.INT8
                || actual.dtype() == DType.UINT8
                || actual.dtype().isHalf();
        return narrow ? expected.wrapped(actual.dtype()) : expected;
    }

    /** As {@link #close}, every element within {@code relative} of its own magnitude, or of {@code floor} where it is smaller. */
    public static void relative(NDArray expected, Tensor actual, double relative, double floor) {
        assertArrayEquals(expected.shape(), actual.shape().dims(), "shape");
        double[] e = stored(expected, actual).data();
        double[] a = NDArray.of(actual).data();
        for (int i = 0; i < e.length; i++) {
            boolean near = e[i] == a[i] || Math.abs(e[i] - a[i]) <= relative * Math.max(Math.abs(e[i]), floor);
            if (Double.compare(e[i], a[i]) != 0 && !near) {
                fail("element " + i + ": expected " + e[i] + " within " + relative + " relative, got " + a[i]);
            }
        }
    }

    /** That {@code body} throws exactly this type with a text that contains all these parts; gives back the exception. */
    public static <T extends Throwable> T refused(Class<T> type, Executable body, String... parts) {
        T thrown = assertThrows(type, body);
        for (String part : parts) {
            assertTrue(thrown.getMessage().contains(part), () -> "'" + part + "' not in: " + thrown.getMessage());
        }
        return thrown;
    }
}
