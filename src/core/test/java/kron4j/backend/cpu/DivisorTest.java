package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DivisorTest {
    private static final long[] EDGES = {
        0,
        1,
        -1,
        2,
        -2,
        3,
        7,
        -7,
        1L << 31,
        (1L << 32) - 1,
        1L << 62,
        -(1L << 62),
        Long.MAX_VALUE - 1,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1
    };

    @Test
    void remaindersAreThoseOfFloorMod() {
        Random random = new Random(3);
        for (int k = 0; k < 2000; k++) {
            long any = k < EDGES.length ? EDGES[k] : k < 500 ? k : random.nextLong() >> random.nextInt(64);
            if (any <= 0) {
                continue;
            }
            long[] x = new long[100];
            for (int i = 0; i < x.length; i++) {
                x[i] = i < EDGES.length
                        ? EDGES[i]
                        : i < 50 ? random.nextLong() / any * any + i % 3 - 1 : random.nextLong() >> random.nextInt(64);
            }
            long[] z = new long[x.length];
            new Divisor(any).remainders(x, z, x.length);
            for (int i = 0; i < x.length; i++) {
                assertEquals(Math.floorMod(x[i], any), z[i], x[i] + " by " + any);
            }
        }
    }
}
