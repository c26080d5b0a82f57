package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.MAX;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * Loops of softmax over a line in a tile, compiled one by one ({@link Alone}). The sum is of whole vectors; elements behind these
 * get a vector of their own, of which their part is added. Lanes are added one by one: {@code reduceLanes} has other bits compiled than interpreted on newer JVMs.
 */
final class LineVectorLoops {
    private static final int FLOATS = FloatVectors.SPECIES.length();
    private static final int DOUBLES = DoubleVectors.SPECIES.length();

    private final MethodHandle ofFloats = find(float.class, float[].class);
    private final MethodHandle ofDoubles = find(double.class, double[].class);

    private static MethodHandle find(Class<?> number, Class<?> array) {
        MethodType type = MethodType.methodType(number, array, number, array, int.class, int.class);
        return Alone.loop(LineVectorLoops.class, "exponentials", type);
    }

    /** As {@link Loops#exponentials(float[], float, float[], int, int)}. */
    float run(float[] x, float shift, float[] z, int at, int n) {
        int rest = n % FLOATS;
        try {
            float sum = (float) ofFloats.invokeExact(x, shift, z, at, n);
            if (rest > 0) {
                float ignored = (float) ofFloats.invokeExact(x, shift, z, at + n - rest, FLOATS);
                sum += Folds.sum(z, at + n - rest, rest);
            }
            return sum;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** As {@link Loops#exponentials(double[], double, double[], int, int)}. */
    double run(double[] x, double shift, double[] z, int at, int n) {
        int rest = n % DOUBLES;
        try {
            double sum = (double) ofDoubles.invokeExact(x, shift, z, at, n);
            if (rest > 0) {
                double ignored = (double) ofDoubles.invokeExact(x, shift, z, at + n - rest, DOUBLES);
                sum += Folds.sum(z, at + n - rest, rest);
            }
            return sum;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
    }

    static float exponentials(float[] x, float shift, float[] z, int at, int n) {
        FloatVector by = FloatVector.broadcast(FloatVectors.SPECIES, shift);
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
        FloatVector sums = FloatVector.broadcast(FloatVectors.SPECIES, 0);
        int whole = at + n / FLOATS * FLOATS;
        for (int i = at; i < whole; i += FLOATS) {
            FloatVector e = FloatVectors.expOfNegative(at(x, i).sub(by), c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);
            e.intoArray(z, i);
            sums = sums.add(e);
        }
        float[] lanes = sums.toArray();
        return Folds.sum(lanes, 0, lanes.length);
    }

    static double exponentials(double[] x, double shift, double[] z, int at, int n) {
        DoubleVector by = DoubleVector.broadcast(DoubleVectors.SPECIES, shift);
        DoubleVector sums = DoubleVector.broadcast(DoubleVectors.SPECIES, 0);
        int whole = at + n / DOUBLES * DOUBLES;
        for (int i = at; i < whole; i += DOUBLES) {
            DoubleVector e = DoubleVectors.exp(at(x, i).sub(by));
            e.intoArray(z, i);
            sums = sums.add(e);
        }
        double[] lanes = sums.toArray();
        return Folds.sum(lanes, 0, lanes.length);
    }

    /** As {@link Loops#largest(float[], int, int)}. */
    static float largest(float[] x, int at, int n) {
        if (n < 2 * FLOATS) {
            return Folds.max(x, at, n);
        }
        FloatVector even = FloatVector.broadcast(FloatVectors.SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector odd = FloatVector.broadcast(FloatVectors.SPECIES, Float.NEGATIVE_INFINITY);
        int i = at;
        for (int end = at + n - 2 * FLOATS; i <= end; i += 2 * FLOATS) {
            FloatVector first = at(x, i);
            FloatVector second = at(x, i + FLOATS);
            even = even.blend(first, first.compare(GT, even));
            odd = odd.blend(second, second.compare(GT, odd));
        }
        float largest = even.max(odd).reduceLanes(MAX);
        return i < at + n ? Math.max(largest, Folds.max(x, i, at + n - i)) : largest;
    }
}
