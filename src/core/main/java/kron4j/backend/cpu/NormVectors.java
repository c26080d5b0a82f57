package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/** Loops of {@link LineNorms} over copies of lines, each {@link Alone}; lanes are summed by it, in an order that the JIT does not choose. */
class NormVectors implements NormLoops {
    private static final int LANES = FloatVectors.SPECIES.length();
    private static final int DOUBLES = DoubleVectors.SPECIES.length();

    private final MethodHandle sums =
            loop("sumsOf", MethodType.methodType(void.class, float[].class, double.class, int.class, double[].class));
    private final MethodHandle moments = loop(
            "momentsOf",
            MethodType.methodType(void.class, float[].class, float.class, int.class, int.class, float[].class));
    private final MethodHandle normalize = loop(
            "normalized",
            MethodType.methodType(
                    void.class, float[].class, float[].class, float[].class, float[].class, float[].class, int.class));
    private final MethodHandle normalizeChannel = loop(
            "normalizedChannel",
            MethodType.methodType(
                    void.class, float[].class, float[].class, float.class, float.class, float[].class, int.class));
    private final MethodHandle weigh = loop(
            "weighed",
            MethodType.methodType(
                    float[].class,
                    float[].class,
                    float[].class,
                    float[].class,
                    float[].class,
                    float[].class,
                    float[].class,
                    int.class,
                    int.class));
    private final MethodHandle products = loop(
            "productsOf",
            MethodType.methodType(float[].class, float[].class, float[].class, float[].class, int.class, int.class));
    private final MethodHandle slopes = loop(
            "slopesOf",
            MethodType.methodType(
                    void.class,
                    float[].class,
                    float[].class,
                    float[].class,
                    float[].class,
                    float.class,
                    float.class,
                    float[].class,
                    int.class));
    private final MethodHandle slopesOfChannel = loop(
            "slopesOfChannel",
            MethodType.methodType(
                    void.class,
                    float[].class,
                    float[].class,
                    float[].class,
                    float.class,
                    float.class,
                    float.class,
                    float[].class,
                    int.class));

    private static MethodHandle loop(String name, MethodType type) {
        return Alone.loop(NormVectors.class, name, type);
    }

    @Override
    public Object show(ByteBuffer buffer) {
        return null;
    }

