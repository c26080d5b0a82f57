package kron4j.jvm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.backend.Halves;
import kron4j.ops.Elementwise;

/** An operation with random operands, whose shapes, layouts and numbers follow from a seed. The seeds go through the operations, and then through their dtypes. */
final class VectorCase {
    private static final long[] SIZES = {
        1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 257, 1000, 1025, 4099, 70_001
    };
    private static final long[] SMALL_SIZES = {1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 24, 31, 32, 33};
    private static final int MOST = 80_000;

    private static final double[] SPECIAL = {
        0,
        -0.0,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        1e-310,
        -1e-42,
        3e-6,
        1,
        -1,
        0.5,
        -2.5,
        88,
        127,
        255,
        -128
    };
    /** What overflows in sums and products. */
    private static final double[] LARGE = {65504, 3e38, -1e30, 1e300, -2147483648.0, 9.3e18};

    private final SplittableRandom random;
    private final VectorOperations.Operation operation;
    private final DType dtype;
    private final VectorOperations.Input in;

    /** The case of a seed, in the current scope. */
    VectorCase(long seed) {
        random = new SplittableRandom(seed);
        int count = VectorOperations.ALL.size();
        operation = VectorOperations.ALL.get((int) (seed % count));
        DType[] dtypes =
                Arrays.stream(DType.values()).filter(operation.dtypes()).toArray(DType[]::new);
        dtype = dtypes[(int) (seed / count % dtypes.length)];
        int rank = random.nextInt(operation.least(), operation.most() + 1);
        long[] sizes = rank == 3 ? SMALL_SIZES : SIZES;
        long[] shape = LongStream.generate(() -> sizes[random.nextInt(sizes.length)])
                .limit(rank)
                .toArray();
        if (product(shape) > MOST) {
            shape[random.nextInt(rank)] = 3;
        }
        int axis = random.nextInt(rank);
        Tensor x = operand(shape);
        Tensor y = operand(shape);
        long[] index = LongStream.generate(() -> random.nextLong(shape[axis]))
                .limit(random.nextInt(1, 41))
                .toArray();
        in = new VectorOperations.Input(x, y, axis, Tensor.of(index));
    }

    @Override
    public String toString() {
        return operation.name() + " " + dtype + " axis " + in.axis() + " of "
                + in.x().layout() + " and " + in.y().layout();
    }

    Tensor result() {
        return operation.function().of(in);
    }

    /** By how much each number of the result may differ; none for not at all. */
    double[] bounds(Tensor result) {
        Tensor size = absolute(result);
        Tensor unit = operation
                .bound()
                .of(new VectorOperations.Input(absolute(in.x()), absolute(in.y()), in.axis(), in.index()), size);
        if (unit == null || !VectorOperations.hasFraction(result.dtype())) {
            return new double[0];
        }
        double epsilon = result.dtype().computed().epsilon();
        // Below the normal numbers, units stay as they are.
        double least = 8 * (epsilon == Math.ulp(1.0) ? Double.MIN_VALUE : Float.MIN_VALUE);
        Tensor bound = unit.multiply(epsilon).add(least);
        if (result.dtype().isHalf()) {
            // Computed as floats, and rounded once: where the floats are two, to neighbours.
            bound = bound.add(size.multiply(result.dtype().epsilon()))
                    .add(result.dtype() == DType.FLOAT16 ? 0x1p-24 : 0x1p-133);
        }
        return bound.expand(result.shape().dims()).toDoubleArray();
    }

    /** Absolute values in float64, and 0 for what is not finite. */
    private static Tensor absolute(Tensor t) {
        Tensor wide = t.detach();
        Tensor size = wide.dtype().isComplex()
                ? wide.to(DType.COMPLEX128).abs()
                : wide.to(DType.FLOAT64).abs();
        return Elementwise.where(Elementwise.isFinite(size), size, 0);
    }

    private static long product(long... shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    // ---- operands ----

    private Tensor operand(long[] shape) {
        int axis = random.nextInt(shape.length);
        long[] base = shape.clone();
        int layout = random.nextInt(6);
        switch (layout) {
            case 0 -> base[axis] = 1;
            case 1 -> base[axis] = 2 * shape[axis] + 1;
            case 2 -> base[axis] = shape[axis] + 1;
            case 3 -> {
                base[axis] = shape[0];
                base[0] = shape[axis];
            }
            default -> {}
        }
        Tensor t = numbers(base);
        return switch (layout) {
            case 0 -> t.expand(shape);
            case 1 -> t.slice(axis, 1, base[axis], 2);
            case 2 -> t.slice(axis, 1, base[axis]);
            case 3 -> t.transpose(0, axis);
            case 4 -> t.flip(axis);
            default -> t;
        };
    }

    private Tensor numbers(long[] shape) {
        int n = Math.toIntExact(product(shape) * (dtype.isComplex() ? 2 : 1));
        int kind = random.nextInt(3);
        DType part = dtype.realPart();
        ByteBuffer bytes = ByteBuffer.allocate(n * part.bytes()).order(ByteOrder.nativeOrder());
        for (int i = 0; i < n; i++) {
            put(bytes, part, number(kind));
        }
        return Tensor.of(dtype, bytes.flip(), Shape.of(shape));
    }

    private double number(int kind) {
        boolean whole = dtype.isInteger() || dtype == DType.BOOL;
        if (operation.values() == VectorOperations.Values.NEAR_ONE) {
            double x = whole ? 1 : Math.scalb(1.0, random.nextInt(2)) * random.nextDouble(0.5, 1);
            return random.nextBoolean() ? x : -x;
        }
        if (whole) {
            return kind == 0 ? random.nextInt() : random.nextInt(-3, 7);
        }
        if (operation.values() == VectorOperations.Values.FINITE || kind > 1) {
            return random.nextDouble(-2, 2);
        }
        if (kind == 1) {
            return random.nextDouble(-100, 100);
        }
        if (random.nextInt(4) > 0) {
            return random.nextInt(-4, 5);
        }
        boolean large = operation.values() == VectorOperations.Values.ALL && random.nextInt(4) == 0;
        double[] from = large ? LARGE : SPECIAL;
        return from[random.nextInt(from.length)];
    }

    private static void put(ByteBuffer bytes, DType dtype, double x) {
        switch (dtype) {
            case FLOAT32 -> bytes.putFloat((float) x);
            case FLOAT64 -> bytes.putDouble(x);
            case FLOAT16 -> bytes.putShort(Halves.toFloat16((float) x));
            case BFLOAT16 -> bytes.putShort(Halves.toBfloat16((float) x));
            case INT32 -> bytes.putInt((int) x);
            case INT64 -> bytes.putLong((long) x * 0x100000001L);
            case INT8, UINT8 -> bytes.put((byte) x);
            case BOOL -> bytes.put((byte) ((int) x & 1));
            case COMPLEX64, COMPLEX128 -> throw new AssertionError(dtype);
        }
    }
}
