package kron4j.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import kron4j.Layout;
import kron4j.Shape;
import org.junit.jupiter.api.Test;

class PlanCacheTest {
    private static final int CAPACITY = 512;

    private final PlanCache<Integer> cache = new PlanCache<>();
    private int planned;

    private int get(long number) {
        return cache.get(PlanCache.Key.of("test", new Layout[0], number), () -> {
            planned++;
            return (int) number;
        });
    }

    @Test
    void keepsTheLast512AndForgetsTheOneUnusedLongest() {
        for (int i = 0; i < CAPACITY; i++) {
            assertEquals(i, get(i));
        }
        assertEquals(CAPACITY, planned);
        for (int i = 0; i < CAPACITY; i++) {
            assertEquals(i, get(i));
        }
        assertEquals(CAPACITY, planned, "all are known");
        get(CAPACITY);
        assertEquals(CAPACITY + 1, planned);
        get(1);
        assertEquals(CAPACITY + 1, planned, "used after the first, so still known");
        get(0);
        assertEquals(CAPACITY + 2, planned, "the first was forgotten");
        get(2);
        assertEquals(CAPACITY + 3, planned, "then the one unused longest: not the second, which was used again");
    }

    @Test
    void aKeyIsAllThatAPlanDependsOn() {
        Layout a = Layout.contiguous(Shape.of(2, 3));
        PlanCache.Key key = PlanCache.Key.of("x", new Layout[] {a}, 1);
        Layout moved = Layout.of(a.shape(), a.strides(), 7);
        assertEquals(key, PlanCache.Key.of("x", new Layout[] {moved}, 1), "offsets do not matter");
        assertEquals(
                key.hashCode(), PlanCache.Key.of("x", new Layout[] {moved}, 1).hashCode());
        assertNotEquals(key, PlanCache.Key.of("y", new Layout[] {a}, 1));
        assertNotEquals(key, PlanCache.Key.of("x", new Layout[] {a}, 2));
        assertNotEquals(key, PlanCache.Key.of("x", new Layout[] {a.permute(1, 0)}, 1));
        assertNotEquals(key, PlanCache.Key.of("x", new Layout[] {Layout.of(a.shape(), new long[] {3, 2}, 0)}, 1));
        assertNotEquals(
                PlanCache.Key.of("x", new Layout[] {Layout.contiguous(Shape.of(2))}),
                PlanCache.Key.of("x", new Layout[] {Layout.contiguous(Shape.of(2)), Layout.contiguous(Shape.of())}));
    }
}
