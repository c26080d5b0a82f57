package kron4j.backend.cuda.card;

/** How kernels are told an iteration space and where an operand's elements lie: the structs {@code Axes} and {@code Strides} of k4j.cuh. */
public final class Axes {
    /** Axes that most kernels take. */
    public static final int MOST = 16;

    private Axes() {}

    /**
     * What {@code divide()} takes for a size; 0 if it has no divisor because it is 0 or from 2^31 on.
     */
    // T. Granlund, P. L. Montgomery: Division by invariant integers using multiplication, PLDI 1994.
    public static long divisor(long size) {
        if (size <= 0 || size > Integer.MAX_VALUE) {
            return 0;
        }
        int shift = size == 1 ? 0 : 64 - Long.numberOfLeadingZeros(size - 1);
        return (long) shift << 32 | ((((1L << shift) - size) << 32) / size + 1);
    }

    /**
     * The struct {@code Axes}, with as many elements as the sizes say.
     *
     * @param sizes outermost first
     */
    public static void put(Words words, long[] sizes) {
        long count = 1;
        for (long size : sizes) {
            count *= size;
        }
        put(words, MOST, sizes, count);
    }

    /** The same of another length, and with another number of elements. */
    public static void put(Words words, int most, long[] sizes, long count) {
        words.put((long) sizes.length).put(count);
        putStrides(words, most, sizes);
        for (int i = 0; i < most; i++) {
            words.put(i < sizes.length ? divisor(sizes[sizes.length - 1 - i]) : 0);
        }
    }

    /** The struct {@code Strides}. */
    public static void putStrides(Words words, long[] strides) {
        putStrides(words, MOST, strides);
    }

    /** The same of another length. */
    public static void putStrides(Words words, int most, long[] strides) {
        for (int i = 0; i < most; i++) {
            words.put(i < strides.length ? strides[strides.length - 1 - i] : 0);
        }
    }
}
