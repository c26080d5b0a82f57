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
import jdk.incubator.vector.FloatVector;
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
        add(DType.FLOAT32, "Floats");
        add(DType.FLOAT64, "Doubles");
        functions.get(DType.FLOAT32).put(UnaryOp.FLOOR, function("floorFloats"));
        functions.get(DType.FLOAT32).put(UnaryOp.CEIL, function("ceilFloats"));
        functions.get(DType.FLOAT32).put(UnaryOp.ROUND, function("roundFloats"));
    }

    private void add(DType dtype, String kind) {
        functions.put(
                dtype,
                new EnumMap<>(Map.of(
                        UnaryOp.NEGATIVE, function("negative" + kind),
                        UnaryOp.ABS, function("abs" + kind),
                        UnaryOp.SQUARE, function("square" + kind),
                        UnaryOp.SQRT, function("sqrt" + kind),
                        UnaryOp.RSQRT, function("rsqrt" + kind),
                        UnaryOp.RECIPROCAL, function("reciprocal" + kind),
                        UnaryOp.RELU, function("relu" + kind))));
        Map<BinaryOp, MethodHandle> commutative = Map.of(
                BinaryOp.ADD, withNumber("add" + kind),
                BinaryOp.MULTIPLY, withNumber("multiply" + kind),
                BinaryOp.MAXIMUM, withNumber("maximum" + kind),
                BinaryOp.MINIMUM, withNumber("minimum" + kind));
        byNumber.put(dtype, new EnumMap<>(commutative));
        byNumber.get(dtype).put(BinaryOp.SUBTRACT, withNumber("subtract" + kind));
        byNumber.get(dtype).put(BinaryOp.DIVIDE, withNumber("divide" + kind));
        ofNumber.put(dtype, new EnumMap<>(commutative));
        ofNumber.get(dtype).put(BinaryOp.SUBTRACT, withNumber("subtractFrom" + kind));
        ofNumber.get(dtype).put(BinaryOp.DIVIDE, withNumber("quotient" + kind));
    }

    private static MethodHandle function(String name) {
        return Alone.loop(OperandVectorLoops.class, name, OF_ONE);
    }

    private static MethodHandle withNumber(String name) {
        return Alone.loop(OperandVectorLoops.class, name, OF_NUMBERS);
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

    static void negativeFloats(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).neg(), z, k + e);
        }
    }

    static void negativeDoubles(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).neg(), z, k + e);
        }
    }

    static void absFloats(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).abs(), z, k + e);
        }
    }

    static void absDoubles(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).abs(), z, k + e);
        }
    }

    static void sqrtFloats(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).sqrt(), z, k + e);
        }
    }

    static void sqrtDoubles(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).sqrt(), z, k + e);
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

    static void addFloats(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).add(c), z, to + e);
            }
        }
    }

    static void addDoubles(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            DoubleVector c = PairVectors.all(numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(doubles(x, from + e).add(c), z, to + e);
            }
        }
    }

    static void subtractFloats(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).sub(c), z, to + e);
            }
        }
    }

    static void subtractDoubles(
            double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            DoubleVector c = PairVectors.all(numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(doubles(x, from + e).sub(c), z, to + e);
            }
        }
    }

    static void subtractFromFloats(
            double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(c.sub(floats(x, from + e)), z, to + e);
            }
        }
    }

    static void subtractFromDoubles(
            double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            DoubleVector c = PairVectors.all(numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(c.sub(doubles(x, from + e)), z, to + e);
            }
        }
    }

    static void multiplyFloats(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).mul(c), z, to + e);
            }
        }
    }

    static void multiplyDoubles(
            double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            DoubleVector c = PairVectors.all(numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(doubles(x, from + e).mul(c), z, to + e);
            }
        }
    }

    static void divideFloats(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).div(c), z, to + e);
            }
        }
    }

    static void divideDoubles(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            DoubleVector c = PairVectors.all(numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(doubles(x, from + e).div(c), z, to + e);
            }
        }
    }

    static void quotientFloats(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(c.div(floats(x, from + e)), z, to + e);
            }
        }
    }

    static void quotientDoubles(
            double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            DoubleVector c = PairVectors.all(numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(c.div(doubles(x, from + e)), z, to + e);
            }
        }
    }

    static void maximumFloats(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).max(c), z, to + e);
            }
        }
    }

    static void maximumDoubles(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            DoubleVector c = PairVectors.all(numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(doubles(x, from + e).max(c), z, to + e);
            }
        }
    }

    static void minimumFloats(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            FloatVector c = PairVectors.all((float) numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(floats(x, from + e).min(c), z, to + e);
            }
        }
    }

    static void minimumDoubles(double[] numbers, Object x, long i, long stepX, Object z, long k, long stepZ, long end) {
        for (int r = 0; r < numbers.length; r++) {
            DoubleVector c = PairVectors.all(numbers[r]);
            long from = i + r * stepX;
            long to = k + r * stepZ;
            for (long e = 0; e < end; e += BYTES) {
                store(doubles(x, from + e).min(c), z, to + e);
            }
        }
    }

    static void squareFloats(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            FloatVector v = floats(x, i + e);
            store(v.mul(v), z, k + e);
        }
    }

    static void reciprocalFloats(Object x, long i, Object z, long k, long end) {
        FloatVector one = PairVectors.all(1f);
        for (long e = 0; e < end; e += BYTES) {
            store(one.div(floats(x, i + e)), z, k + e);
        }
    }

    static void reluFloats(Object x, long i, Object z, long k, long end) {
        FloatVector zero = PairVectors.all(0f);
        for (long e = 0; e < end; e += BYTES) {
            store(floats(x, i + e).max(zero), z, k + e);
        }
    }

    static void squareDoubles(Object x, long i, Object z, long k, long end) {
        for (long e = 0; e < end; e += BYTES) {
            DoubleVector v = doubles(x, i + e);
            store(v.mul(v), z, k + e);
        }
    }

    static void reciprocalDoubles(Object x, long i, Object z, long k, long end) {
        DoubleVector one = PairVectors.all(1d);
        for (long e = 0; e < end; e += BYTES) {
            store(one.div(doubles(x, i + e)), z, k + e);
        }
    }

    static void reluDoubles(Object x, long i, Object z, long k, long end) {
        DoubleVector zero = PairVectors.all(0d);
        for (long e = 0; e < end; e += BYTES) {
            store(doubles(x, i + e).max(zero), z, k + e);
        }
    }
}
