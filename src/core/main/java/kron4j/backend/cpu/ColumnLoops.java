package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.backend.cpu.LineLoops.Step;

/** Loops over rows of float32 in memory, which do for columns what {@link LineLoops} do for lines, {@code ColumnMemoryVectorLoops}. */
interface ColumnLoops {
    /** Elements of a vector. */
    int lanes();

    /** The memory of a direct buffer, as {@link #run} takes it. */
    Object show(ByteBuffer buffer);

    /**
     * Runs a step for the elements of a row, whole vectors, from byte positions on, with numbers p and q of each column: {@link Step#LARGEST} is written to p, sums are added
     * to q. What a step does not use may be null.
     */
    void run(Step step, Object x, long atX, Object y, long atY, Object z, long atZ, float[] p, float[] q, int columns);
}
