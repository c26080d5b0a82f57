package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.NE;
import static jdk.incubator.vector.VectorOperators.XOR;
import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.bytes;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * Loops over int8 and uint8 in {@link MemoryVectors}, each {@link Alone}, for {@link MemoryVectorLoops} and {@link OperandVectorLoops}. uint8 has the order of int8 when the highest bits are flipped.
 */
final class ByteMemoryVectorLoops {
    private static final ByteVector NO = all(0);
    private static final ByteVector YES = all(1);
    private static final ByteVector FLIP = all(Byte.MIN_VALUE);
    private static final ByteVector INVERSE = all(-1);
    private static final ByteVector FLIPPED_INVERSE = all(Byte.MAX_VALUE);

    private ByteMemoryVectorLoops() {}

    private static ByteVector all(double value) {
        return ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) value);
    }

    private static Function<String, MethodHandle> of(MethodType type) {
        return name -> Alone.loop(ByteMemoryVectorLoops.class, name, type);
    }

    /** Of truth values, which are bytes too. */
    static Map<BinaryOp, MethodHandle> ofTruths(MethodType type) {
        Map<BinaryOp, MethodHandle> loops = ofTwo(true, type);
        loops.keySet().removeIf(op -> !op.isPredicate());
        return loops;
    }

    /** Of two operands. */
    static Map<BinaryOp, MethodHandle> ofTwo(boolean signed, MethodType type) {
        Function<String, MethodHandle> loop = of(type);
        String order = signed ? "" : "Unsigned";
        Map<BinaryOp, MethodHandle> loops = new EnumMap<>(BinaryOp.class);
        loops.put(BinaryOp.ADD, loop.apply("add"));
        loops.put(BinaryOp.SUBTRACT, loop.apply("subtract"));
        loops.put(BinaryOp.MULTIPLY, loop.apply("multiply"));
        loops.put(BinaryOp.MAXIMUM, loop.apply("maximum" + order));
        loops.put(BinaryOp.MINIMUM, loop.apply("minimum" + order));
        loops.put(BinaryOp.EQUAL, loop.apply("equal"));
        loops.put(BinaryOp.NOT_EQUAL, loop.apply("notEqual"));
        loops.put(BinaryOp.LESS, loop.apply("less" + order));
        loops.put(BinaryOp.GREATER_EQUAL, loop.apply("greaterEqual" + order));
        loops.put(BinaryOp.GREATER, loop.apply("greater" + order));
        loops.put(BinaryOp.LESS_EQUAL, loop.apply("lessEqual" + order));
        loops.put(BinaryOp.LOGICAL_AND, loop.apply("and"));
        loops.put(BinaryOp.LOGICAL_OR, loop.apply("or"));
        loops.put(BinaryOp.LOGICAL_XOR, loop.apply("xor"));
        return loops;
    }

    /** Of one operand. */
    static Map<UnaryOp, MethodHandle> ofOne(boolean signed, MethodType type) {
        Function<String, MethodHandle> loop = of(type);
        Map<UnaryOp, MethodHandle> loops = new EnumMap<>(Map.of(
                UnaryOp.NEGATIVE, loop.apply("negative"),
                UnaryOp.SQUARE, loop.apply("square"),
                UnaryOp.LOGICAL_NOT, loop.apply("not")));
        if (signed) {
            loops.put(UnaryOp.ABS, loop.apply("abs"));
        }
        return loops;
    }

    static void add(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(bytes(x, i + e).add(bytes(y, j + e)), z, k + e);
        }
    }

    static void subtract(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(bytes(x, i + e).sub(bytes(y, j + e)), z, k + e);
        }
    }

    static void multiply(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(bytes(x, i + e).mul(bytes(y, j + e)), z, k + e);
        }
    }

    static void maximum(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(bytes(x, i + e).max(bytes(y, j + e)), z, k + e);
        }
    }

    static void minimum(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(bytes(x, i + e).min(bytes(y, j + e)), z, k + e);
        }
    }

    private static ByteVector flipped(Object x, long at) {
        return bytes(x, at).lanewise(XOR, FLIP);
    }

    static void maximumUnsigned(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(flipped(x, i + e).max(flipped(y, j + e)).lanewise(XOR, FLIP), z, k + e);
        }
    }

    static void minimumUnsigned(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(flipped(x, i + e).min(flipped(y, j + e)).lanewise(XOR, FLIP), z, k + e);
        }
    }

    private static void truth(VectorMask<Byte> mask, Object z, long at) {
        store(NO.blend(YES, mask), z, at);
    }

    private static void inverse(VectorMask<Byte> mask, Object z, long at) {
        store(YES.blend(NO, mask), z, at);
    }

    static void equal(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            truth(bytes(x, i + e).compare(EQ, bytes(y, j + e)), z, k + e);
        }
    }

    static void notEqual(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            inverse(bytes(x, i + e).compare(EQ, bytes(y, j + e)), z, k + e);
        }
    }

    static void less(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            truth(bytes(x, i + e).compare(LT, bytes(y, j + e)), z, k + e);
        }
    }

    static void greater(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            truth(bytes(x, i + e).compare(GT, bytes(y, j + e)), z, k + e);
        }
    }

    static void lessEqual(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            inverse(bytes(x, i + e).compare(GT, bytes(y, j + e)), z, k + e);
        }
    }

    static void greaterEqual(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            inverse(bytes(x, i + e).compare(LT, bytes(y, j + e)), z, k + e);
        }
    }

    static void lessUnsigned(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            truth(flipped(x, i + e).compare(LT, flipped(y, j + e)), z, k + e);
        }
    }

    static void greaterUnsigned(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            truth(flipped(x, i + e).compare(GT, flipped(y, j + e)), z, k + e);
        }
    }

    static void lessEqualUnsigned(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            inverse(flipped(x, i + e).compare(GT, flipped(y, j + e)), z, k + e);
        }
    }

    static void greaterEqualUnsigned(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            inverse(flipped(x, i + e).compare(LT, flipped(y, j + e)), z, k + e);
        }
    }

    private static ByteVector truth(ByteVector v) {
        return NO.blend(YES, v.compare(NE, NO));
    }

    static void and(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(truth(bytes(x, i + e)).and(truth(bytes(y, j + e))), z, k + e);
        }
    }

    static void or(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(truth(bytes(x, i + e).or(bytes(y, j + e))), z, k + e);
        }
    }

    static void xor(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(truth(bytes(x, i + e)).lanewise(XOR, truth(bytes(y, j + e))), z, k + e);
        }
    }

    static void not(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            truth(bytes(x, i + e).compare(EQ, NO), z, k + e);
        }
    }

    static void square(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            ByteVector v = bytes(x, i + e);
            store(v.mul(v), z, k + e);
        }
    }

    static void negative(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(NO.sub(bytes(x, i + e)), z, k + e);
        }
    }

    static void abs(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(bytes(x, i + e).abs(), z, k + e);
        }
    }

    /** The largest number of each line. */
    static void most(Object x, long at, long step, int count, long bytes, double[] z) {
        for (int line = 0; line < count; line++) {
            z[line] = most(NO, x, at + line * step, bytes);
        }
    }

    static void mostUnsigned(Object x, long at, long step, int count, long bytes, double[] z) {
        for (int line = 0; line < count; line++) {
            z[line] = most(FLIP, x, at + line * step, bytes) - Byte.MIN_VALUE;
        }
    }

    /** The least number of each line. */
    static void least(Object x, long at, long step, int count, long bytes, double[] z) {
        for (int line = 0; line < count; line++) {
            z[line] = ~most(INVERSE, x, at + line * step, bytes);
        }
    }

    static void leastUnsigned(Object x, long at, long step, int count, long bytes, double[] z) {
        for (int line = 0; line < count; line++) {
            z[line] = ~most(FLIPPED_INVERSE, x, at + line * step, bytes) - Byte.MIN_VALUE;
        }
    }

    /** Of two vectors or more, with these bits flipped. */
    private static int most(ByteVector by, Object x, long from, long bytes) {
        ByteVector even = all(Byte.MIN_VALUE);
        ByteVector odd = all(Byte.MIN_VALUE);
        long last = from + bytes - BYTES;
        long e = from;
        for (; e < last - BYTES; e += 2L * BYTES) {
            even = even.max(bytes(x, e).lanewise(XOR, by));
            odd = odd.max(bytes(x, e + BYTES).lanewise(XOR, by));
        }
        even = even.max(bytes(x, Math.min(e, last)).lanewise(XOR, by));
        odd = odd.max(bytes(x, last).lanewise(XOR, by));
        return even.max(odd).reduceLanes(MAX);
    }
}
