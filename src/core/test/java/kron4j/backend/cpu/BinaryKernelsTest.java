package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kron4j.backend.BinaryOp;
import org.junit.jupiter.api.Test;

class BinaryKernelsTest {
    private static final long[] EDGES = {
        Long.MIN_VALUE, Long.MIN_VALUE + 1, -(1L << 32), -2, -1, 0, 1, 2, 1L << 31, Long.MAX_VALUE - 1, Long.MAX_VALUE
    };

    @Test
    void integersCompareExactlyOverTheirWholeRange() {
        for (long x : EDGES) {
            for (long y : EDGES) {
                check(BinaryOp.EQUAL, x, y, x == y);
                check(BinaryOp.NOT_EQUAL, x, y, x != y);
                check(BinaryOp.LESS, x, y, x < y);
                check(BinaryOp.LESS_EQUAL, x, y, x <= y);
                check(BinaryOp.GREATER, x, y, x > y);
                check(BinaryOp.GREATER_EQUAL, x, y, x >= y);
            }
        }
    }

    private static void check(BinaryOp op, long x, long y, boolean expected) {
        long[] z = new long[1];
        BinaryKernels.test(op, new long[] {x}, new long[] {y}, z, 1);
        assertEquals(expected ? 1 : 0, z[0], () -> x + " " + op + " " + y);
    }

    @Test
    void integerPowersWrapAround() {
        long[] z = new long[3];
        BinaryKernels.longs(BinaryOp.POWER, new long[] {3, -2, 0}, new long[] {41, 63, 0}, z, 3);
        assertEquals(java.math.BigInteger.valueOf(3).pow(41).longValue(), z[0]);
        assertEquals(Long.MIN_VALUE, z[1]);
        assertEquals(1, z[2]);
    }
}
