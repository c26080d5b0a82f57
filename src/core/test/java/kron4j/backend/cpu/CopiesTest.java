package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CopiesTest {
    private static final long[][] SHAPES = {
        {2}, {9000}, {5000, 2}, {70, 80, 2}, {70, 80, 3}, {40, 30, 16}, {8, 9, 10, 25}, {7, 300, 4}, {1, 90, 1, 60}
    };

    /** Of even and odd runs, beginning at even and odd places, with gaps of even and odd length. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void permutedPartsOfLargerArrays(DType dtype) {
        Random random = new Random(dtype.ordinal());
        for (long[] dims : SHAPES) {
            for (int round = 0; round < 12; round++) {
                View from = part(dtype, dims, round, random);
                int[] axes = IntStream.range(0, dims.length).toArray();
                // Every other time the last axis stays.
                for (int i = dims.length - 1 - round % 2; i > 0; i--) {
                    int j = random.nextInt(i + 1);
                    int axis = axes[i];
                    axes[i] = axes[j];
                    axes[j] = axis;
                }
                View x = from.with(from.layout().permute(axes));
                View y = part(dtype, x.shape().dims(), round, random);
                View expected = ones(dtype, y.storage().size()).with(y.layout());
                double[] values =
                        random.ints(x.shape().size(), 0, 2).asDoubleStream().toArray();
                Grid.set(x, values);
                Grid.set(expected, values);
                Copies.copy(x, y);
                assertArrayEquals(
                        Grid.get(whole(expected)), Grid.get(whole(y)), () -> x.layout() + " to " + y.layout());
                Grid.free(from, y, expected);
            }
        }
    }

    private static View whole(View view) {
        return view.with(Layout.contiguous(Shape.of(view.storage().size())));
    }

    private static View ones(DType dtype, long size) {
        double[] ones = new double[Math.toIntExact(size)];
        Arrays.fill(ones, 1);
        return Grid.set(Grid.contiguous(dtype, size), ones);
    }

    /** The middle of an array of ones that from the fifth round on is larger. */
    private static View part(DType dtype, long[] dims, int round, Random random) {
        long offset = 0;
        long[] strides = new long[dims.length];
        long step = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides[axis] = step;
            int gap = round < 4 ? 0 : random.nextInt(4);
            offset += step * random.nextInt(gap + 1);
            step *= dims[axis] + gap;
        }
        View view = ones(dtype, step);
        return view.with(Layout.of(Shape.of(dims), strides, offset));
    }
}
