package kron4j.bench.peer;

/**
 * An operand, whose every element is computed from its position alone: the same numbers for every peer, in Java and Python, and nothing to send. They
 * have 24 bits, so that float32 and float64 hold the same.
 *
 * @param seed another one for each operand
 * @param shape sizes of the axes
 * @param kind which matrices
 * @param scale a factor, a power of two
 */
public record Input(long seed, long[] shape, Kind kind, double scale) {
    /** What the elements are. */
    public enum Kind {
        /** Uniform in [-1, 1). */
        UNIFORM,
        /** Uniform below the diagonal, the same above. */
        SYMMETRIC,
        /** As symmetric, and so large a diagonal that the matrix is positive definite. */
        POSITIVE
    }

    /** Number of elements. */
    public int size() {
        long size = 1;
        for (long n : shape) {
            size *= n;
        }
        return Math.toIntExact(size);
    }

    /** The element at a position in row-major order. */
    public double at(long position) {
        if (kind == Kind.UNIFORM) {
            return scale * uniform(position);
        }
        long n = shape[0];
        long i = position / n;
        long j = position % n;
        if (i == j && kind == Kind.POSITIVE) {
            return scale * n;
        }
        return scale * uniform(Math.max(i, j) * n + Math.min(i, j));
    }

    /** SplitMix64 of position and seed, its upper 24 bits. */
    private double uniform(long position) {
        long z = ((seed << 40) + position + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return ((z ^ (z >>> 31)) >>> 40) * 0x1p-23 - 1;
    }

    /** All elements. */
    public double[] doubles() {
        double[] values = new double[size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = at(i);
        }
        return values;
    }

    /** All elements. */
    public float[] floats() {
        float[] values = new float[size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) at(i);
        }
        return values;
    }
}
