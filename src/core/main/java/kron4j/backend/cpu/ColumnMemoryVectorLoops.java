package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.GT;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import kron4j.backend.cpu.LineLoops.Step;

/** Loops over {@link MemoryVectors}, each {@link Alone}, which all have the same parameters. */
final class ColumnMemoryVectorLoops implements ColumnLoops {
    private static final int LANES = FloatVectors.SPECIES.length();
    private static final MethodType TYPE = MethodType.methodType(
            void.class,
            Object.class,
            long.class,
            Object.class,
            long.class,
            Object.class,
            long.class,
            float[].class,
            float[].class,
            int.class);

    private final Map<Step, MethodHandle> loops = new EnumMap<>(Step.class);

    ColumnMemoryVectorLoops() {
        put(Step.LARGEST, "largest");
        put(Step.EXPONENTIALS, "exponentials");
        put(Step.SCALE, "scale");
        put(Step.SHIFT, "shift");
        put(Step.SUM, "sum");
        put(Step.PRODUCTS, "products");
        put(Step.SOFTMAX_SLOPES, "softmaxSlopes");
        put(Step.LOG_SOFTMAX_SLOPES, "logSoftmaxSlopes");
    }

    private void put(Step step, String name) {
        loops.put(step, Alone.loop(ColumnMemoryVectorLoops.class, name, TYPE));
    }

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public Object show(ByteBuffer buffer) {
        return MemoryVectors.show(buffer);
    }

    @Override
    public void run(
            Step step, Object x, long atX, Object y, long atY, Object z, long atZ, float[] p, float[] q, int columns) {
        try {
            loops.get(step).invokeExact(x, atX, y, atY, z, atZ, p, q, columns);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    static void largest(Object x, long i, Object y, long j, Object z, long k, float[] p, float[] q, int n) {
        for (int c = 0; c < n; c += LANES) {
            FloatVector v = floats(x, i + 4L * c);
            FloatVector most = at(p, c);
            most.blend(v, v.compare(GT, most)).intoArray(p, c);
        }
    }

    static void exponentials(Object x, long i, Object y, long j, Object z, long k, float[] p, float[] q, int n) {
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
        for (int c = 0; c < n; c += LANES) {
            FloatVector v = floats(x, i + 4L * c).sub(at(p, c));
            FloatVector e = FloatVectors.expOfNegative(v, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);
            at(q, c).add(e).intoArray(q, c);
            store(e, z, k + 4L * c);
        }
    }

    static void scale(Object x, long i, Object y, long j, Object z, long k, float[] p, float[] q, int n) {
        for (int c = 0; c < n; c += LANES) {
            store(floats(x, i + 4L * c).mul(at(p, c)), z, k + 4L * c);
        }
    }

    static void shift(Object x, long i, Object y, long j, Object z, long k, float[] p, float[] q, int n) {
        for (int c = 0; c < n; c += LANES) {
            store(floats(x, i + 4L * c).sub(at(p, c)).sub(at(q, c)), z, k + 4L * c);
        }
    }

    static void sum(Object x, long i, Object y, long j, Object z, long k, float[] p, float[] q, int n) {
        for (int c = 0; c < n; c += LANES) {
            at(q, c).add(floats(x, i + 4L * c)).intoArray(q, c);
        }
    }

    static void products(Object x, long i, Object y, long j, Object z, long k, float[] p, float[] q, int n) {
        for (int c = 0; c < n; c += LANES) {
            floats(x, i + 4L * c).fma(floats(y, j + 4L * c), at(q, c)).intoArray(q, c);
        }
    }

    static void softmaxSlopes(Object x, long i, Object y, long j, Object z, long k, float[] p, float[] q, int n) {
        for (int c = 0; c < n; c += LANES) {
            FloatVector slope = floats(x, i + 4L * c).sub(at(p, c));
            store(floats(y, j + 4L * c).mul(slope), z, k + 4L * c);
        }
    }

    static void logSoftmaxSlopes(Object x, long i, Object y, long j, Object z, long k, float[] p, float[] q, int n) {
        for (int c = 0; c < n; c += LANES) {
            FloatVector e = FloatVectors.expOfNegative(floats(y, j + 4L * c));
            store(floats(x, i + 4L * c).sub(e.mul(at(p, c))), z, k + 4L * c);
        }
    }
}
