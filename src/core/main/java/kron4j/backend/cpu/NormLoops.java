package kron4j.backend.cpu;

import java.nio.ByteBuffer;

/**
 * Loops over lines of float32 that are normalized, by vectors: in memory, {@code NormMemoryVectorLoops}, or over copies on the heap, {@code NormVectors}.
 */
interface NormLoops {
    /** The memory of a direct buffer, as loops take it; null if they take copies. */
    Object show(ByteBuffer buffer);

    /** Sums of {@code x - shift} and of its squares by lanes, one after the other; up to the end of the last vector. */
    void sums(NormLine x, double shift, double[] lanes);

    /** Sums of {@code x - shift} of n elements from one on, by lanes, and behind them those of its squares; up to the end of the last two vectors. Leaves the elements in the copy. */
    void moments(NormLine x, float shift, int from, int n, float[] lanes);

    /** {@code y = (x - by[0] - by[1]) by[2] w + b}, with x in the line's copy. */
    void normalize(NormLine x, float[] by, float[] w, float[] b, NormLine y);

    /** The same with one weight and one bias. */
    void normalize(NormLine x, float[] by, float w, float b, NormLine y);

    /**
     * With {@code z = (x - by[0] - by[1]) by[2]} adds {@code g z} to ofW and g to ofB, and returns the sums of {@code g w}, by lanes, and behind them those of {@code g w z}: of n
     * elements from one on.
     */
    float[] weigh(NormLine x, float[] by, NormLine g, float[] w, float[] ofW, float[] ofB, int from, int n);

    /** As {@link #weigh}, the sums of g and of {@code g z}. */
    float[] products(NormLine x, float[] by, NormLine g, int from, int n);

    /** {@code ofX = (g w - ofProducts z - ofSum) by[2]}, with z as before. */
    void slopes(NormLine x, float[] by, NormLine g, float[] w, float ofProducts, float ofSum, NormLine ofX);

    /** The same with one weight. */
    void slopes(NormLine x, float[] by, NormLine g, float w, float ofProducts, float ofSum, NormLine ofX);
}
