package kron4j.backend.cpu;

import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.doubles;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
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
            Map.of(DType.FLOAT32, handle("outerFloats", OUTER), DType.FLOAT64, handle("outerDoubles", OUTER)));
    private final Map<DType, Map<BinaryOp, MethodHandle>> shared = new EnumMap<>(Map.of(
            DType.FLOAT32, shared("Floats"),
            DType.FLOAT64, shared("Doubles")));

    private static MethodHandle handle(String name, MethodType type) {
        return Alone.loop(RowVectorLoops.class, name, type);
    }

    private static Map<BinaryOp, MethodHandle> shared(String kind) {
        return new EnumMap<>(Map.of(
                BinaryOp.ADD, handle("add" + kind, SHARED),
                BinaryOp.SUBTRACT, handle("subtract" + kind, SHARED),
                BinaryOp.MULTIPLY, handle("multiply" + kind, SHARED)));
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

    static void outerFloats(double[] numbers, int count, Object x, long i, Object z, long k, long step, long end) {
        for (int r = 0; r < count; r += ROWS) {
            FloatVector c0 = PairVectors.all((float) numbers[r]);
            FloatVector c1 = PairVectors.all((float) numbers[r + 1]);
            FloatVector c2 = PairVectors.all((float) numbers[r + 2]);
            FloatVector c3 = PairVectors.all((float) numbers[r + 3]);
            long to = k + r * step;
            for (long e = 0; e < end; e += BYTES) {
                FloatVector v = floats(x, i + e);
                store(v.mul(c0), z, to + e);
                store(v.mul(c1), z, to + step + e);
                store(v.mul(c2), z, to + 2 * step + e);
                store(v.mul(c3), z, to + 3 * step + e);
            }
        }
    }

    static void addFloats(
            int count, Object x, long i, long step, Object y, long j, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < count; r += ROWS) {
            long from = i + r * step;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                FloatVector v = floats(y, j + e);
                store(floats(x, from + e).add(v), z, to + e);
                store(floats(x, from + step + e).add(v), z, to + stepZ + e);
                store(floats(x, from + 2 * step + e).add(v), z, to + 2 * stepZ + e);
                store(floats(x, from + 3 * step + e).add(v), z, to + 3 * stepZ + e);
            }
        }
    }

    static void subtractFloats(
            int count, Object x, long i, long step, Object y, long j, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < count; r += ROWS) {
            long from = i + r * step;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                FloatVector v = floats(y, j + e);
                store(floats(x, from + e).sub(v), z, to + e);
                store(floats(x, from + step + e).sub(v), z, to + stepZ + e);
                store(floats(x, from + 2 * step + e).sub(v), z, to + 2 * stepZ + e);
                store(floats(x, from + 3 * step + e).sub(v), z, to + 3 * stepZ + e);
            }
        }
    }

    static void multiplyFloats(
            int count, Object x, long i, long step, Object y, long j, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < count; r += ROWS) {
            long from = i + r * step;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                FloatVector v = floats(y, j + e);
                store(floats(x, from + e).mul(v), z, to + e);
                store(floats(x, from + step + e).mul(v), z, to + stepZ + e);
                store(floats(x, from + 2 * step + e).mul(v), z, to + 2 * stepZ + e);
                store(floats(x, from + 3 * step + e).mul(v), z, to + 3 * stepZ + e);
            }
        }
    }

    static void outerDoubles(double[] numbers, int count, Object x, long i, Object z, long k, long step, long end) {
        for (int r = 0; r < count; r += ROWS) {
            DoubleVector c0 = PairVectors.all(numbers[r]);
            DoubleVector c1 = PairVectors.all(numbers[r + 1]);
            DoubleVector c2 = PairVectors.all(numbers[r + 2]);
            DoubleVector c3 = PairVectors.all(numbers[r + 3]);
            long to = k + r * step;
            for (long e = 0; e < end; e += BYTES) {
                DoubleVector v = doubles(x, i + e);
                store(v.mul(c0), z, to + e);
                store(v.mul(c1), z, to + step + e);
                store(v.mul(c2), z, to + 2 * step + e);
                store(v.mul(c3), z, to + 3 * step + e);
            }
        }
    }

    static void addDoubles(
            int count, Object x, long i, long step, Object y, long j, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < count; r += ROWS) {
            long from = i + r * step;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                DoubleVector v = doubles(y, j + e);
                store(doubles(x, from + e).add(v), z, to + e);
                store(doubles(x, from + step + e).add(v), z, to + stepZ + e);
                store(doubles(x, from + 2 * step + e).add(v), z, to + 2 * stepZ + e);
                store(doubles(x, from + 3 * step + e).add(v), z, to + 3 * stepZ + e);
            }
        }
    }

    static void subtractDoubles(
            int count, Object x, long i, long step, Object y, long j, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < count; r += ROWS) {
            long from = i + r * step;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                DoubleVector v = doubles(y, j + e);
                store(doubles(x, from + e).sub(v), z, to + e);
                store(doubles(x, from + step + e).sub(v), z, to + stepZ + e);
                store(doubles(x, from + 2 * step + e).sub(v), z, to + 2 * stepZ + e);
                store(doubles(x, from + 3 * step + e).sub(v), z, to + 3 * stepZ + e);
            }
        }
    }

    static void multiplyDoubles(
            int count, Object x, long i, long step, Object y, long j, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < count; r += ROWS) {
            long from = i + r * step;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                DoubleVector v = doubles(y, j + e);
                store(doubles(x, from + e).mul(v), z, to + e);
                store(doubles(x, from + step + e).mul(v), z, to + stepZ + e);
                store(doubles(x, from + 2 * step + e).mul(v), z, to + 2 * stepZ + e);
                store(doubles(x, from + 3 * step + e).mul(v), z, to + 3 * stepZ + e);
            }
        }
    }
}
