package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kron4j.backend.BinaryOp;
import org.junit.jupiter.api.Test;

class BinaryKernelsTest {
    @Test
    void integerPowersWrapAround() {
        long[] z = new long[3];
        BinaryKernels.longs(BinaryOp.POWER, new long[] {3, -2, 0}, new long[] {41, 63, 0}, z, 3);
        assertEquals(java.math.BigInteger.valueOf(3).pow(41).longValue(), z[0]);
        assertEquals(Long.MIN_VALUE, z[1]);
        assertEquals(1, z[2]);
    }
}
