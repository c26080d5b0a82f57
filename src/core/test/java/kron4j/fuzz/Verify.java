package kron4j.fuzz;

import java.util.Arrays;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.reference.NDArray;

/** What cases hold results to. The texts begin with what was computed. */
final class Verify {
    private Verify() {}

    static void that(boolean fact, String what) {
        if (!fact) {
            throw new AssertionError(what);
        }
    }

    /** Equal shapes and values; NaN equals NaN, -0 equals 0. */
    static void same(String what, NDArray expected, Tensor actual) {
        close(what, expected, expected.map(x -> 0), actual);
    }

    /** Every element within its own bound, to which the rounding of the last step (half an ulp) and underflow are added unless it is 0. */
    static void close(String what, NDArray expected, NDArray bounds, Tensor actual) {
        shape(what, expected.shape(), actual);
        elements(
                what,
                actual.dtype(),
                expected.data(),
                bounds.data(),
                NDArray.of(actual).data());
    }

    /** Every element within {@code relative} times its own magnitude, or {@code floor} if that is larger. */
    static void relative(String what, NDArray expected, double relative, double floor, Tensor actual) {
        close(what, expected, expected.map(x -> relative * Math.max(Math.abs(x), floor)), actual);
    }

    static void shape(String what, long[] expected, Tensor actual) {
        that(
                Arrays.equals(expected, actual.shape().dims()),
                what + ": shape " + actual.shape() + ", expected " + Arrays.toString(expected));
    }

    private static void elements(String what, DType dtype, double[] expected, double[] bounds, double[] actual) {
        boolean narrow = dtype == DType.FLOAT32;
        for (int i = 0; i < expected.length; i++) {
            double e = narrow ? (float) expected[i] : expected[i];
            double a = actual[i];
            if (e == a || (Double.isNaN(e) && Double.isNaN(a))) {
                continue;
            }
            double slack = bounds[i] == 0
                    ? 0
                    : bounds[i]
                            + 2
                                    * (narrow
                                            ? Math.max(Math.ulp((float) expected[i]), Float.MIN_VALUE)
                                            : Math.ulp(expected[i]));
            // What is too large by no more than the bound may round to infinity, and the other way round.
            double most = narrow ? Float.MAX_VALUE : Double.MAX_VALUE;
            double low = Math.max(-most, Math.min(most, expected[i]));
            double got = Double.isInfinite(a) ? Math.copySign(most, a) : a;
            boolean finite = !Double.isInfinite(a) && !Double.isInfinite(expected[i]);
            if (!(Math.abs(finite ? a - expected[i] : got - low) <= slack) || (slack == 0)) {
                throw new AssertionError(
                        what + ": element " + i + " is " + a + ", expected " + expected[i] + " within " + slack);
            }
        }
    }

    static void same(String what, long[] expected, long[] actual) {
        for (int i = 0; i < expected.length; i++) {
            that(expected[i] == actual[i], what + ": element " + i + " is " + actual[i] + ", expected " + expected[i]);
        }
        that(expected.length == actual.length, what + ": " + actual.length + " elements, expected " + expected.length);
    }

    /** That {@code body} throws exactly this documented exception, with a text. */
    static void refused(String what, Runnable body, Class<? extends TensorException> type) {
        try {
            body.run();
        } catch (TensorException e) {
            if (e.getClass() != type) {
                throw e;
            }
            that(e.getMessage() != null && e.getMessage().length() > 10, what + ": says only " + e.getMessage());
            return;
        }
        throw new AssertionError(what + ": not refused, expected " + type);
    }
}
