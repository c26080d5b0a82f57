package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.F2D;
import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.fewFloats;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/** The loops of {@link NormVectors} over {@link MemoryVectors}: lines are whole vectors. */
final class NormMemoryVectorLoops extends NormVectors {
    private static final int LANES = FloatVectors.SPECIES.length();
    private static final int DOUBLES = DoubleVectors.SPECIES.length();
    private static final Class<?> MEMORY = Object.class;
    private static final Class<?> PLACE = long.class;
    private static final Class<?> ARRAY = float[].class;

    private final MethodHandle sums =
            loop("sumsOf", MethodType.methodType(void.class, MEMORY, PLACE, PLACE, double.class, double[].class));
    private final MethodHandle moments = loop(
            "momentsOf",
            MethodType.methodType(void.class, MEMORY, PLACE, ARRAY, float.class, int.class, int.class, ARRAY));
    private final MethodHandle normalize =
            loop("normalized", MethodType.methodType(void.class, ARRAY, ARRAY, ARRAY, ARRAY, MEMORY, PLACE, int.class));
    private final MethodHandle normalizeChannel = loop(
            "normalizedChannel",
            MethodType.methodType(
                    void.class, MEMORY, PLACE, ARRAY, float.class, float.class, MEMORY, PLACE, long.class));
    private final MethodHandle weigh = loop(
            "weighed",
            MethodType.methodType(
                    ARRAY, MEMORY, PLACE, ARRAY, MEMORY, PLACE, ARRAY, ARRAY, ARRAY, int.class, int.class));
    private final MethodHandle products =
            loop("productsOf", MethodType.methodType(ARRAY, MEMORY, PLACE, ARRAY, MEMORY, PLACE, int.class, int.class));
    private final MethodHandle slopes = loop(
            "slopesOf",
            MethodType.methodType(
                    void.class,
                    MEMORY,
                    PLACE,
                    ARRAY,
                    MEMORY,
                    PLACE,
                    ARRAY,
                    float.class,
                    float.class,
                    MEMORY,
                    PLACE,
                    int.class));
    private final MethodHandle slopesOfChannel = loop(
            "slopesOfChannel",
            MethodType.methodType(
                    void.class,
                    MEMORY,
                    PLACE,
                    ARRAY,
                    MEMORY,
                    PLACE,
                    float.class,
                    float.class,
                    float.class,
                    MEMORY,
                    PLACE,
                    long.class));

    private static MethodHandle loop(String name, MethodType type) {
        return Alone.loop(NormMemoryVectorLoops.class, name, type);
    }

    @Override
    public Object show(ByteBuffer buffer) {
        return MemoryVectors.show(buffer);
    }

