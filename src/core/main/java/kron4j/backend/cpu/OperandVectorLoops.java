package kron4j.backend.cpu;

import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.doubles;
import static kron4j.backend.cpu.MemoryVectors.floats;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.DoubleVector;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/** Loops over {@link MemoryVectors} of one operand, or of rows of one and a number for each, each {@link Alone}. */
final class OperandVectorLoops {
    private static final MethodType OF_ONE =
            MethodType.methodType(void.class, Object.class, long.class, Object.class, long.class, long.class);
    private static final MethodType OF_NUMBERS = MethodType.methodType(
            void.class,
            double[].class,
            Object.class,
            long.class,
            long.class,
            Object.class,
            long.class,
            long.class,
            long.class);

    private final Map<DType, Map<UnaryOp, MethodHandle>> functions = new EnumMap<>(DType.class);
    /** With the number as the second operand, and as the first one. */
    private final Map<DType, Map<BinaryOp, MethodHandle>> byNumber = new EnumMap<>(DType.class);

    private final Map<DType, Map<BinaryOp, MethodHandle>> ofNumber = new EnumMap<>(DType.class);

    private final RowVectorLoops rows;

    OperandVectorLoops(RowVectorLoops rows) {
        this.rows = rows;
        add(DType.FLOAT32, FloatOperandVectors.class);
        add(DType.FLOAT64, DoubleOperandVectors.class);
        Map<UnaryOp, MethodHandle> ofFloats = functions.get(DType.FLOAT32);
        ofFloats.put(UnaryOp.FLOOR, function(OperandVectorLoops.class, "floorFloats"));
        ofFloats.put(UnaryOp.CEIL, function(OperandVectorLoops.class, "ceilFloats"));
        ofFloats.put(UnaryOp.ROUND, function(OperandVectorLoops.class, "roundFloats"));
        ofFloats.put(UnaryOp.RSQRT, function(OperandVectorLoops.class, "rsqrtFloats"));
        functions.get(DType.FLOAT64).put(UnaryOp.RSQRT, function(OperandVectorLoops.class, "rsqrtDoubles"));
        functions.put(DType.INT8, ByteMemoryVectorLoops.ofOne(true, OF_ONE));
        functions.put(DType.UINT8, ByteMemoryVectorLoops.ofOne(false, OF_ONE));
        functions.put(
                DType.BOOL,
                new EnumMap<>(Map.of(UnaryOp.LOGICAL_NOT, Alone.loop(ByteMemoryVectorLoops.class, "not", OF_ONE))));
    }

    private void add(DType dtype, Class<?> loops) {
        functions.put(
                dtype,
                new EnumMap<>(Map.of(
                        UnaryOp.NEGATIVE, function(loops, "negative"),
                        UnaryOp.ABS, function(loops, "abs"),
                        UnaryOp.SQUARE, function(loops, "square"),
                        UnaryOp.SQRT, function(loops, "sqrt"),
                        UnaryOp.RECIPROCAL, function(loops, "reciprocal"),
                        UnaryOp.RELU, function(loops, "relu"))));
        Map<BinaryOp, MethodHandle> commutative = Map.of(
                BinaryOp.ADD, withNumber(loops, "add"),
                BinaryOp.MULTIPLY, withNumber(loops, "multiply"),
                BinaryOp.MAXIMUM, withNumber(loops, "maximum"),
                BinaryOp.MINIMUM, withNumber(loops, "minimum"));
        byNumber.put(dtype, new EnumMap<>(commutative));
        byNumber.get(dtype).put(BinaryOp.SUBTRACT, withNumber(loops, "subtract"));
        byNumber.get(dtype).put(BinaryOp.DIVIDE, withNumber(loops, "divide"));
        ofNumber.put(dtype, new EnumMap<>(commutative));
        ofNumber.get(dtype).put(BinaryOp.SUBTRACT, withNumber(loops, "subtractFrom"));
        ofNumber.get(dtype).put(BinaryOp.DIVIDE, withNumber(loops, "quotient"));
    }

    private static MethodHandle function(Class<?> loops, String name) {
        return Alone.loop(loops, name, OF_ONE);
    }

    private static MethodHandle withNumber(Class<?> loops, String name) {
        return Alone.loop(loops, name, OF_NUMBERS);
    }

    boolean has(UnaryOp op, DType dtype) {
        return functions.getOrDefault(dtype, Map.of()).containsKey(op);
    }

    boolean hasNumber(BinaryOp op, DType dtype) {
        return byNumber.getOrDefault(dtype, Map.of()).containsKey(op);
    }

    void run(UnaryOp op, DType dtype, Object x, long atX, Object z, long atZ, long bytes) {
        try {
            functions.get(dtype).get(op).invokeExact(x, atX, z, atZ, bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void run(
            BinaryOp op,
            boolean first,
            double[] numbers,
            DType dtype,
            Object x,
            long atX,
            long stepX,
            Object z,
            long atZ,
            long stepZ,
            long bytes) {
        int done = 0;
        if (stepX == 0 && op == BinaryOp.MULTIPLY && numbers.length >= RowVectorLoops.ROWS) {
            done = numbers.length - numbers.length % RowVectorLoops.ROWS;
            rows.outer(dtype, numbers, done, x, atX, z, atZ, stepZ, bytes);
        }
        double[] rest = done == 0 ? numbers : Arrays.copyOfRange(numbers, done, numbers.length);
        try {
            (first ? ofNumber : byNumber)
                    .get(dtype)
                    .get(op)
                    .invokeExact(rest, x, atX, stepX, z, atZ + done * stepZ, stepZ, bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void rsqrtFloats(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(FloatCurveVectors.rsqrt(floats(x, i + e)), z, k + e);
        }
    }

    static void rsqrtDoubles(Object x, long i, Object z, long k, long end) {
        DoubleVector one = PairVectors.all(1d);
        for (long e = 0; e < end; e += BYTES) {
            store(one.div(doubles(x, i + e).sqrt()), z, k + e);
        }
    }

    static void floorFloats(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(FloatCurveVectors.floor(floats(x, i + e)), z, k + e);
        }
    }

    static void ceilFloats(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(FloatCurveVectors.ceil(floats(x, i + e)), z, k + e);
        }
    }

    static void roundFloats(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(FloatCurveVectors.round(floats(x, i + e)), z, k + e);
        }
    }
}
