package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/** Sums and extremes of halves. The loops with floats are compiled one by one ({@link Alone}). */
final class HalfFoldVectors {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final int LANES = SHORTS.length();
    private static final int LANES16 = HalfVectors.INTS.length();

    private static final IntVector HIGH = HalfVectors.all(0xffff0000);
    private static final ShortVector SIZE = ShortVector.broadcast(SHORTS, 0x7fff);

    private final Map<Half, MethodHandle> sums = new EnumMap<>(Half.class);
    private final Map<Half, MethodHandle> additions = new EnumMap<>(Half.class);

    HalfFoldVectors() {
        MethodType sum = MethodType.methodType(float.class, short[].class, int.class);
        MethodType add = MethodType.methodType(void.class, short[].class, float[].class, int.class);
        sums.put(Half.FLOAT16, Alone.loop(HalfFoldVectors.class, "sum16", sum));
        sums.put(Half.BFLOAT16, Alone.loop(HalfFoldVectors.class, "sum", sum));
        additions.put(Half.FLOAT16, Alone.loop(HalfFoldVectors.class, "add16", add));
        additions.put(Half.BFLOAT16, Alone.loop(HalfFoldVectors.class, "add", add));
    }

    /** The sum of n elements, of float16 finite ones. */
    float sum(Half half, short[] x, int n) {
        fill(x, n, (short) 0);
        try {
            return (float) sums.get(half).invokeExact(x, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** As {@link Loops#add(Half, short[], float[], int)}. */
    void add(Half half, short[] x, float[] sums, int n) {
        try {
            additions.get(half).invokeExact(x, sums, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** Up to the end of the last vector. */
    private static void fill(short[] x, int n, short value) {
        Arrays.fill(x, n, (n + LANES - 1) / LANES * LANES, value);
    }

    private static IntVector load(short[] x, int i) {
        return ShortVector.fromArray(SHORTS, x, i).reinterpretAsInts();
    }

    static float total(FloatVector even, FloatVector odd) {
        float[] lanes = even.add(odd).toArray();
        return Folds.sum(lanes, 0, lanes.length);
    }

    /** Adds up the numbers divided by 2^112: all float16 are multiples of 2^-24, so that no sum loses bits by that. */
    static float sum16(short[] x, int n) {
        FloatVector even = FloatVector.broadcast(FloatVectors.SPECIES, 0);
        FloatVector odd = FloatVector.broadcast(FloatVectors.SPECIES, 0);
        for (int i = 0; i < n; i += LANES) {
            IntVector v = load(x, i);
            even = even.add(HalfVectors.small(v.lanewise(LSHL, 16).lanewise(ASHR, 3)));
            odd = odd.add(HalfVectors.small(v.lanewise(ASHR, 3)));
        }
        return total(even, odd) * 0x1p112f;
    }

    static float sum(short[] x, int n) {
        FloatVector even = FloatVector.broadcast(FloatVectors.SPECIES, 0);
        FloatVector odd = FloatVector.broadcast(FloatVectors.SPECIES, 0);
        for (int i = 0; i < n; i += LANES) {
            IntVector v = load(x, i);
            even = even.add(v.lanewise(LSHL, 16).reinterpretAsFloats());
            odd = odd.add(v.and(HIGH).reinterpretAsFloats());
        }
        return total(even, odd);
    }

    static void add16(short[] x, float[] sums, int n) {
        for (int i = 0; i < n; i += LANES16) {
            FloatVector v = HalfVectors.finite(HalfVectors.load(x, i).lanewise(LSHL, 13));
            FloatVector.fromArray(FloatVectors.SPECIES, sums, i)
                    .add(HalfVectors.special(v))
                    .intoArray(sums, i);
        }
    }

    static void add(short[] x, float[] sums, int n) {
        for (int i = 0; i < n; i += LANES16) {
            FloatVector v = HalfVectors.load(x, i).lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector.fromArray(FloatVectors.SPECIES, sums, i).add(v).intoArray(sums, i);
        }
    }

    /** Integers in the order of the numbers; and the other way round. */
    private static ShortVector key(ShortVector bits) {
        return bits.lanewise(ASHR, 15).and(SIZE).lanewise(XOR, bits);
    }

    private static short bits(short key) {
        return (short) (((key >> 15) & 0x7fff) ^ key);
    }

    /** The largest of n elements that are no NaN. */
    static short max(short[] x, int n) {
        fill(x, n, x[0]);
        ShortVector found = ShortVector.broadcast(SHORTS, Short.MIN_VALUE);
        for (int i = 0; i < n; i += LANES) {
            found = found.max(key(ShortVector.fromArray(SHORTS, x, i)));
        }
        return bits(found.reduceLanes(MAX));
    }

    /** The least of n elements that are no NaN. */
    static short min(short[] x, int n) {
        fill(x, n, x[0]);
        ShortVector found = ShortVector.broadcast(SHORTS, Short.MAX_VALUE);
        for (int i = 0; i < n; i += LANES) {
            found = found.min(key(ShortVector.fromArray(SHORTS, x, i)));
        }
        return bits(found.reduceLanes(MIN));
    }
}