    @Override
    public void sums(NormLine x, double shift, double[] lanes) {
        try {
            sums.invokeExact(x.copy, shift, x.length, lanes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void moments(NormLine x, float shift, int from, int n, float[] lanes) {
        try {
            moments.invokeExact(x.copy, shift, from, n, lanes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void normalize(NormLine x, float[] by, float[] w, float[] b, NormLine y) {
        try {
            normalize.invokeExact(x.copy, by, w, b, y.copy, x.length);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void normalize(NormLine x, float[] by, float w, float b, NormLine y) {
        try {
            normalizeChannel.invokeExact(x.copy, by, w, b, y.copy, x.length);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public float[] weigh(NormLine x, float[] by, NormLine g, float[] w, float[] ofW, float[] ofB, int from, int n) {
        try {
            return (float[]) weigh.invokeExact(x.copy, by, g.copy, w, ofW, ofB, from, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public float[] products(NormLine x, float[] by, NormLine g, int from, int n) {
        try {
            return (float[]) products.invokeExact(x.copy, by, g.copy, from, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void slopes(NormLine x, float[] by, NormLine g, float[] w, float ofProducts, float ofSum, NormLine ofX) {
        try {
            slopes.invokeExact(x.copy, by, g.copy, w, ofProducts, ofSum, ofX.copy, x.length);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public void slopes(NormLine x, float[] by, NormLine g, float w, float ofProducts, float ofSum, NormLine ofX) {
        try {
            slopesOfChannel.invokeExact(x.copy, by, g.copy, w, ofProducts, ofSum, ofX.copy, x.length);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    static void sumsOf(float[] x, double shift, int n, double[] lanes) {
        DoubleVector from = DoubleVector.broadcast(DoubleVectors.SPECIES, shift);
        DoubleVector first = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        DoubleVector second = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        DoubleVector firstSquares = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        DoubleVector secondSquares = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        for (int i = 0; i < n; i += 2 * DOUBLES) {
            DoubleVector d = PairVectors.load(x, i).sub(from);
            DoubleVector e = PairVectors.load(x, i + DOUBLES).sub(from);
            first = first.add(d);
            second = second.add(e);
            firstSquares = d.fma(d, firstSquares);
            secondSquares = e.fma(e, secondSquares);
        }
        first.add(second).intoArray(lanes, 0);
        firstSquares.add(secondSquares).intoArray(lanes, DOUBLES);
    }

    static void momentsOf(float[] x, float shift, int from, int n, float[] lanes) {
        FloatVector mean = all(shift);
        FloatVector first = all(0);
        FloatVector second = all(0);
        FloatVector firstSquares = all(0);
        FloatVector secondSquares = all(0);
        for (int i = from; i < from + n; i += 2 * LANES) {
            FloatVector d = at(x, i).sub(mean);
            FloatVector e = at(x, i + LANES).sub(mean);
            first = first.add(d);
            second = second.add(e);
            firstSquares = d.fma(d, firstSquares);
            secondSquares = e.fma(e, secondSquares);
        }
        first.add(second).intoArray(lanes, 0);
        firstSquares.add(secondSquares).intoArray(lanes, LANES);
    }

    static void normalized(float[] x, float[] by, float[] w, float[] b, float[] y, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        for (int i = 0; i < n; i += LANES) {
            FloatVector z = at(x, i).sub(mean).sub(rest).mul(factor);
            z.mul(at(w, i)).add(at(b, i)).intoArray(y, i);
        }
    }

    static void normalizedChannel(float[] x, float[] by, float w, float b, float[] y, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        FloatVector weight = all(w);
        FloatVector bias = all(b);
        for (int i = 0; i < n; i += LANES) {
            at(x, i).sub(mean).sub(rest).mul(factor).mul(weight).add(bias).intoArray(y, i);
        }
    }

    static float[] weighed(float[] x, float[] by, float[] g, float[] w, float[] ofW, float[] ofB, int from, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        FloatVector sum = all(0);
        FloatVector products = all(0);
        for (int i = from; i < from + n; i += LANES) {
            FloatVector standard = at(x, i).sub(mean).sub(rest).mul(factor);
            FloatVector slope = at(g, i);
            slope.fma(standard, at(ofW, i)).intoArray(ofW, i);
            at(ofB, i).add(slope).intoArray(ofB, i);
            FloatVector weighted = slope.mul(at(w, i));
            sum = sum.add(weighted);
            products = weighted.fma(standard, products);
        }
        return both(sum, products);
    }

    static float[] productsOf(float[] x, float[] by, float[] g, int from, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        FloatVector sum = all(0);
        FloatVector products = all(0);
        for (int i = from; i < from + n; i += LANES) {
            FloatVector slope = at(g, i);
            sum = sum.add(slope);
            products = at(x, i).sub(mean).sub(rest).mul(factor).fma(slope, products);
        }
        return both(sum, products);
    }

    static float[] both(FloatVector first, FloatVector second) {
        float[] lanes = new float[2 * LANES];
        first.intoArray(lanes, 0);
        second.intoArray(lanes, LANES);
        return lanes;
    }

    static void slopesOf(float[] x, float[] by, float[] g, float[] w, float ofProducts, float ofSum, float[] z, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        FloatVector first = all(-ofProducts);
        FloatVector second = all(ofSum);
        for (int i = 0; i < n; i += LANES) {
            FloatVector standard = at(x, i).sub(mean).sub(rest).mul(factor);
            FloatVector weighted = at(g, i).mul(at(w, i));
            standard.fma(first, weighted).sub(second).mul(factor).intoArray(z, i);
        }
    }

    static void slopesOfChannel(
            float[] x, float[] by, float[] g, float w, float ofProducts, float ofSum, float[] z, int n) {
        FloatVector mean = all(by[0]);
        FloatVector rest = all(by[1]);
        FloatVector factor = all(by[2]);
        FloatVector weight = all(w);
        FloatVector first = all(-ofProducts);
        FloatVector second = all(ofSum);
        for (int i = 0; i < n; i += LANES) {
            FloatVector standard = at(x, i).sub(mean).sub(rest).mul(factor);
            FloatVector weighted = at(g, i).mul(weight);
            standard.fma(first, weighted).sub(second).mul(factor).intoArray(z, i);
        }
    }
}
