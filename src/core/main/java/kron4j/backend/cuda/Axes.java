package kron4j.backend.cuda;

/** How kernels are told an iteration space and where an operand's elements lie: the structs {@code Axes} and {@code Strides} of k4j.cuh. */
final class Axes {
    /** Axes that a kernel takes. */
    static final int MOST = 16;

    private Axes() {}

    /**
     * What {@code divide()} takes for a size; 0 if it has no divisor because it is 0 or from 2^31 on.
     */
    // T. Granlund, P. L. Montgomery: Division by invariant integers using multiplication, PLDI 1994.
    static long divisor(long size) {
        if (size <= 0 || size > Integer.MAX_VALUE) {
            return 0;
        }
        int shift = size == 1 ? 0 : 64 - Long.numberOfLeadingZeros(size - 1);
        return (long) shift << 32 | ((((1L << shift) - size) << 32) / size + 1);
    }

    /**
     * The struct {@code Axes}.
     *
     * @param sizes outermost first, at least one
     */
    static void put(Words words, long[] sizes, long count) {
        words.put((long) sizes.length).put(count);
        putReversed(words, sizes);
        for (int i = 0; i < MOST; i++) {
            words.put(i < sizes.length ? divisor(sizes[sizes.length - 1 - i]) : 0);
        }
    }

    /** The struct {@code Strides}. */
    static void putStrides(Words words, long[] strides) {
        putReversed(words, strides);
    }

    private static void putReversed(Words words, long[] values) {
        for (int i = 0; i < MOST; i++) {
            words.put(i < values.length ? values[values.length - 1 - i] : 0);
        }
    }
}
