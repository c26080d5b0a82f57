package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import kron4j.DType;
import kron4j.backend.BinaryOp;

/** Loops over {@link MemoryVectors}, each {@link Alone}, that read a vector of a row once for four rows of the result. */
final class RowVectorLoops {
    /** Rows of the result that a loop takes at a time. */
    static final int ROWS = 4;

    private static final MethodType OUTER = MethodType.methodType(
            void.class,
            double[].class,
            int.class,
            Object.class,
            long.class,
            Object.class,
            long.class,
            long.class,
            long.class);
    private static final MethodType SHARED = MethodType.methodType(
            void.class,
            int.class,
            Object.class,
            long.class,
            long.class,
            Object.class,
            long.class,
            Object.class,
            long.class,
            long.class,
            long.class);

    private final Map<DType, MethodHandle> outers = new EnumMap<>(
            Map.of(DType.FLOAT32, outer(FloatRowVectors.class), DType.FLOAT64, outer(DoubleRowVectors.class)));
    private final Map<DType, Map<BinaryOp, MethodHandle>> shared = new EnumMap<>(Map.of(
            DType.FLOAT32, shared(FloatRowVectors.class),
            DType.FLOAT64, shared(DoubleRowVectors.class)));

    private static MethodHandle outer(Class<?> loops) {
        return Alone.loop(loops, "outer", OUTER);
    }

    private static Map<BinaryOp, MethodHandle> shared(Class<?> loops) {
        return new EnumMap<>(Map.of(
                BinaryOp.ADD, Alone.loop(loops, "add", SHARED),
                BinaryOp.SUBTRACT, Alone.loop(loops, "subtract", SHARED),
                BinaryOp.MULTIPLY, Alone.loop(loops, "multiply", SHARED)));
    }

    /** The products of the first numbers, a multiple of four, and a row. */
    void outer(DType dtype, double[] numbers, int count, Object x, long atX, Object z, long atZ, long stepZ, long n) {
        try {
            outers.get(dtype).invokeExact(numbers, count, x, atX, z, atZ, stepZ, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    boolean has(BinaryOp op, DType dtype) {
        return shared.getOrDefault(dtype, Map.of()).containsKey(op);
    }

    /** {@code z = op(x, y)} for so many rows, a multiple of four, of x and z, and one row y. */
    void run(
            BinaryOp op,
            DType dtype,
            int count,
            Object x,
            long atX,
            long stepX,
            Object y,
            long atY,
            Object z,
            long atZ,
            long stepZ,
            long bytes) {
        try {
            shared.get(dtype).get(op).invokeExact(count, x, atX, stepX, y, atY, z, atZ, stepZ, bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }
}
