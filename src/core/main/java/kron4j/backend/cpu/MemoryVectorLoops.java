package kron4j.backend.cpu;

import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.bytes;
import static kron4j.backend.cpu.MemoryVectors.doubles;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.ints;
import static kron4j.backend.cpu.MemoryVectors.longs;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import kron4j.DType;
import kron4j.backend.BinaryOp;

/** Loops over {@link MemoryVectors}, each called by a handle that is not a constant, so that the JIT compiles it alone, as {@link AloneVectorLoops}. */
final class MemoryVectorLoops implements MemoryLoops {
    private static final MethodType TYPE = MethodType.methodType(
            void.class, Object.class, long.class, Object.class, long.class, Object.class, long.class, long.class);

    private final Map<DType, Map<BinaryOp, MethodHandle>> loops = new EnumMap<>(DType.class);

    MemoryVectorLoops() {
        with(DType.FLOAT32, BinaryOp.ADD, "addFloats")
                .with(DType.FLOAT32, BinaryOp.SUBTRACT, "subtractFloats")
                .with(DType.FLOAT32, BinaryOp.MULTIPLY, "multiplyFloats")
                .with(DType.FLOAT32, BinaryOp.DIVIDE, "divideFloats")
                .with(DType.FLOAT64, BinaryOp.ADD, "addDoubles")
                .with(DType.FLOAT64, BinaryOp.SUBTRACT, "subtractDoubles")
                .with(DType.FLOAT64, BinaryOp.MULTIPLY, "multiplyDoubles")
                .with(DType.FLOAT64, BinaryOp.DIVIDE, "divideDoubles")
                .with(DType.INT32, BinaryOp.ADD, "addInts")
                .with(DType.INT32, BinaryOp.SUBTRACT, "subtractInts")
                .with(DType.INT32, BinaryOp.MULTIPLY, "multiplyInts")
                .with(DType.INT64, BinaryOp.ADD, "addLongs")
                .with(DType.INT64, BinaryOp.SUBTRACT, "subtractLongs")
                .with(DType.INT64, BinaryOp.MULTIPLY, "multiplyLongs")
                .with(DType.INT8, BinaryOp.ADD, "addBytes")
                .with(DType.INT8, BinaryOp.SUBTRACT, "subtractBytes")
                .with(DType.INT8, BinaryOp.MULTIPLY, "multiplyBytes")
                .with(DType.UINT8, BinaryOp.ADD, "addBytes")
                .with(DType.UINT8, BinaryOp.SUBTRACT, "subtractBytes")
                .with(DType.UINT8, BinaryOp.MULTIPLY, "multiplyBytes");
        if (PairVectors.SHUFFLES) {
            with(DType.COMPLEX64, BinaryOp.MULTIPLY, "multiplyComplex64")
                    .with(DType.COMPLEX128, BinaryOp.MULTIPLY, "multiplyComplex128");
        }
    }

    private MemoryVectorLoops with(DType dtype, BinaryOp op, String name) {
        try {
            MethodHandle loop = MethodHandles.lookup().findStatic(MemoryVectorLoops.class, name, TYPE);
            loops.computeIfAbsent(dtype, d -> new EnumMap<>(BinaryOp.class)).put(op, loop);
            return this;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public int width() {
        return BYTES;
    }

    @Override
    public boolean has(BinaryOp op, DType dtype) {
        return loops.getOrDefault(dtype, Map.of()).containsKey(op);
    }

    @Override
    public Object show(ByteBuffer buffer) {
        return MemoryVectors.show(buffer);
    }

    @Override
    public void run(BinaryOp op, DType dtype, Object x, long atX, Object y, long atY, Object z, long atZ, long bytes) {
        try {
            loops.get(dtype).get(op).invokeExact(x, atX, y, atY, z, atZ, bytes);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static void addFloats(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).add(floats(y, j + e)), z, k + e);
        }
    }

    static void subtractFloats(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).sub(floats(y, j + e)), z, k + e);
        }
    }

    static void multiplyFloats(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).mul(floats(y, j + e)), z, k + e);
        }
    }

    static void divideFloats(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).div(floats(y, j + e)), z, k + e);
        }
    }

    static void addDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).add(doubles(y, j + e)), z, k + e);
        }
    }

    static void subtractDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).sub(doubles(y, j + e)), z, k + e);
        }
    }

    static void multiplyDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).mul(doubles(y, j + e)), z, k + e);
        }
    }

    static void divideDoubles(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).div(doubles(y, j + e)), z, k + e);
        }
    }

    static void addInts(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(ints(x, i + e).add(ints(y, j + e)), z, k + e);
        }
    }

    static void subtractInts(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(ints(x, i + e).sub(ints(y, j + e)), z, k + e);
        }
    }

    static void multiplyInts(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(ints(x, i + e).mul(ints(y, j + e)), z, k + e);
        }
    }

    static void addLongs(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(longs(x, i + e).add(longs(y, j + e)), z, k + e);
        }
    }

    static void subtractLongs(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(longs(x, i + e).sub(longs(y, j + e)), z, k + e);
        }
    }

    static void multiplyLongs(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(longs(x, i + e).mul(longs(y, j + e)), z, k + e);
        }
    }

    static void addBytes(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(bytes(x, i + e).add(bytes(y, j + e)), z, k + e);
        }
    }

    static void subtractBytes(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(bytes(x, i + e).sub(bytes(y, j + e)), z, k + e);
        }
    }

    static void multiplyBytes(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(bytes(x, i + e).mul(bytes(y, j + e)), z, k + e);
        }
    }

    static void multiplyComplex64(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(PairVectors.multiply(floats(x, i + e), floats(y, j + e)), z, k + e);
        }
    }

    static void multiplyComplex128(Object x, long i, Object y, long j, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(PairVectors.multiply(doubles(x, i + e), doubles(y, j + e)), z, k + e);
        }
    }
}
