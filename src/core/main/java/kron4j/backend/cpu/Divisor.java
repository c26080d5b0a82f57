package kron4j.backend.cpu;

import java.math.BigInteger;

/**
 * Divides by a number greater than 0 by a product with its inverse. Source: T. Granlund and P. Montgomery, Division by invariant integers using multiplication, 1994,
 * figure 5.1.
 */
final class Divisor {
    private final long divisor;
    /** The last 64 bits of {@code 1 + 2^(64 + shift) / divisor}. */
    private final long inverse;

    private final int shift;

    Divisor(long divisor) {
        this.divisor = divisor;
        this.shift = Math.max(0, Long.SIZE - 1 - Long.numberOfLeadingZeros(divisor - 1));
        this.inverse = BigInteger.ONE
                .shiftLeft(Long.SIZE + shift)
                .divide(BigInteger.valueOf(divisor))
                .add(BigInteger.ONE)
                .longValue();
    }

    /** As {@link Math#floorMod(long, long)}. */
    void remainders(long[] x, long[] z, int n) {
        long by = divisor;
        long factor = inverse;
        int bits = shift;
        for (int i = 0; i < n; i++) {
            long v = x[i];
            long quotient = ((v + Math.multiplyHigh(factor, v)) >> bits) - (v >> 63);
            long rest = v - quotient * by;
            z[i] = rest + (by & (rest >> 63));
        }
    }
}