    @Override
    public void sums(NormLine x, double shift, double[] lanes) {
        try {
            sums.invokeExact(x.memory, x.at, (long) x.length * Float.BYTES, shift, lanes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void moments(NormLine x, float shift, int from, int n, float[] lanes) {
        try {
            moments.invokeExact(x.memory, x.at, x.copy, shift, from, n, lanes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void normalize(NormLine x, float[] by, float[] w, float[] b, NormLine y) {
        try {
            normalize.invokeExact(x.copy, by, w, b, y.memory, y.at, x.length);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void normalize(NormLine x, float[] by, float w, float b, NormLine y) {
        try {
            normalizeChannel.invokeExact(x.memory, x.at, by, w, b, y.memory, y.at, (long) x.length * Float.BYTES);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public float[] weigh(NormLine x, float[] by, NormLine g, float[] w, float[] ofW, float[] ofB, int from, int n) {
        try {
            return (float[]) weigh.invokeExact(x.memory, x.at, by, g.memory, g.at, w, ofW, ofB, from, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public float[] products(NormLine x, float[] by, NormLine g, int from, int n) {
        try {
            return (float[]) products.invokeExact(x.memory, x.at, by, g.memory, g.at, from, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void slopes(NormLine x, float[] by, NormLine g, float[] w, float ofProducts, float ofSum, NormLine ofX) {
        try {
            slopes.invokeExact(x.memory, x.at, by, g.memory, g.at, w, ofProducts, ofSum, ofX.memory, ofX.at, x.length);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void slopes(NormLine x, float[] by, NormLine g, float w, float ofProducts, float ofSum, NormLine ofX) {
        long bytes = (long) x.length * Float.BYTES;
        try {
            slopesOfChannel.invokeExact(
                    x.memory, x.at, by, g.memory, g.at, w, ofProducts, ofSum, ofX.memory, ofX.at, bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static DoubleVector doubles(Object x, long at) {
        return (DoubleVector) fewFloats(x, at).convertShape(F2D, DoubleVectors.SPECIES, 0);
    }

    static void sumsOf(Object x, long i, long bytes, double shift, double[] lanes) {
        DoubleVector from = DoubleVector.broadcast(DoubleVectors.SPECIES, shift);
        DoubleVector first = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        DoubleVector second = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        DoubleVector firstSquares = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        DoubleVector secondSquares = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        for (long k = 0; k < bytes; k += BYTES) {
            DoubleVector d = doubles(x, i + k).sub(from);
            DoubleVector e = doubles(x, i + k + BYTES / 2).sub(from);
            first = first.add(d);
            second = second.add(e);
            firstSquares = d.fma(d, firstSquares);
            secondSquares = e.fma(e, secondSquares);
        }
        first.add(second).intoArray(lanes, 0);
        firstSquares.add(secondSquares).intoArray(lanes, DOUBLES);
    }

    static void momentsOf(Object x, long i, float[] copy, float shift, int from, int n, float[] lanes) {
        FloatVector mean = all(shift);
        FloatVector sum = all(0);
        FloatVector squares = all(0);
        for (int e = from; e < from + n; e += LANES) {
            FloatVector v = floats(x, i + 4L * e);
            FloatVector d = v.sub(mean);
            sum = sum.add(d);
            squares = d.fma(d, squares);
            v.intoArray(copy, e);
        }
        sum.intoArray(lanes, 0);
        squares.intoArray(lanes, LANES);
    }

    static void normalized(float[] x, float[] by, float[] w, float[] b, Object y, long k, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        for (int e = 0; e < n; e += LANES) {
            FloatVector z = at(x, e).sub(mean).sub(rest).mul(factor);
            store(z.mul(at(w, e)).add(at(b, e)), y, k + 4L * e);
        }
    }

    static void normalizedChannel(Object x, long i, float[] by, float w, float b, Object y, long k, long bytes) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        FloatVector weight = all(w);
        FloatVector bias = all(b);
        for (long e = 0; e < bytes; e += BYTES) {
            FloatVector z = floats(x, i + e).sub(mean).sub(rest).mul(factor);
            store(z.mul(weight).add(bias), y, k + e);
        }
    }

    static float[] weighed(
            Object x, long i, float[] by, Object g, long j, float[] w, float[] ofW, float[] ofB, int from, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        FloatVector sum = all(0);
        FloatVector products = all(0);
        for (int e = from; e < from + n; e += LANES) {
            FloatVector standard = floats(x, i + 4L * e).sub(mean).sub(rest).mul(factor);
            FloatVector slope = floats(g, j + 4L * e);
            FloatVector weighted = slope.mul(at(w, e));
            sum = sum.add(weighted);
            products = weighted.fma(standard, products);
            FloatVector ofBias = at(ofB, e).add(slope);
            slope.fma(standard, at(ofW, e)).intoArray(ofW, e);
            ofBias.intoArray(ofB, e);
        }
        return both(sum, products);
    }

    static float[] productsOf(Object x, long i, float[] by, Object g, long j, int from, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        FloatVector sum = all(0);
        FloatVector products = all(0);
        for (int e = from; e < from + n; e += LANES) {
            FloatVector slope = floats(g, j + 4L * e);
            sum = sum.add(slope);
            products = floats(x, i + 4L * e).sub(mean).sub(rest).mul(factor).fma(slope, products);
        }
        return both(sum, products);
    }

    static void slopesOf(
            Object x,
            long i,
            float[] by,
            Object g,
            long j,
            float[] w,
            float ofProducts,
            float ofSum,
            Object z,
            long k,
            int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        FloatVector first = all(-ofProducts);
        FloatVector second = all(ofSum);
        for (int e = 0; e < n; e += LANES) {
            FloatVector standard = floats(x, i + 4L * e).sub(mean).sub(rest).mul(factor);
            FloatVector weighted = floats(g, j + 4L * e).mul(at(w, e));
            store(standard.fma(first, weighted).sub(second).mul(factor), z, k + 4L * e);
        }
    }

    static void slopesOfChannel(
            Object x,
            long i,
            float[] by,
            Object g,
            long j,
            float w,
            float ofProducts,
            float ofSum,
            Object z,
            long k,
            long bytes) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        FloatVector weight = all(w);
        FloatVector first = all(-ofProducts);
        FloatVector second = all(ofSum);
        for (long e = 0; e < bytes; e += BYTES) {
            FloatVector standard = floats(x, i + e).sub(mean).sub(rest).mul(factor);
            FloatVector weighted = floats(g, j + e).mul(weight);
            store(standard.fma(first, weighted).sub(second).mul(factor), z, k + e);
        }
    }
}
