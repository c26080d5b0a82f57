package kron4j.backend.cuda.card;

/** Words of an iteration space and of where an operand's elements lie: the structs {@code Axes} and {@code Strides} of k4j.cuh. */
public final class Axes {
    /** Axes that most kernels take. */
    public static final int MOST = 16;

    private Axes() {}

    /**
     * The word by which {@code divide()} divides by a size; 0 if it has no divisor because it is 0 or from 2^31 on.
     */
    // T. Granlund, P. L. Montgomery: Division by invariant integers using multiplication, PLDI 1994.
    public static long divisor(long size) {
        if (size <= 0 || size > Integer.MAX_VALUE) {
            return 0;
        }
        int shift = size == 1 ? 0 : 64 - Long.numberOfLeadingZeros(size - 1);
        return (long) shift << 32 | ((((1L << shift) - size) << 32) / size + 1);
    }

    /** The struct {@code Axes} of so many elements as the sizes (outermost first) say, and the struct {@code Strides} of each operand. */
    public static void put(Words words, long[] sizes, long[]... strides) {
        long count = 1;
        for (long size : sizes) {
            count *= size;
        }
        put(words, MOST, count, sizes, strides);
    }

    /** The same structs of another length, and with another number of elements. */
    public static void put(Words words, int most, long count, long[] sizes, long[]... strides) {
        words.put((long) sizes.length).put(count);
        putReversed(words, most, sizes);
        for (int i = 0; i < most; i++) {
            words.put(i < sizes.length ? divisor(sizes[sizes.length - 1 - i]) : 0);
        }
        for (long[] each : strides) {
            putReversed(words, most, each);
        }
    }

    /** The struct {@code Strides}. */
    public static void putStrides(Words words, long[] strides) {
        putReversed(words, MOST, strides);
    }

    /** The struct of another length. */
    public static void putStrides(Words words, int most, long[] strides) {
        putReversed(words, most, strides);
    }

    private static void putReversed(Words words, int most, long[] values) {
        for (int i = 0; i < most; i++) {
            words.put(i < values.length ? values[values.length - 1 - i] : 0);
        }
    }
}
