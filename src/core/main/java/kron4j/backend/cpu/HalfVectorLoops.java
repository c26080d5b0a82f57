package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/** Conversions of halves in arrays, compiled one by one ({@link Alone}); of float16 on newer JDKs by {@link Float16Loops}. */
final class HalfVectorLoops {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final int LANES = SHORTS.length();
    private static final int LANES16 = HalfVectors.INTS.length();

    private static final ShortVector SIZE = ShortVector.broadcast(SHORTS, 0x7fff);

    private static final IntVector SIZE16 = HalfVectors.all(0x7fff);
    private static final IntVector SIZE32 = HalfVectors.all(0x7fffffff);
    private static final int INFINITY = 0x7f800000;

    private final Map<Half, MethodHandle> widening = conversions("widen", int.class, short[].class, float[].class);
    private final Map<Half, MethodHandle> narrowing = conversions("narrow", int.class, float[].class, short[].class);
    private final Map<Half, MethodHandle> narrowingAny =
            conversions("narrowAny", void.class, float[].class, short[].class);
    private final MethodHandle largest = Alone.loop(
            HalfVectorLoops.class, "largest", MethodType.methodType(int.class, short[].class, int.class, int.class));
    private final MethodHandle wideningAny = loop("widenAny16", void.class, short[].class, float[].class);

    HalfVectorLoops() {
        if (Float16Loops.HAS) {
            widening.put(Half.FLOAT16, loop(Float16Loops.class, "widen", int.class, short[].class, float[].class));
            narrowing.put(Half.FLOAT16, loop(Float16Loops.class, "narrow", int.class, float[].class, short[].class));
        }
    }

    private static Map<Half, MethodHandle> conversions(String name, Class<?> result, Class<?> from, Class<?> to) {
        return new EnumMap<>(
                Map.of(Half.FLOAT16, loop(name + "16", result, from, to), Half.BFLOAT16, loop(name, result, from, to)));
    }

    private static MethodHandle loop(String name, Class<?> result, Class<?> from, Class<?> to) {
        return loop(HalfVectorLoops.class, name, result, from, to);
    }

    private static MethodHandle loop(Class<?> owner, String name, Class<?> result, Class<?> from, Class<?> to) {
        return Alone.loop(owner, name, MethodType.methodType(result, from, to, int.class, int.class));
    }

    /** Converts the elements [from, end), whole vectors. */
    void widen(Half half, short[] halves, float[] floats, int from, int end) {
        try {
            if ((int) widening.get(half).invokeExact(halves, floats, from, end) >= half.infinity()) {
                wideningAny.invokeExact(halves, floats, from, end);
            }
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** As {@link #widen(Half, short[], float[], int, int)}. */
    void narrow(Half half, float[] floats, short[] halves, int from, int end) {
        try {
            int size = (int) narrowing.get(half).invokeExact(floats, halves, from, end);
            if (size > INFINITY || (checks(half) && hasInfinity(halves, from, end))) {
                narrowingAny.get(half).invokeExact(floats, halves, from, end);
            }
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** Whether NaN may have become an infinity unnoticed. */
    private static boolean checks(Half half) {
        return half == Half.FLOAT16 && !Float16Loops.HAS;
    }

    private boolean hasInfinity(short[] halves, int from, int end) throws Throwable {
        return (int) largest.invokeExact(halves, from, end) >= Half.FLOAT16.infinity();
    }

    /** Of elements up to the end of the last vector. */
    static int largestSize(short[] x, int n) {
        ShortVector largest = ShortVector.broadcast(SHORTS, 0);
        for (int i = 0; i < n; i += LANES) {
            largest = largest.max(ShortVector.fromArray(SHORTS, x, i).and(SIZE));
        }
        return largest.reduceLanes(MAX);
    }

    private static FloatVector wide16(IntVector halves) {
        return HalfVectors.finite(halves.lanewise(LSHL, 13));
    }

    /** Of finite elements. Returns the largest element without its sign, which tells whether they are. */
    static int widen16(short[] halves, float[] floats, int from, int end) {
        IntVector largest = HalfVectors.all(0);
        for (int i = from; i < end; i += LANES16) {
            IntVector v = HalfVectors.load(halves, i);
            wide16(v).intoArray(floats, i);
            largest = largest.max(v.and(SIZE16));
        }
        return largest.reduceLanes(MAX);
    }

    static void widenAny16(short[] halves, float[] floats, int from, int end) {
        for (int i = from; i < end; i += LANES16) {
            HalfVectors.special(wide16(HalfVectors.load(halves, i))).intoArray(floats, i);
        }
    }

    static int widen(short[] halves, float[] floats, int from, int end) {
        for (int i = from; i < end; i += LANES16) {
            HalfVectors.load(halves, i).lanewise(LSHL, 16).reinterpretAsFloats().intoArray(floats, i);
        }
        return 0;
    }

    /** Of elements none of which is NaN, which {@link #largest} tells of results: with that in the same loop, the JIT stops inlining in some programs. */
    static int narrow16(float[] floats, short[] halves, int from, int end) {
        for (int i = from; i < end; i += LANES16) {
            HalfVectors.store(HalfVectors.toFloat16(FloatVector.fromArray(FloatVectors.SPECIES, floats, i)), halves, i);
        }
        return 0;
    }

    /** The largest element without its sign. */
    static int largest(short[] halves, int from, int end) {
        ShortVector largest = ShortVector.broadcast(HalfVectors.SHORTS, 0);
        ShortVector size = ShortVector.broadcast(HalfVectors.SHORTS, 0x7fff);
        for (int i = from; i < end; i += LANES16) {
            largest = largest.max(
                    ShortVector.fromArray(HalfVectors.SHORTS, halves, i).and(size));
        }
        return largest.reduceLanes(MAX);
    }

    static void narrowAny16(float[] floats, short[] halves, int from, int end) {
        for (int i = from; i < end; i += LANES16) {
            FloatVector x = FloatVector.fromArray(FloatVectors.SPECIES, floats, i);
            HalfVectors.store(HalfVectors.toFloat16(x).or(HalfVectors.nan(x)), halves, i);
        }
    }

    /** As {@link #narrow16}. */
    static int narrow(float[] floats, short[] halves, int from, int end) {
        IntVector largest = HalfVectors.all(0);
        for (int i = from; i < end; i += LANES16) {
            FloatVector x = FloatVector.fromArray(FloatVectors.SPECIES, floats, i);
            HalfVectors.store(HalfVectors.toBfloat16(x).lanewise(LSHR, 16), halves, i);
            largest = largest.max(x.reinterpretAsInts().and(SIZE32));
        }
        return largest.reduceLanes(MAX);
    }

    static void narrowAny(float[] floats, short[] halves, int from, int end) {
        for (int i = from; i < end; i += LANES16) {
            HalfVectors.store(HalfVectors.ofAny(FloatVector.fromArray(FloatVectors.SPECIES, floats, i)), halves, i);
        }
    }
}
