package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Backend;
import kron4j.backend.View;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PermutationTest {
    /** Around the edges of tiles and of longs; thin ones, short rows, powers of two and many small axes. */
    private static final long[][] SHAPES = {
        {257, 130},
        {1040, 290},
        {40, 2048},
        {64, 256},
        {5000, 3},
        {7, 2500},
        {700, 9},
        {9, 700},
        {33, 40, 5},
        {40, 5, 33},
        {6, 40, 31},
        {9, 8, 10, 9, 11},
        {5, 24, 20, 24},
        {130, 2, 35},
        {3, 5, 7, 11, 13},
        {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2},
        {1300, 5, 2},
        {9, 31, 24}
    };

    private final Backend backend = new CpuBackend();

    /** Any bits, among them those of signalling NaN, forwards and backwards, with gaps or without; what lies between the elements of the target stays. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"UINT8", "BFLOAT16", "FLOAT32", "FLOAT64", "COMPLEX64", "COMPLEX128"})
    void movesEveryByte(DType dtype) {
        Random random = new Random(dtype.ordinal());
        for (long[] dims : SHAPES) {
            for (int round = 0; round < 4; round++) {
                View from = random(dtype, layout(dims, round, random), random);
                int[] axes = IntStream.range(0, dims.length).toArray();
                for (int i = axes.length - 1; i > 0; i--) {
                    int j = random.nextInt(i + 1);
                    int axis = axes[i];
                    axes[i] = axes[j];
                    axes[j] = axis;
                }
                View a = from.with(from.layout().permute(axes));
                View out = random(dtype, layout(a.shape().dims(), round / 2 * 2, random), random);
                check(a, out);
                Grid.free(from, out);
            }
        }
    }

    /** Every second or third element along some axes, and runs whose bytes would make wider elements than the steps between them allow. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"UINT8", "BFLOAT16", "FLOAT32", "FLOAT64", "COMPLEX128"})
    void movesEveryByteBetweenOthers(DType dtype) {
        Random random = new Random(dtype.ordinal());
        long[][] shapes = {{40000}, {90, 400}, {30, 40, 16}, {150, 130, 3}, {20, 9, 150}};
        for (long[] dims : shapes) {
            for (int step = 1; step <= 3; step++) {
                long[] wide = dims.clone();
                wide[dims.length - 1] = wide[dims.length - 1] * step + 2;
                View from = random(dtype, layout(wide, 1, random), random);
                View a = from.with(from.layout().slice(dims.length - 1, 0, dims[dims.length - 1] * step, step));
                check(a, random(dtype, layout(a.shape().dims(), 0, random), random));
                View b = a.with(a.layout()
                        .permute(IntStream.range(0, dims.length)
                                .map(axis -> (axis + 1) % dims.length)
                                .toArray()));
                check(b, random(dtype, layout(b.shape().dims(), 2, random), random));
            }
        }
    }

    /** From the second round on turned around along some axes, from the third with gaps. */
    private static Layout layout(long[] dims, int round, Random random) {
        long[] strides = new long[dims.length];
        long offset = 0;
        long step = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            boolean turned = round % 2 == 1 && random.nextBoolean();
            strides[axis] = turned ? -step : step;
            offset += turned ? (dims[axis] - 1) * step : 0;
            step *= dims[axis] + (round > 1 ? random.nextInt(3) : 0);
        }
        return Layout.of(Shape.of(dims), strides, offset);
    }

    private View random(DType dtype, Layout layout, Random random) {
        long size = 1 + layout.offset();
        for (int axis = 0; axis < layout.rank(); axis++) {
            size += Math.max(0, layout.stride(axis)) * (layout.shape().at(axis) - 1);
        }
        View view = new View(backend.allocate(dtype, size), layout);
        byte[] bytes = new byte[(int) size * dtype.bytes()];
        random.nextBytes(bytes);
        whole(view).put(0, bytes);
        return view;
    }

    private static ByteBuffer whole(View view) {
        return ((CpuStorage) view.storage()).whole();
    }

    private void check(View a, View out) {
        ByteBuffer from = whole(a);
        ByteBuffer to = whole(out);
        ByteBuffer expected = ByteBuffer.allocate(to.capacity());
        expected.put(0, to, 0, to.capacity());
        int width = out.dtype().bytes();
        long[] index = new long[a.shape().rank()];
        for (long i = 0; i < a.shape().size(); i++) {
            long source = a.layout().offset();
            long target = out.layout().offset();
            for (int axis = 0; axis < index.length; axis++) {
                source += index[axis] * a.layout().stride(axis);
                target += index[axis] * out.layout().stride(axis);
            }
            expected.put((int) target * width, from, (int) source * width, width);
            for (int axis = index.length - 1;
                    axis >= 0 && ++index[axis] == a.shape().at(axis);
                    axis--) {
                index[axis] = 0;
            }
        }
        backend.copy(a, out);
        assertEquals(-1, to.mismatch(expected), () -> a.dtype() + " " + a.layout() + " to " + out.layout());
    }
}
