package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Device;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.reference.ComplexArray;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What every device is held to. A suite extends this and runs on each device in turn ({@link DeviceUnderTest}). Each test runs inside a scope on the
 * device and fails if memory is live afterwards that was not before, or if something was printed.
 */
public abstract class Contract {
    protected static final DType[] FLOATING = {DType.FLOAT32, DType.FLOAT64};
    protected static final DType[] NUMBERS = {
        DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64, DType.INT8, DType.UINT8
    };

    protected static final DType[] SIGNED = {DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64, DType.INT8};

    /** The scope that the test runs in. */
    protected TensorScope scope;

    private final PrintStream out = System.out;
    private final PrintStream err = System.err;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private long liveBefore;

    protected final Device device() {
        return DeviceUnderTest.chosen().device();
    }

    @BeforeEach
    final void openScope() {
        liveBefore = live();
        scope = device().openScope();
        PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(capture);
        System.setErr(capture);
    }

    @AfterEach
    final void nothingLeaksOrPrints() {
        if (scope == null) {
            return; // no such device: skipped
        }
        System.setOut(out);
        System.setErr(err);
        scope.close();
        assertTrue(live() <= liveBefore, () -> "leaked " + (live() - liveBefore) + " bytes");
        assertEquals("", printed.toString(StandardCharsets.UTF_8), "printed by the test");
    }

    /** Bytes that tensors of the device hold now. */
    protected final long live() {
        return device().memoryReport().live();
    }

    /** A generator of the same numbers in every run. */
    protected static SplittableRandom random(long seed) {
        return new SplittableRandom(seed);
    }

    /**
     * A tensor of these values whose layout is anything but row-major: axes in random memory order, steps of 1 to 3 elements in either direction,
     * gaps between rows, an offset. What lies in the gaps is -77 (true for bool).
     */
    protected static Tensor strided(SplittableRandom random, NDArray values, DType dtype) {
        Layout layout = scattered(random, values.shape());
        double[] storage = new double[(int) layout.highest() + 5];
        Arrays.fill(storage, -77);
        NDArray.forEach(values.shape(), index -> storage[position(layout, index)] = values.get(index));
        try (Tensor base = NDArray.tensor(dtype, NDArray.toArray(dtype, storage), storage.length)) {
            return base.viewAs(layout);
        }
    }

    /** As {@link #strided(SplittableRandom, NDArray, DType)}, of complex numbers. */
    protected static Tensor strided(SplittableRandom random, ComplexArray values, DType dtype) {
        Layout layout = scattered(random, values.shape());
        Complex[] storage = new Complex[(int) layout.highest() + 5];
        Arrays.fill(storage, new Complex(-77, 78));
        NDArray.forEach(
                values.shape(),
                index -> storage[position(layout, index)] =
                        new Complex(values.re().get(index), values.im().get(index)));
        try (Tensor base = NDArray.tensor(dtype, storage, storage.length)) {
            return base.viewAs(layout);
        }
    }

    private static int position(Layout layout, long... index) {
        long at = layout.offset();
        for (int axis = 0; axis < index.length; axis++) {
            at += index[axis] * layout.stride(axis);
        }
        return (int) at;
    }

    private static Layout scattered(SplittableRandom random, long... shape) {
        int[] order = IntStream.range(0, shape.length).toArray();
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        long[] strides = new long[shape.length];
        long span = 1;
        long offset = random.nextInt(4);
        for (int axis : order) {
            strides[axis] = span * random.nextInt(1, 4);
            span = strides[axis] * Math.max(1, shape[axis]) + random.nextInt(2);
            if (random.nextBoolean() && shape[axis] > 0) {
                offset += strides[axis] * (shape[axis] - 1);
                strides[axis] = -strides[axis];
            }
        }
        return Layout.of(Shape.of(shape), strides, offset);
    }
}
