package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.DType;
import kron4j.backend.BinaryOp;

/** Loops that compute from memory to memory by vectors, {@code MemoryVectorLoops}: elements that lie side by side need no tile. */
interface MemoryLoops {
    /** Bytes of a vector. */
    int width();

    boolean has(BinaryOp op, DType dtype);

    /** The memory of a direct buffer, as {@link #run} takes it. */
    Object show(ByteBuffer buffer);

    /** {@code z = op(x, y)} for so many bytes, whole vectors, from byte positions on. The result may be an operand at the same place. */
    void run(BinaryOp op, DType dtype, Object x, long atX, Object y, long atY, Object z, long atZ, long bytes);
}
