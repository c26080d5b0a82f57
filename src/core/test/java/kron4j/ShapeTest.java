package kron4j;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void sizesAndText() {
        assertEquals(1, Shape.SCALAR.size());
        assertEquals("[]", Shape.of().toString());
        assertEquals(24, Shape.of(2, 3, 4).size());
        assertEquals("[2,3,4]", Shape.of(2, 3, 4).toString());
        assertEquals(0, Shape.of(3, 0, 5).size());
        assertEquals(4, Shape.of(2, 3, 4).at(-1));
        assertEquals(Shape.of(2, 3), Shape.of(2).concat(Shape.of(3)));
        assertEquals(Shape.of(2, 3).hashCode(), Shape.of(2, 3).hashCode());
        assertNotEquals(Shape.of(2, 3), Shape.of(3, 2));
        assertNotEquals(Shape.of(1), Shape.SCALAR);
    }

    @Test
    void isImmutable() {
        long[] dims = {2, 3};
        Shape shape = Shape.of(dims);
        dims[0] = 7;
        shape.dims()[1] = 7;
        assertArrayEquals(new long[] {2, 3}, shape.dims());
    }

    @Test
    void refusesNegativeAndTooLarge() {
        refused(ShapeException.class, () -> Shape.of(2, -1), "shape [2,-1]: sizes must not be negative");
        refused(ShapeException.class, () -> Shape.of(1L << 32, 1L << 32), "more than 2^63-1 elements");
        refused(ShapeException.class, () -> Shape.of(Long.MAX_VALUE, 2), "more than 2^63-1 elements");
        assertEquals(Long.MAX_VALUE, Shape.of(Long.MAX_VALUE, 1).size());
    }

    @Test
    void zeroSizesHideNoOverflow() {
        assertEquals(0, Shape.of(1L << 62, 1L << 62, 0).size());
        refused(ShapeException.class, () -> Shape.of(0, -3), "negative");
    }

    @Test
    void axes() {
        assertEquals(0, Shape.of(2, 3).axis(-2));
        refused(ShapeException.class, () -> Shape.of(2, 3).axis(2), "axis 2 is out of range for shape [2,3] of rank 2");
        refused(ShapeException.class, () -> Shape.of(2, 3).axis(-3), "axis -3");
        refused(ShapeException.class, () -> Shape.SCALAR.axis(0), "rank 0");
    }

    @Test
    void broadcasting() {
        assertEquals(Shape.of(4, 2, 3), Shape.broadcast("add", Shape.of(2, 1), Shape.of(4, 1, 3), Shape.SCALAR));
        assertEquals(Shape.of(0, 3), Shape.broadcast("add", Shape.of(0, 1), Shape.of(3)));
        assertEquals(Shape.of(0), Shape.broadcast("add", Shape.of(1), Shape.of(0)));
        refused(
                ShapeException.class,
                () -> Shape.broadcast("add", Shape.of(2, 3), Shape.of(2, 2)),
                "add: shapes [2,3], [2,2] do not broadcast: sizes 3 and 2 at axis -1");
        refused(ShapeException.class, () -> Shape.broadcast("add", Shape.of(0), Shape.of(2)), "sizes 0 and 2");
    }

    @Test
    void inferredSizes() {
        assertEquals(Shape.of(2, 6), Shape.of(3, 4).inferred(2, -1));
        assertEquals(Shape.of(0, 5), Shape.of(0).inferred(-1, 5));
        assertEquals(Shape.of(1), Shape.SCALAR.inferred(-1));
        refused(
                ShapeException.class,
                () -> Shape.of(3, 4).inferred(5, -1),
                "reshape: shape [3,4] of 12 elements does not determine the -1 in [5,-1]");
        refused(ShapeException.class, () -> Shape.of(0).inferred(0, -1), "does not determine");
        refused(ShapeException.class, () -> Shape.of(4).inferred(-1, -1), "more than one -1");
        refused(ShapeException.class, () -> Shape.of(4).inferred(1L << 62, 4, -1), "2^63-1");
    }
}
