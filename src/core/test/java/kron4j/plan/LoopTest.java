package kron4j.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import kron4j.Layout;
import kron4j.Shape;
import org.junit.jupiter.api.Test;

class LoopTest {
    /** Positions of all elements of both operands, in the loop's order. */
    private static List<List<Long>> positions(Loop loop) {
        List<List<Long>> positions = new ArrayList<>();
        for (long i = 0; i < loop.size(); i++) {
            long[] at = loop.offsets().clone();
            long rest = i;
            for (int axis = loop.rank() - 1; axis >= 0; axis--) {
                for (int k = 0; k < at.length; k++) {
                    at[k] += rest % loop.sizes()[axis] * loop.strides()[k][axis];
                }
                rest /= loop.sizes()[axis];
            }
            positions.add(List.of(at[0], at[1]));
        }
        return positions;
    }

    @Test
    void simplifies() {
        Layout rows = Layout.contiguous(Shape.of(3, 1, 4, 5));
        Loop one = Loop.of(rows, rows);
        assertArrayEquals(new long[] {60}, one.sizes());
        assertArrayEquals(new long[] {1}, one.strides()[1]);
        Layout turned = Layout.contiguous(Shape.of(5, 4)).transpose(0, 1).slice(0, -1, -5, -1);
        Loop loop = Loop.of(turned, Layout.contiguous(Shape.of(4, 5)));
        assertArrayEquals(new long[] {5, 4}, loop.sizes(), "walked as the leader lies in memory, forwards");
        assertArrayEquals(new long[] {4, 1}, loop.strides()[0]);
        assertArrayEquals(new long[] {1, -5}, loop.strides()[1]);
        assertArrayEquals(new long[] {0, 15}, loop.offsets());
        assertArrayEquals(
                new long[] {1}, Loop.of(Layout.contiguous(Shape.SCALAR)).sizes());
    }

    @Test
    void partsCoverTheSpaceInOrder() {
        Layout a = Layout.contiguous(Shape.of(2, 3, 2, 7, 2)).permute(4, 2, 0, 3, 1);
        Layout b = Layout.contiguous(Shape.of(2, 2, 2, 7, 3));
        Loop whole = Loop.rowMajor(a, b);
        assertEquals(5, whole.rank());
        whole.split(5, 168, part -> assertSame(whole, part));
        for (int axes = 1; axes <= 5; axes++) {
            for (long count : new long[] {1, 2, 5, 21, 22, 100, 1000}) {
                int most = axes;
                List<List<Long>> covered = new ArrayList<>();
                whole.split(axes, count, part -> {
                    assertTrue(part.rank() <= most && part.size() <= count && part.size() > 0);
                    covered.addAll(positions(part));
                });
                assertEquals(positions(whole), covered);
            }
        }
    }

    @Test
    void tellsWhereAnElementLies() {
        Layout a = Layout.contiguous(Shape.of(4, 3, 2)).slice(0, 3, 0, -1).permute(2, 0, 1);
        Layout b = Layout.contiguous(Shape.of(2, 3, 3));
        Loop loop = Loop.rowMajor(a, b);
        List<List<Long>> positions = positions(loop);
        assertEquals(List.of(18L, 0L), positions.get(0));
        assertEquals(List.of(19L, 9L), positions.get(9));
        for (int i = 0; i < positions.size(); i++) {
            assertEquals(positions.get(i), List.of(loop.position(0, i), loop.position(1, i)));
        }
        Loop outer =
                Loop.rowMajor(Layout.contiguous(Shape.of(5, 4)).transpose(0, 1)).outer();
        assertArrayEquals(new long[] {4}, outer.sizes());
        assertArrayEquals(new long[] {1}, outer.strides()[0]);
    }

    /** An operand that is constant along an axis has it outermost; equal steps keep the axes' order, and the next operand decides. */
    @Test
    void sortsByTheLeadersThenTheOthersSteps() {
        Layout broadcast = Layout.contiguous(Shape.of(3, 1)).expand(Shape.of(3, 2));
        Layout other = Layout.contiguous(Shape.of(3, 2));
        assertArrayEquals(new long[] {2, 3}, Loop.of(broadcast, other).sizes());
        Layout constant = Layout.contiguous(Shape.of(1, 1)).expand(Shape.of(3, 2));
        assertArrayEquals(new long[] {6}, Loop.of(constant, other).sizes());
        Layout columns = Layout.contiguous(Shape.of(2, 3)).transpose(0, 1);
        assertArrayEquals(new long[] {2, 3}, Loop.of(constant, columns, other).sizes());
        assertArrayEquals(new long[] {3, 2}, Loop.of(constant, other, columns).sizes());
    }
}
