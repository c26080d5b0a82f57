package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.XOR;
import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.bytes;
import static kron4j.backend.cpu.MemoryVectors.ints;
import static kron4j.backend.cpu.MemoryVectors.longs;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import kron4j.DType;
import kron4j.backend.BinaryOp;

/** Loops over rows of integers in {@link MemoryVectors} and a number for each row, which may be either operand, each {@link Alone}. */
final class IntegerNumberVectorLoops {
    private static final MethodType TYPE = MethodType.methodType(
            void.class,
            long[].class,
            Object.class,
            long.class,
            long.class,
            Object.class,
            long.class,
            long.class,
            long.class);
    private static final ByteVector NO = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) 0);
    private static final ByteVector YES = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) 1);
    private static final ByteVector FLIP = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, Byte.MIN_VALUE);

    private final Map<DType, Map<BinaryOp, MethodHandle>> loops = new EnumMap<>(DType.class);

    IntegerNumberVectorLoops() {
        arithmetic(DType.INT32, "Ints", "Ints");
        arithmetic(DType.INT64, "Longs", "Longs");
        arithmetic(DType.INT8, "Bytes", "Bytes");
        arithmetic(DType.UINT8, "Bytes", "Unsigned");
        loops.put(DType.BOOL, new EnumMap<>(BinaryOp.class));
        for (DType dtype : new DType[] {DType.INT8, DType.UINT8, DType.BOOL}) {
            loops.get(dtype).put(BinaryOp.EQUAL, loop("equalBytes"));
            loops.get(dtype).put(BinaryOp.NOT_EQUAL, loop("notEqualBytes"));
        }
    }

    private void arithmetic(DType dtype, String numbers, String ordered) {
        loops.put(
                dtype,
                new EnumMap<>(Map.of(
                        BinaryOp.ADD, loop("add" + numbers),
                        BinaryOp.MULTIPLY, loop("multiply" + numbers),
                        BinaryOp.MAXIMUM, loop("maximum" + ordered),
                        BinaryOp.MINIMUM, loop("minimum" + ordered))));
    }

    private static MethodHandle loop(String name) {
        return Alone.loop(IntegerNumberVectorLoops.class, name, TYPE);
    }

    boolean has(BinaryOp op, DType dtype) {
        return loops.getOrDefault(dtype, Map.of()).containsKey(op);
    }

    void run(
            BinaryOp op,
            long[] numbers,
            DType dtype,
            Object x,
            long atX,
            long stepX,
            Object z,
            long atZ,
            long stepZ,
            long bytes) {
        try {
            loops.get(dtype).get(op).invokeExact(numbers, x, atX, stepX, z, atZ, stepZ, bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void addInts(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            IntVector c = IntVector.broadcast(IntVector.SPECIES_PREFERRED, (int) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(ints(x, from + e).add(c), z, to + e);
            }
        }
    }

    static void multiplyInts(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            IntVector c = IntVector.broadcast(IntVector.SPECIES_PREFERRED, (int) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(ints(x, from + e).mul(c), z, to + e);
            }
        }
    }

    static void maximumInts(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            IntVector c = IntVector.broadcast(IntVector.SPECIES_PREFERRED, (int) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(ints(x, from + e).max(c), z, to + e);
            }
        }
    }

    static void minimumInts(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            IntVector c = IntVector.broadcast(IntVector.SPECIES_PREFERRED, (int) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(ints(x, from + e).min(c), z, to + e);
            }
        }
    }

    static void addLongs(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            LongVector c = LongVector.broadcast(LongVector.SPECIES_PREFERRED, numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(longs(x, from + e).add(c), z, to + e);
            }
        }
    }

    static void multiplyLongs(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            LongVector c = LongVector.broadcast(LongVector.SPECIES_PREFERRED, numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(longs(x, from + e).mul(c), z, to + e);
            }
        }
    }

    static void maximumLongs(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            LongVector c = LongVector.broadcast(LongVector.SPECIES_PREFERRED, numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(longs(x, from + e).max(c), z, to + e);
            }
        }
    }

    static void minimumLongs(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            LongVector c = LongVector.broadcast(LongVector.SPECIES_PREFERRED, numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(longs(x, from + e).min(c), z, to + e);
            }
        }
    }

    static void addBytes(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            ByteVector c = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(bytes(x, from + e).add(c), z, to + e);
            }
        }
    }

    static void multiplyBytes(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            ByteVector c = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(bytes(x, from + e).mul(c), z, to + e);
            }
        }
    }

    static void maximumBytes(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            ByteVector c = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(bytes(x, from + e).max(c), z, to + e);
            }
        }
    }

    static void minimumBytes(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            ByteVector c = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(bytes(x, from + e).min(c), z, to + e);
            }
        }
    }

    static void maximumUnsigned(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            ByteVector c = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) (numbers[r] ^ Byte.MIN_VALUE));
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(bytes(x, from + e).lanewise(XOR, FLIP).max(c).lanewise(XOR, FLIP), z, to + e);
            }
        }
    }

    static void minimumUnsigned(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            ByteVector c = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) (numbers[r] ^ Byte.MIN_VALUE));
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(bytes(x, from + e).lanewise(XOR, FLIP).min(c).lanewise(XOR, FLIP), z, to + e);
            }
        }
    }

    static void equalBytes(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            ByteVector c = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(NO.blend(YES, bytes(x, from + e).compare(EQ, c)), z, to + e);
            }
        }
    }

    static void notEqualBytes(long[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            ByteVector c = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(YES.blend(NO, bytes(x, from + e).compare(EQ, c)), z, to + e);
            }
        }
    }
}
