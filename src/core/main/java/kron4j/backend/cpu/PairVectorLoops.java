package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.D2F;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.doubles;
import static kron4j.backend.cpu.MemoryVectors.fewInts;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.longs;
import static kron4j.backend.cpu.MemoryVectors.store;
import static kron4j.backend.cpu.MemoryVectors.wideFloats;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import kron4j.Complex;
import kron4j.DType;

/** {@link PairLoop}s over {@link MemoryVectors}, each {@link Alone}; those that return whether their results are right have another loop for the others. */
final class PairVectorLoops {
    private static final MethodType MOVE =
            MethodType.methodType(void.class, Object.class, long.class, Object.class, long.class, long.class);
    private static final MethodType TRY = MOVE.changeReturnType(boolean.class);
    private static final MethodType QUOTIENT = TRY.insertParameterTypes(0, double.class, double.class, double.class);
    private static final MethodType JOIN = MOVE.insertParameterTypes(0, Object.class, long.class);

    /** Half as many as a vector has. */
    private static final VectorSpecies<Float> FEW_FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(BYTES * Byte.SIZE / 2));

    /** Bytes of results that are tried at a time. */
    private static final int TRIED = 1 << 11;

    /** Loops that move bytes or shorts. */
    private final Map<PairLoop, MethodHandle> ofBytes = new EnumMap<>(Map.of(
            PairLoop.FIRST,
            Alone.loop(PairVectorLoops.class, "firstBytes", MOVE),
            PairLoop.SECOND,
            Alone.loop(PairVectorLoops.class, "secondBytes", MOVE)));

    private final Map<PairLoop, MethodHandle> ofShorts = new EnumMap<>(Map.of(
            PairLoop.FIRST,
            Alone.loop(PairVectorLoops.class, "firstShorts", MOVE),
            PairLoop.SECOND,
            Alone.loop(PairVectorLoops.class, "secondShorts", MOVE)));

    private final Map<PairLoop, MethodHandle> ofFloats = new EnumMap<>(PairLoop.class);
    private final Map<PairLoop, MethodHandle> ofDoubles = new EnumMap<>(PairLoop.class);
    private final Map<PairLoop, MethodHandle> fastOfFloats = new EnumMap<>(PairLoop.class);
    private final Map<PairLoop, MethodHandle> fastOfDoubles = new EnumMap<>(PairLoop.class);

    private final Map<DType, MethodHandle> quotients = new EnumMap<>(Map.of(
            DType.COMPLEX64, Alone.loop(PairVectorLoops.class, "divideComplex64", QUOTIENT),
            DType.COMPLEX128, Alone.loop(PairVectorLoops.class, "divideComplex128", QUOTIENT)));
    private final MethodHandle joinInts = Alone.loop(PairVectorLoops.class, "joinInts", JOIN);
    private final MethodHandle joinDoubles = Alone.loop(PairVectorLoops.class, "joinDoubles", JOIN);

    PairVectorLoops() {
        with(PairLoop.ABS, "scaledAbs").with(PairLoop.SQUARE, "square").with(PairLoop.OF_REAL, "ofReal");
        with(PairLoop.FIRST, "first").with(PairLoop.SECOND, "second");
        withFast(PairLoop.ABS, "abs");
    }

    private PairVectorLoops with(PairLoop op, String name) {
        ofFloats.put(op, Alone.loop(PairVectorLoops.class, name + "Floats", MOVE));
        ofDoubles.put(op, Alone.loop(PairVectorLoops.class, name + "Doubles", MOVE));
        return this;
    }

    private PairVectorLoops withFast(PairLoop op, String name) {
        fastOfFloats.put(op, Alone.loop(PairVectorLoops.class, name + "Floats", TRY));
        fastOfDoubles.put(op, Alone.loop(PairVectorLoops.class, name + "Doubles", TRY));
        return this;
    }

    void run(PairLoop op, int width, Object x, long atX, Object z, long atZ, long bytes) {
        MethodHandle loop = of(width).get(op);
        MethodHandle fast = (width == Float.BYTES ? fastOfFloats : fastOfDoubles).get(op);
        try {
            if (fast == null) {
                loop.invokeExact(x, atX, z, atZ, bytes);
                return;
            }
            for (long done = 0; done < bytes; done += TRIED) {
                long some = Math.min(TRIED, bytes - done);
                if (!(boolean) fast.invokeExact(x, atX + 2 * done, z, atZ + done, some)) {
                    loop.invokeExact(x, atX + 2 * done, z, atZ + done, some);
                }
            }
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private Map<PairLoop, MethodHandle> of(int width) {
        return switch (width) {
            case Byte.BYTES -> ofBytes;
            case Short.BYTES -> ofShorts;
            case Float.BYTES -> ofFloats;
            default -> ofDoubles;
        };
    }

    static void squareFloats(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < 2 * bytes; e += BYTES) {
            store(PairVectors.square(floats(x, i + e)), z, k + e);
        }
    }

    static void squareDoubles(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < 2 * bytes; e += BYTES) {
            store(PairVectors.square(doubles(x, i + e)), z, k + e);
        }
    }

    static void firstBytes(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            LongVector v = firstFour(longs(x, i + 2 * e));
            store(PairVectors.firstInts(v, firstFour(longs(x, i + 2 * e + BYTES))), z, k + e);
        }
    }

    static void secondBytes(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            LongVector v = firstFour(longs(x, i + 2 * e).lanewise(LSHR, 8));
            store(PairVectors.firstInts(v, firstFour(longs(x, i + 2 * e + BYTES).lanewise(LSHR, 8))), z, k + e);
        }
    }

    static void firstShorts(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            LongVector v = firstTwo(longs(x, i + 2 * e));
            store(PairVectors.firstInts(v, firstTwo(longs(x, i + 2 * e + BYTES))), z, k + e);
        }
    }

    static void secondShorts(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            LongVector v = firstTwo(longs(x, i + 2 * e).lanewise(LSHR, 16));
            store(PairVectors.firstInts(v, firstTwo(longs(x, i + 2 * e + BYTES).lanewise(LSHR, 16))), z, k + e);
        }
    }

    /** The first bytes of pairs in the lower half of each long. */
    private static LongVector firstFour(LongVector v) {
        LongVector pairs = v.and(0x00ff_00ff_00ff_00ffL);
        return firstTwo(pairs.or(pairs.lanewise(LSHR, 8)));
    }

    /** The first shorts of pairs in the lower half of each long. */
    private static LongVector firstTwo(LongVector v) {
        LongVector pairs = v.and(0x0000_ffff_0000_ffffL);
        return pairs.or(pairs.lanewise(LSHR, 16));
    }

    static void firstFloats(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            store(PairVectors.firstInts(longs(x, i + 2 * e), longs(x, i + 2 * e + BYTES)), z, k + e);
        }
    }

    static void firstDoubles(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            store(PairVectors.firstLongs(longs(x, i + 2 * e), longs(x, i + 2 * e + BYTES)), z, k + e);
        }
    }

    static void secondFloats(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            store(PairVectors.secondInts(longs(x, i + 2 * e), longs(x, i + 2 * e + BYTES)), z, k + e);
        }
    }

    static void secondDoubles(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            store(PairVectors.secondLongs(longs(x, i + 2 * e), longs(x, i + 2 * e + BYTES)), z, k + e);
        }
    }

    static void ofRealFloats(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < 2 * bytes; e += BYTES) {
            store(PairVectors.ofReal(fewInts(x, i + e / 2)), z, k + e);
        }
    }

    static void ofRealDoubles(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            store(PairVectors.lower(doubles(x, i + e)), z, k + 2 * e);
            store(PairVectors.upper(doubles(x, i + e)), z, k + 2 * e + BYTES);
        }
    }

    static boolean absFloats(Object x, long i, Object z, long k, long bytes) {
        FloatVector least = PairVectors.all(1f);
        FloatVector most = PairVectors.all(1f);
        for (long e = 0; e < bytes; e += BYTES) {
            FloatVector v = floats(x, i + 2 * e);
            FloatVector w = floats(x, i + 2 * e + BYTES);
            FloatVector squares = LengthVectors.squares(PairVectors.first(v, w), PairVectors.second(v, w));
            least = least.min(squares);
            most = most.max(squares);
            store(PairVectors.inOrder(squares.sqrt()), z, k + e);
        }
        return LengthVectors.isPlain(least).and(LengthVectors.isPlain(most)).allTrue();
    }

    static void scaledAbsFloats(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            FloatVector v = floats(x, i + 2 * e);
            FloatVector w = floats(x, i + 2 * e + BYTES);
            FloatVector lengths = LengthVectors.absolute(PairVectors.first(v, w), PairVectors.second(v, w));
            store(PairVectors.inOrder(lengths), z, k + e);
        }
    }

    static boolean absDoubles(Object x, long i, Object z, long k, long bytes) {
        DoubleVector least = PairVectors.all(1.0);
        DoubleVector most = PairVectors.all(1.0);
        for (long e = 0; e < bytes; e += BYTES) {
            DoubleVector v = doubles(x, i + 2 * e);
            DoubleVector w = doubles(x, i + 2 * e + BYTES);
            DoubleVector squares = LengthVectors.squares(PairVectors.first(v, w), PairVectors.second(v, w));
            least = least.min(squares);
            most = most.max(squares);
            store(PairVectors.inOrder(squares.sqrt()), z, k + e);
        }
        return LengthVectors.isPlain(least).and(LengthVectors.isPlain(most)).allTrue();
    }

    static void scaledAbsDoubles(Object x, long i, Object z, long k, long bytes) {
        for (long e = 0; e < bytes; e += BYTES) {
            DoubleVector v = doubles(x, i + 2 * e);
            DoubleVector w = doubles(x, i + 2 * e + BYTES);
            DoubleVector lengths = LengthVectors.absolute(PairVectors.first(v, w), PairVectors.second(v, w));
            store(PairVectors.inOrder(lengths), z, k + e);
        }
    }

    boolean divide(DType dtype, Complex factor, double divisor, Object x, long atX, Object z, long atZ, long bytes) {
        try {
            return (boolean) quotients.get(dtype).invokeExact(factor.re(), factor.im(), divisor, x, atX, z, atZ, bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** In double, as quotients of two tensors. What is not finite makes NaN of the sum of differences. */
    static boolean divideComplex64(double re, double im, double divisor, Object x, long i, Object z, long k, long end) {
        DoubleVector factor = PairVectors.all(re);
        DoubleVector turning = PairVectors.inTurn(-im, im);
        DoubleVector sum = PairVectors.all(0.0);
        for (long e = 0; e < end; e += BYTES / 2) {
            DoubleVector v =
                    PairVectors.scale(wideFloats(x, i + e), factor, turning).div(divisor);
            sum = sum.add(v.sub(v));
            store((FloatVector) v.convertShape(D2F, FEW_FLOATS, 0), z, k + e);
        }
        return sum.compare(EQ, sum).allTrue();
    }

    static boolean divideComplex128(
            double re, double im, double divisor, Object x, long i, Object z, long k, long end) {
        DoubleVector factor = PairVectors.all(re);
        DoubleVector turning = PairVectors.inTurn(-im, im);
        DoubleVector sum = PairVectors.all(0.0);
        for (long e = 0; e < end; e += BYTES) {
            DoubleVector v =
                    PairVectors.scale(doubles(x, i + e), factor, turning).div(divisor);
            sum = sum.add(v.sub(v));
            store(v, z, k + e);
        }
        return sum.compare(EQ, sum).allTrue();
    }

    void join(int width, Object x, long atX, Object y, long atY, Object z, long atZ, long bytes) {
        MethodHandle loop = width == Float.BYTES ? joinInts : joinDoubles;
        try {
            loop.invokeExact(x, atX, y, atY, z, atZ, bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void joinInts(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(PairVectors.join(fewInts(x, i + e / 2), fewInts(y, j + e / 2)), z, k + e);
        }
    }

    static void joinDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += 2 * BYTES) {
            store(PairVectors.lower(doubles(x, i + e / 2), doubles(y, j + e / 2)), z, k + e);
            store(PairVectors.upper(doubles(x, i + e / 2), doubles(y, j + e / 2)), z, k + e + BYTES);
        }
    }
}
