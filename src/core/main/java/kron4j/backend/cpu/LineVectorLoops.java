package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Loops of softmax over a line in a tile, compiled one by one ({@link Alone}). The sum is of whole vectors; elements behind these
 * get a vector of their own, of which their part is added. Lanes are added one by one: {@code reduceLanes} has other bits compiled than interpreted on newer JVMs.
 */
final class LineVectorLoops {
    private static final int FLOATS = FloatVectors.SPECIES.length();
    private static final int DOUBLES = DoubleVectors.SPECIES.length();
    private static final IntVector SIZE = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);

    private final MethodHandle ofFloats = find(float.class, float[].class);
    private final MethodHandle ofDoubles = find(double.class, double[].class);

    private final MethodHandle largest = Alone.loop(
            LineVectorLoops.class, "largest", MethodType.methodType(float.class, float[].class, int.class, int.class));

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
    float maximum(float[] x, int at, int n) {
        int whole = n - n % (2 * FLOATS);
        if (whole == 0) {
            return Folds.max(x, at, n);
        }
        try {
            float found = (float) largest.invokeExact(x, at, whole);
            return whole < n ? Math.max(found, Folds.max(x, at + whole, n - whole)) : found;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** Of pairs of vectors, by integers in the order of the floats with these bits: that takes fewer steps. */
    static float largest(float[] x, int at, int n) {
        IntVector even = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        IntVector odd = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        for (int i = at; i < at + n; i += 2 * FLOATS) {
            even = even.max(keys(at(x, i)));
            odd = odd.max(keys(at(x, i + FLOATS)));
        }
        int key = even.max(odd).reduceLanes(MAX);
        return Float.intBitsToFloat(key ^ (key >> (Float.SIZE - 1) & Integer.MAX_VALUE));
    }

    private static IntVector keys(FloatVector v) {
        IntVector bits = v.reinterpretAsInts();
        return bits.lanewise(XOR, bits.lanewise(ASHR, Float.SIZE - 1).and(SIZE));
    }
}
