package kron4j.backend.cuda.card;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The words by which kernels divide, at the borders of what they are used for: numbers and divisors below 2^31. */
class DivisorTest {
    private static final long LIMIT = Integer.MAX_VALUE;

    /** As {@code divide} in {@code kernels/k4j.cuh}. */
    private static long divide(long n, long divisor) {
        long high = (n * (divisor & 0xffffffffL)) >>> 32;
        return ((high + n) & 0xffffffffL) >>> (divisor >>> 32);
    }

    @Test
    void dividesExactly() {
        List<Long> numbers = new ArrayList<>(List.of(0L, 1L, 2L, 3L, LIMIT, LIMIT - 1));
        for (int bit = 2; bit < 31; bit++) {
            numbers.addAll(List.of((1L << bit) - 1, 1L << bit, (1L << bit) + 1));
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 300; i++) {
            numbers.add(random.nextLong(LIMIT) >> random.nextInt(31));
        }
        for (long d : numbers) {
            for (long n : numbers) {
                if (d > 0) {
                    long divisor = Axes.divisor(d);
                    assertEquals(n / d, divide(n, divisor), () -> n + " / " + d);
                    long multiple = n / d * d;
                    assertEquals(n / d, divide(multiple, divisor), () -> multiple + " / " + d);
                    if (multiple > 0) {
                        assertEquals(n / d - 1, divide(multiple - 1, divisor), () -> multiple - 1 + " / " + d);
                    }
                }
            }
        }
    }
}
