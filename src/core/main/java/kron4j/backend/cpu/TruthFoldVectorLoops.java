package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.OR;
import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.longs;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.LongVector;

/** The loops of {@link TruthFolds}, each {@link Alone}. */
final class TruthFoldVectorLoops {
    private static final MethodType OF_LINE =
            MethodType.methodType(long.class, long.class, long.class, Object.class, long.class, long.class);
    private static final MethodType OF_ROWS = MethodType.methodType(
            void.class,
            long.class,
            long.class,
            Object.class,
            long.class,
            long.class,
            int.class,
            long[].class,
            int.class);
    private static final int LANES = LongVector.SPECIES_PREFERRED.length();

    private final MethodHandle any = Alone.loop(TruthFoldVectorLoops.class, "any", OF_LINE);
    private final MethodHandle all = Alone.loop(TruthFoldVectorLoops.class, "all", OF_LINE);
    private final MethodHandle anyOfRows = Alone.loop(TruthFoldVectorLoops.class, "anyOfRows", OF_ROWS);
    private final MethodHandle allOfRows = Alone.loop(TruthFoldVectorLoops.class, "allOfRows", OF_ROWS);

    long ofLine(boolean all, long high, long sign, Object x, long at, long bytes) {
        try {
            return (long) (all ? this.all : any).invokeExact(high, sign, x, at, at + bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void ofRows(boolean all, long high, long sign, Object x, long at, long step, int n, long[] found, int from) {
        try {
            (all ? allOfRows : anyOfRows).invokeExact(high, sign, x, at, step, n, found, from);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static LongVector words(long bits) {
        return LongVector.broadcast(LongVector.SPECIES_PREFERRED, bits);
    }

    /** The highest bits of true elements, beside others. */
    private static LongVector truths(LongVector v, LongVector low, LongVector sign) {
        return v.and(low).add(low).or(v.and(sign));
    }

    /** The last vector may take elements again. */
    static long any(long high, long sign, Object x, long from, long end) {
        LongVector found = words(0);
        long last = end - BYTES;
        for (long e = from; e < last; e += BYTES) {
            found = found.or(longs(x, e));
        }
        return found.or(longs(x, last)).reduceLanes(OR);
    }

    /** The same. */
    static long all(long high, long sign, Object x, long from, long end) {
        LongVector low = words(~high);
        LongVector signs = words(sign);
        LongVector found = words(-1);
        long last = end - BYTES;
        for (long e = from; e < last; e += BYTES) {
            found = found.and(truths(longs(x, e), low, signs));
        }
        return found.and(truths(longs(x, last), low, signs)).reduceLanes(AND);
    }

    static void anyOfRows(long high, long sign, Object x, long at, long step, int n, long[] z, int k) {
        LongVector low = words(~high);
        LongVector signs = words(sign);
        LongVector even =
                LongVector.fromArray(LongVector.SPECIES_PREFERRED, z, k).or(words(0));
        LongVector odd =
                LongVector.fromArray(LongVector.SPECIES_PREFERRED, z, k + LANES).or(words(0));
        for (int row = 0; row < n; row++) {
            even = even.or(truths(longs(x, at + row * step), low, signs));
            odd = odd.or(truths(longs(x, at + row * step + BYTES), low, signs));
        }
        even.intoArray(z, k);
        odd.intoArray(z, k + LANES);
    }

    static void allOfRows(long high, long sign, Object x, long at, long step, int n, long[] z, int k) {
        LongVector low = words(~high);
        LongVector signs = words(sign);
        LongVector even =
                LongVector.fromArray(LongVector.SPECIES_PREFERRED, z, k).or(words(0));
        LongVector odd =
                LongVector.fromArray(LongVector.SPECIES_PREFERRED, z, k + LANES).or(words(0));
        for (int row = 0; row < n; row++) {
            even = even.and(truths(longs(x, at + row * step), low, signs));
            odd = odd.and(truths(longs(x, at + row * step + BYTES), low, signs));
        }
        even.intoArray(z, k);
        odd.intoArray(z, k + LANES);
    }
}
