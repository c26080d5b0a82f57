package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * Loops on halves from memory to memory by vectors, {@code HalfMemoryVectorLoops}. All take whole vectors ({@link #length} elements) from byte positions on; a result may be an operand at the same place.
 * What returns false has written nothing: there are elements that it cannot compute, NaN mostly.
 */
interface HalfLoops {
    /** Elements of a vector. */
    int length();

    /** The memory of a direct buffer, as the others take it. */
    Object show(ByteBuffer buffer);

    boolean has(UnaryOp op);

    boolean has(Half half, BinaryOp op);

    /** Whether {@code run} on a number has the operation. */
    boolean takesNumber(Half half, BinaryOp op);

    /** {@code z = op(x)}. */
    boolean run(Half half, UnaryOp op, Object x, int atX, Object z, int atZ, int n);

    /** {@code z = op(x, y)}. */
    boolean run(Half half, BinaryOp op, Object x, int atX, Object y, int atY, Object z, int atZ, int n);

    /** {@code z = op(x, y)} of bfloat16 with a finite y that is no divisor 0. */
    void run(BinaryOp op, Object x, int atX, float y, Object z, int atZ, int n);

    /** Whether {@link #sum} can add up the elements. */
    boolean canSum(Half half, Object x, int at, int n);

    /** The sum in float32. */
    float sum(Half half, Object x, int at, int n);
}
