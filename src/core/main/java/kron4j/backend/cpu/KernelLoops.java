package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.backend.FusedKernel;

/** Loops of {@link FusedKernel}s over float32 from memory to memory, {@code KernelVectorLoops}. */
interface KernelLoops {
    /** Bytes of a vector. */
    int width();

    /** The memory of a direct buffer, as {@link #run} takes it. */
    Object show(ByteBuffer buffer);

    boolean has(FusedKernel kernel);

    /**
     * Runs a loop for so many bytes, whole vectors, from byte positions on: from x to f(x), from x and g to g f'(x), from two tensors to their loss, or from these to the
     * slopes of both; the latter two may have the same place, where those of the first stay.
     *
     * @param factor of the slopes of a loss
     * @return the sums of a loss, one for each lane; else null
     */
    float[] run(FusedKernel kernel, float factor, Object[] memory, long[] at, long bytes);

    /**
     * Makes a step of Adam for so many bytes, whole vectors, from one on, of parameters, gradients, means and mean squares. They begin at the same byte: JDK 17 computes a place of its own for
     * each access of a byte buffer, but where places are equal.
     *
     * @param numbers the decay times the rate, what new values count in both means, the rate, the factor of roots, and epsilon
     */
    void adam(float[] numbers, Object[] memory, int from, int bytes);
}
