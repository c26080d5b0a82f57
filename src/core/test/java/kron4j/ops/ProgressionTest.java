package kron4j.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import org.junit.jupiter.api.Test;

/** Long progressions, number by number, around the ends of blocks and of what doubles hold exactly. */
class ProgressionTest {
    private static final int COUNT = (1 << 16) + 1029;

    @Test
    void wholeNumbersAreExact() {
        for (long start : new long[] {0, -77, (1L << 53) + 1, Long.MAX_VALUE - 3L * COUNT, -(1L << 52) + 5}) {
            for (long step : new long[] {1, -3, 2}) {
                try (TensorScope scope = Device.cpu().openScope()) {
                    long stop = start + (COUNT - 1) * step + Long.signum(step);
                    long[] longs = Creation.arange(start, stop, step).toLongArray();
                    double[] doubles =
                            Creation.arange(DType.FLOAT64, start, stop, step).toDoubleArray();
                    assertEquals(COUNT, longs.length);
                    for (int i = 0; i < COUNT; i++) {
                        assertEquals(start + i * step, longs[i]);
                        assertEquals(start + i * step, doubles[i], 0);
                    }
                }
            }
        }
    }

    @Test
    void numbersOfOtherDtypesAreRoundedOnce() {
        for (DType dtype : List.of(DType.INT32, DType.FLOAT32, DType.COMPLEX64)) {
            try (TensorScope scope = Device.cpu().openScope()) {
                Tensor found = Creation.arange(dtype, 5, 5 - 300L * COUNT, -300);
                double[] numbers = (dtype.isComplex() ? ComplexNumbers.real(found) : found)
                        .to(DType.FLOAT64)
                        .toDoubleArray();
                assertEquals(COUNT, numbers.length);
                for (int i = 0; i < COUNT; i++) {
                    double expected = 5 - 300.0 * i;
                    assertEquals(dtype == DType.INT32 ? expected : (float) expected, numbers[i], 0);
                }
            }
        }
    }

    @Test
    void fractionsAreThoseOfTheirFormulas() {
        try (TensorScope scope = Device.cpu().openScope()) {
            double[] steps =
                    Creation.arange(0.1, 0.1 + 0.3 * (COUNT - 0.5), 0.3).toDoubleArray();
            double[] between = Creation.linspace(0.1, 0.7, COUNT).toDoubleArray();
            assertEquals(COUNT, steps.length);
            for (int i = 0; i < COUNT; i++) {
                assertEquals(0.1 + i * 0.3, steps[i], 0);
                assertEquals(i == COUNT - 1 ? 0.7 : 0.1 + (0.7 - 0.1) * i / (COUNT - 1), between[i], 0);
            }
        }
    }
}
