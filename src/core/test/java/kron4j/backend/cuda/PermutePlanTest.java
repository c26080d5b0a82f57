package kron4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.plan.Loop;
import org.junit.jupiter.api.Test;

class PermutePlanTest {
    private static Loop permuted(Shape shape, int... axes) {
        Layout source = Layout.contiguous(shape).permute(axes);
        return Loop.of(Layout.contiguous(source.shape()), source);
    }

    /** Rows that are so many elements apart, transposed. */
    private static Loop apart(long step) {
        return new Loop(new long[] {64, 64}, new long[][] {{step, 1}, {1, step}}, new long[2]);
    }

    @Test
    void tilesReachAlongBothSides() {
        assertArrayEquals(
                new long[] {32, 32},
                PermutePlan.of(permuted(Shape.of(1000, 2000), 1, 0), 4).extents());
        assertArrayEquals(
                new long[] {14, 14, 5},
                PermutePlan.of(permuted(Shape.of(100, 200, 5), 1, 0, 2), 4).extents(),
                "runs of 70 elements on both sides");
        assertArrayEquals(
                new long[] {7, 4, 32},
                PermutePlan.of(permuted(Shape.of(300, 400, 7), 2, 1, 0), 4).extents(),
                "a short axis is whole in the tile");
    }

    @Test
    void tilesFitWhateverTheAxes() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++) {
            int rank = random.nextInt(2, 12);
            long[] sizes =
                    random.longs(rank, 2, rank < 4 ? 400 : rank < 7 ? 12 : 4).toArray();
            int[] axes = IntStream.range(0, rank).toArray();
            for (int axis = rank - 1; axis > 0; axis--) {
                int other = random.nextInt(axis + 1);
                int swapped = axes[axis];
                axes[axis] = axes[other];
                axes[other] = swapped;
            }
            Loop loop = permuted(Shape.of(sizes), axes);
            PermutePlan plan = PermutePlan.of(loop, 4);
            if (plan != null) {
                long[] extents = plan.extents();
                assertTrue(Arrays.stream(extents).reduce(1, Math::multiplyExact) <= 1024);
                assertTrue(Arrays.stream(extents).filter(e -> e > 1).count() <= 12);
                long cut = IntStream.range(0, extents.length)
                        .filter(axis -> extents[axis] > 1 && extents[axis] < loop.sizes()[axis])
                        .count();
                assertTrue(cut <= 2, () -> loop + " " + Arrays.toString(extents));
            }
        }
    }

    @Test
    void whatTilesDoNotHelpOrCannotReachHasNoPlan() {
        assertNull(PermutePlan.of(permuted(Shape.of(3, 4), 1, 0), 4), "too small");
        assertArrayEquals(
                new long[] {16, 16}, PermutePlan.of(apart(1L << 27), 4).extents(), "within 2^31 elements of memory");
        assertNull(PermutePlan.of(apart(1L << 29), 4));
    }
}
