package kron4j.backend.cpu;

import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.ints;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** Loops over {@link MemoryVectors}, each {@link Alone}, which all have the same parameters. */
final class LineMemoryVectorLoops implements LineLoops {
    private static final MethodType TYPE = MethodType.methodType(
            float[].class,
            Object.class,
            long.class,
            Object.class,
            long.class,
            Object.class,
            long.class,
            long.class,
            float.class,
            float.class,
            float.class);

    private final Map<Step, MethodHandle> loops = new EnumMap<>(Step.class);

    LineMemoryVectorLoops() {
        loops.put(Step.LARGEST, Alone.loop(LineMemoryVectorLoops.class, "largest", TYPE));
        loops.put(Step.EXPONENTIALS, Alone.loop(LineMemoryVectorLoops.class, "exponentials", TYPE));
        loops.put(Step.SCALE, Alone.loop(LineMemoryVectorLoops.class, "scale", TYPE));
        loops.put(Step.SHIFT, Alone.loop(LineMemoryVectorLoops.class, "shift", TYPE));
        loops.put(Step.SUM, Alone.loop(LineMemoryVectorLoops.class, "sum", TYPE));
        loops.put(Step.PRODUCTS, Alone.loop(LineMemoryVectorLoops.class, "products", TYPE));
        loops.put(Step.SOFTMAX_SLOPES, Alone.loop(LineMemoryVectorLoops.class, "softmaxSlopes", TYPE));
        loops.put(Step.LOG_SOFTMAX_SLOPES, Alone.loop(LineMemoryVectorLoops.class, "logSoftmaxSlopes", TYPE));
        loops.put(Step.SCALED_EXP, Alone.loop(LineMemoryVectorLoops.class, "scaledExp", TYPE));
        loops.put(Step.STANDARDIZE, Alone.loop(LineMemoryVectorLoops.class, "standardize", TYPE));
    }

    @Override
    public int width() {
        return BYTES;
    }

    @Override
    public Object show(ByteBuffer buffer) {
        return MemoryVectors.show(buffer);
    }

    @Override
    public float[] run(
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
            float r) {
        try {
            return (float[]) loops.get(step).invokeExact(x, atX, y, atY, z, atZ, bytes, p, q, r);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    static float[] largest(Object x, long i, Object y, long j, Object z, long k, long end, float p, float q, float r) {
        IntVector even = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        IntVector odd = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        long e = 0;
        for (; e <= end - 2L * BYTES; e += 2L * BYTES) {
            even = even.max(FoldMemoryVectorLoops.keys(ints(x, i + e)));
            odd = odd.max(FoldMemoryVectorLoops.keys(ints(x, i + e + BYTES)));
        }
        for (; e < end; e += BYTES) {
            even = even.max(FoldMemoryVectorLoops.keys(ints(x, i + e)));
        }
        return FoldMemoryVectorLoops.keys(even.max(odd)).reinterpretAsFloats().toArray();
    }

    static float[] exponentials(
            Object x, long i, Object y, long j, Object z, long k, long end, float p, float q, float r) {
        FloatVector by = all(p);
        FloatVector c0 = FloatVectors.constant(0);
        FloatVector c1 = FloatVectors.constant(1);
        FloatVector c2 = FloatVectors.constant(2);
        FloatVector c3 = FloatVectors.constant(3);
        FloatVector c4 = FloatVectors.constant(4);
        FloatVector c5 = FloatVectors.constant(5);
        FloatVector c6 = FloatVectors.constant(6);
        FloatVector c7 = FloatVectors.constant(7);
        FloatVector c8 = FloatVectors.constant(8);
        FloatVector c9 = FloatVectors.constant(9);
        FloatVector c10 = FloatVectors.constant(10);
        FloatVector sums = all(0);
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v =
                    FloatVectors.expOfNegative(floats(x, i + e).sub(by), c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);
            store(v, z, k + e);
            sums = sums.add(v);
        }
        return sums.toArray();
    }

    static float[] scale(Object x, long i, Object y, long j, Object z, long k, long end, float p, float q, float r) {
        FloatVector by = all(p);
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).mul(by), z, k + e);
        }
        return null;
    }

    static float[] shift(Object x, long i, Object y, long j, Object z, long k, long end, float p, float q, float r) {
        FloatVector first = all(p);
        FloatVector second = all(q);
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).sub(first).sub(second), z, k + e);
        }
        return null;
    }

    static float[] sum(Object x, long i, Object y, long j, Object z, long k, long end, float p, float q, float r) {
        FloatVector sums = all(0);
        for (long e = 0; e < end; e += BYTES) {
            sums = sums.add(floats(x, i + e));
        }
        return sums.toArray();
    }

    static float[] products(Object x, long i, Object y, long j, Object z, long k, long end, float p, float q, float r) {
        FloatVector sums = all(0);
        for (long e = 0; e < end; e += BYTES) {
            sums = floats(x, i + e).fma(floats(y, j + e), sums);
        }
        return sums.toArray();
    }

    static float[] softmaxSlopes(
            Object x, long i, Object y, long j, Object z, long k, long end, float p, float q, float r) {
        FloatVector by = all(p);
        for (long e = 0; e < end; e += BYTES) {
            store(floats(y, j + e).mul(floats(x, i + e).sub(by)), z, k + e);
        }
        return null;
    }

    static float[] logSoftmaxSlopes(
            Object x, long i, Object y, long j, Object z, long k, long end, float p, float q, float r) {
        FloatVector by = all(-p);
        for (long e = 0; e < end; e += BYTES) {
            store(FloatVectors.expOfNegative(floats(y, j + e)).fma(by, floats(x, i + e)), z, k + e);
        }
        return null;
    }

    static float[] scaledExp(
            Object x, long i, Object y, long j, Object z, long k, long end, float p, float q, float r) {
        FloatVector by = all(p);
        for (long e = 0; e < end; e += BYTES) {
            store(FloatVectors.expOfNegative(floats(x, i + e)).mul(by), z, k + e);
        }
        return null;
    }

    static float[] standardize(
            Object x, long i, Object y, long j, Object z, long k, long end, float p, float q, float r) {
        FloatVector mean = all(p);
        FloatVector factor = all(q);
        FloatVector bias = all(r);
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).sub(mean).mul(factor).add(bias), z, k + e);
        }
        return null;
    }
}
