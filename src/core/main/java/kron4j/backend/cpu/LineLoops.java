package kron4j.backend.cpu;

import java.nio.ByteBuffer;

/** Loops over lines of float32 in memory, {@code LineMemoryVectorLoops}. */
interface LineLoops {
    /** What a loop does with x, y and the result z; p, q and r are numbers. */
    enum Step {
        /** The largest of each lane of x; NaN does not count. */
        LARGEST,
        /** {@code z = exp(x - p)} for p from the largest on, and the sum of each lane. */
        EXPONENTIALS,
        /** {@code z = p x}. */
        SCALE,
        /** {@code z = x - p - q}. */
        SHIFT,
        /** The sum of each lane of x. */
        SUM,
        /** The sum of each lane of {@code x y}. */
        PRODUCTS,
        /** {@code z = y (x - p)}. */
        SOFTMAX_SLOPES,
        /** {@code z = x - p exp(y)} for y up to 0. */
        LOG_SOFTMAX_SLOPES,
        /** {@code z = p exp(x)} for x up to 0. */
        SCALED_EXP,
        /** {@code z = (x - p) q + r}. */
        STANDARDIZE
    }

    /** Bytes of a vector. */
    int width();

    /** The memory of a direct buffer, as {@link #run} takes it. */
    Object show(ByteBuffer buffer);

    /** Runs a loop for so many bytes, whole vectors, from byte positions on; what it does not use may be null. Returns lanes, or null. */
    float[] run(
            Step step,
            Object x,
            long atX,
            Object y,
            long atY,
            Object z,
            long atZ,
            long bytes,
            float p,
            float q,
            float r);
}
