package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;
import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.ints;
import static kron4j.backend.cpu.MemoryVectors.longs;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import kron4j.DType;

/** Positions of extremes across rows of {@link MemoryVectors}, each loop {@link Alone}. Floating numbers are compared as integers in whose order zeros are equal, and so are all NaN, above all numbers. */
final class PositionVectorLoops {
    private static final MethodType TYPE = MethodType.methodType(
            void.class,
            boolean.class,
            Object.class,
            long.class,
            long.class,
            int.class,
            int.class,
            Object.class,
            Object.class,
            int.class);

    private static final IntVector SIZE = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
    private static final LongVector SIZE_OF_LONG = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MAX_VALUE);
    private static final LongVector NONE = LongVector.broadcast(LongVector.SPECIES_PREFERRED, 0);

    /** What turns the key of -infinity into the least integer, and keys of NaN into the greatest; and the key of the first of these. */
    private static final int DOWN = Integer.MAX_VALUE - Float.floatToIntBits(Float.POSITIVE_INFINITY) + 1;

    private static final long DOWN_LONG = Long.MAX_VALUE - Double.doubleToLongBits(Double.POSITIVE_INFINITY) + 1;
    private static final IntVector NAN =
            IntVector.broadcast(IntVector.SPECIES_PREFERRED, Float.floatToIntBits(Float.POSITIVE_INFINITY) - DOWN + 1);
    private static final LongVector NAN_LONG = LongVector.broadcast(
            LongVector.SPECIES_PREFERRED, Double.doubleToLongBits(Double.POSITIVE_INFINITY) - DOWN_LONG + 1);

    private final Map<DType, MethodHandle> loops = new EnumMap<>(Map.of(
            DType.FLOAT32, handle("ofFloats"),
            DType.FLOAT64, handle("ofDoubles"),
            DType.INT32, handle("ofInts"),
            DType.INT64, handle("ofLongs")));

    private static MethodHandle handle(String name) {
        return Alone.loop(PositionVectorLoops.class, name, TYPE);
    }

    boolean has(DType dtype) {
        return loops.containsKey(dtype);
    }

    void run(
            boolean least,
            DType dtype,
            Object x,
            long at,
            long step,
            int first,
            int n,
            Object keys,
            Object places,
            int to) {
        try {
            loops.get(dtype).invokeExact(least, x, at, step, first, n, keys, places, to);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void ofFloats(
            boolean least, Object x, long at, long step, int first, int n, Object keys, Object places, int to) {
        IntVector flip = IntVector.broadcast(IntVector.SPECIES_PREFERRED, least ? -1 : 0);
        IntVector down = IntVector.broadcast(IntVector.SPECIES_PREFERRED, least ? DOWN - 1 : DOWN);
        IntVector most = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        IntVector place = IntVector.broadcast(IntVector.SPECIES_PREFERRED, first);
        IntVector row = IntVector.broadcast(IntVector.SPECIES_PREFERRED, first);
        long e = at;
        for (int i = 0; i < n; i++) {
            IntVector bits = ints(x, e);
            IntVector signs = bits.lanewise(ASHR, Float.SIZE - 1);
            IntVector whole = bits.lanewise(XOR, signs.and(SIZE)).sub(signs);
            IntVector key = whole.lanewise(XOR, flip).sub(down).min(NAN);
            VectorMask<Integer> larger = key.compare(GT, most);
            most = most.max(key);
            place = place.blend(row, larger);
            row = row.add(1);
            e += step;
        }
        merge(most, place, (int[]) keys, (int[]) places, to);
    }

    static void ofInts(
            boolean least, Object x, long at, long step, int first, int n, Object keys, Object places, int to) {
        IntVector flip = IntVector.broadcast(IntVector.SPECIES_PREFERRED, least ? -1 : 0);
        IntVector most = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        IntVector place = IntVector.broadcast(IntVector.SPECIES_PREFERRED, first);
        IntVector row = IntVector.broadcast(IntVector.SPECIES_PREFERRED, first);
        long e = at;
        for (int i = 0; i < n; i++) {
            IntVector key = ints(x, e).lanewise(XOR, flip);
            VectorMask<Integer> larger = key.compare(GT, most);
            most = most.max(key);
            place = place.blend(row, larger);
            row = row.add(1);
            e += step;
        }
        merge(most, place, (int[]) keys, (int[]) places, to);
    }

    /** Takes what is larger than what was found before. */
    private static void merge(IntVector most, IntVector place, int[] keys, int[] places, int to) {
        IntVector before = IntVector.fromArray(IntVector.SPECIES_PREFERRED, keys, to);
        VectorMask<Integer> larger = most.compare(GT, before);
        before.max(most).intoArray(keys, to);
        IntVector.fromArray(IntVector.SPECIES_PREFERRED, places, to)
                .blend(place, larger)
                .intoArray(places, to);
    }

    static void ofDoubles(
            boolean least, Object x, long at, long step, int first, int n, Object keys, Object places, int to) {
        LongVector flip = LongVector.broadcast(LongVector.SPECIES_PREFERRED, least ? -1 : 0);
        LongVector down = LongVector.broadcast(LongVector.SPECIES_PREFERRED, least ? DOWN_LONG - 1 : DOWN_LONG);
        LongVector most = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MIN_VALUE);
        LongVector place = LongVector.broadcast(LongVector.SPECIES_PREFERRED, first);
        LongVector row = LongVector.broadcast(LongVector.SPECIES_PREFERRED, first);
        long e = at;
        for (int i = 0; i < n; i++) {
            LongVector bits = longs(x, e);
            LongVector signs = BYTES == Long.BYTES * Byte.SIZE
                    ? bits.lanewise(ASHR, Double.SIZE - 1)
                    : NONE.sub(bits.lanewise(LSHR, Double.SIZE - 1));
            LongVector whole = bits.lanewise(XOR, signs.and(SIZE_OF_LONG)).sub(signs);
            LongVector key = whole.lanewise(XOR, flip).sub(down).min(NAN_LONG);
            VectorMask<Long> larger = key.compare(GT, most);
            most = most.max(key);
            place = place.blend(row, larger);
            row = row.add(1);
            e += step;
        }
        merge(most, place, (long[]) keys, (long[]) places, to);
    }

    static void ofLongs(
            boolean least, Object x, long at, long step, int first, int n, Object keys, Object places, int to) {
        LongVector flip = LongVector.broadcast(LongVector.SPECIES_PREFERRED, least ? -1 : 0);
        LongVector most = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MIN_VALUE);
        LongVector place = LongVector.broadcast(LongVector.SPECIES_PREFERRED, first);
        LongVector row = LongVector.broadcast(LongVector.SPECIES_PREFERRED, first);
        long e = at;
        for (int i = 0; i < n; i++) {
            LongVector key = longs(x, e).lanewise(XOR, flip);
            VectorMask<Long> larger = key.compare(GT, most);
            most = most.max(key);
            place = place.blend(row, larger);
            row = row.add(1);
            e += step;
        }
        merge(most, place, (long[]) keys, (long[]) places, to);
    }

    private static void merge(LongVector most, LongVector place, long[] keys, long[] places, int to) {
        LongVector before = LongVector.fromArray(LongVector.SPECIES_PREFERRED, keys, to);
        VectorMask<Long> larger = most.compare(GT, before);
        before.max(most).intoArray(keys, to);
        LongVector.fromArray(LongVector.SPECIES_PREFERRED, places, to)
                .blend(place, larger)
                .intoArray(places, to);
    }
}
