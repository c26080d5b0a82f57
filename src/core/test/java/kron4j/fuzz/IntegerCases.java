package kron4j.fuzz;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Elementwise;
import kron4j.ops.MatMul;
import kron4j.ops.Reduce;
import kron4j.reference.Einsums.Loops;
import kron4j.reference.NDArray;

/** Integers at the ends of their ranges, where arithmetic wraps around, and conversions between all dtypes as Java casts. */
final class IntegerCases {
    private static final long[] EDGES = {
        0,
        1,
        -1,
        2,
        7,
        -8,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        (1L << 53) + 1,
        -(1L << 53) - 1,
        1L << 32,
        46341,
        3037000500L,
        127,
        128,
        255
    };

    private record Operation(BinaryOperator<Tensor> tested, LongBinaryOperator exact, boolean divides) {}

    private static final Operation[] OPERATIONS = {
        new Operation(Elementwise::add, (x, y) -> x + y, false),
        new Operation(Elementwise::subtract, (x, y) -> x - y, false),
        new Operation(Elementwise::multiply, (x, y) -> x * y, false),
        new Operation(Elementwise::maximum, Math::max, false),
        new Operation(Elementwise::minimum, Math::min, false),
        new Operation(Elementwise::divide, Math::floorDiv, true),
        new Operation(Elementwise::remainder, Math::floorMod, true),
        new Operation(Elementwise::less, (x, y) -> x < y ? 1 : 0, false),
        new Operation(Elementwise::equal, (x, y) -> x == y ? 1 : 0, false),
        new Operation(Elementwise::greaterEqual, (x, y) -> x >= y ? 1 : 0, false),
    };

    private final Draw draw;
    private final DType dtype;

    private IntegerCases(Draw draw) {
        this.draw = draw;
        dtype = draw.of(DType.INT64, DType.INT32, DType.INT8, DType.UINT8);
    }

    static void check(Draw draw) {
        IntegerCases c = new IntegerCases(draw);
        switch (draw.below(7)) {
            case 0, 1 -> c.operation();
            case 5 -> c.reduction();
            case 2 -> c.function();
            case 3 -> c.product();
            case 4 -> c.power();
            default -> casts(draw);
        }
    }

    /** Wrapped to the dtype. */
    private long wrapped(long x) {
        return switch (dtype) {
            case INT8 -> (byte) x;
            case UINT8 -> x & 0xff;
            case INT32 -> (int) x;
            default -> x;
        };
    }

    private long[] values(int n) {
        SplittableRandom from = draw.elements();
        boolean edges = draw.below(3) > 0;
        long[] values = new long[n];
        Arrays.setAll(
                values,
                i -> wrapped(
                        edges && from.nextInt(2) == 0
                                ? EDGES[from.nextInt(EDGES.length)]
                                : from.nextLong() >> from.nextInt(64)));
        return values;
    }

    private Tensor tensor(long[] values, long... shape) {
        if (dtype == DType.INT64) {
            return Operand.scattered(draw, values, dtype, shape);
        }
        double[] exact = Arrays.stream(values).asDoubleStream().toArray();
        return Operand.scattered(draw, NDArray.toArray(dtype, exact), dtype, shape);
    }

    private static int count(long... shape) {
        return NDArray.full(0, shape).size();
    }

    private void operation() {
        Operation f = OPERATIONS[draw.below(OPERATIONS.length)];
        long[] shape = draw.shape(draw.below(3), 500);
        long[] x = values(count(shape));
        long[] y = values(x.length);
        boolean zero = Arrays.stream(y).anyMatch(v -> v == 0);
        Tensor a = tensor(x, shape);
        Tensor b = tensor(y, shape);
        String what = "integer operation " + Arrays.asList(OPERATIONS).indexOf(f) + " " + dtype;
        if (f.divides && zero) {
            Verify.refused(what + " by zero", () -> f.tested.apply(a, b).close(), TensorException.class);
            return;
        }
        long[] expected = new long[x.length];
        Arrays.setAll(expected, i -> wrapped(f.exact.applyAsLong(x[i], y[i])));
        Verify.same(what, expected, f.tested.apply(a, b).toLongArray());
    }

    private void function() {
        long[] shape = draw.shape(draw.below(3), 500);
        long[] x = values(count(shape));
        Tensor a = tensor(x, shape);
        switch (draw.below(6)) {
            case 0 -> mapped("negative", Elementwise.negative(a), x, v -> -v);
            case 1 -> mapped("abs", Elementwise.abs(a), x, v -> v < 0 ? -v : v);
            case 2 -> mapped("square", Elementwise.square(a), x, v -> v * v);
            case 3 -> mapped("sign", Elementwise.sign(a), x, Long::signum);
            case 4 -> mapped("relu", Elementwise.relu(a), x, v -> Math.max(v, 0));
            default -> mapped("copy", a.copy(), x, v -> v);
        }
    }

    private void mapped(String name, Tensor actual, long[] x, java.util.function.LongUnaryOperator exact) {
        Verify.same(
                name + " of " + dtype,
                Arrays.stream(x).map(v -> wrapped(exact.applyAsLong(v))).toArray(),
                actual.toLongArray());
    }

    private void product() {
        long[] s = draw.shape(3, 6000);
        long[] x = values((int) (s[0] * s[1]));
        long[] y = values((int) (s[1] * s[2]));
        Loops loops = Loops.of(
                new int[][] {{0, 1}, {1, 2}}, new int[] {0, 2}, new long[] {s[0], s[1]}, new long[] {s[1], s[2]});
        long[] sums = new long[loops.count()];
        loops.forEach((from, to) -> sums[to] = wrapped(sums[to] + x[from[0]] * y[from[1]]));
        Tensor a = tensor(x, s[0], s[1]);
        Tensor b = tensor(y, s[1], s[2]);
        Verify.same("matmul of " + dtype, sums, MatMul.matmul(a, b).toLongArray());
    }

    private void reduction() {
        long rows = draw.size(17);
        long cols = draw.size(65);
        long[] x = values((int) (rows * cols));
        Tensor a = tensor(x, rows, cols);
        int kind = draw.below(cols == 0 ? 2 : 5);
        boolean first = draw.below(2) == 1;
        Tensor t = first ? a.transpose() : a;
        int axis = first ? 0 : 1;
        String what = "reduction " + kind + " of " + t.layout() + " " + dtype;
        LongBinaryOperator combine = switch (kind) {
            case 0, 4 -> Long::sum;
            case 1 -> (p, q) -> p * q;
            case 2 -> Math::max;
            default -> Math::min;
        };
        long[] expected = new long[(int) rows];
        double[] means = new double[expected.length];
        double[] bounds = new double[expected.length];
        for (int i = 0; i < rows; i++) {
            long[] row = Arrays.copyOfRange(x, i * (int) cols, (i + 1) * (int) cols);
            expected[i] = kind >= 2 && kind < 4
                    ? Arrays.stream(row).reduce(combine).getAsLong()
                    : Arrays.stream(row).reduce(kind == 1 ? 1 : 0, combine);
            means[i] = Arrays.stream(row).asDoubleStream().sum() / cols;
            bounds[i] = (cols + 2)
                    * DType.FLOAT64.epsilon()
                    * Arrays.stream(row).asDoubleStream().map(Math::abs).sum()
                    / cols;
        }
        switch (kind) {
            case 0 -> Verify.same(what, expected, Reduce.sum(t, axis).toLongArray());
            case 1 -> Verify.same(what, expected, Reduce.prod(t, axis).toLongArray());
            case 2 -> Verify.same(what, expected, Reduce.max(t, axis).toLongArray());
            case 3 -> Verify.same(what, expected, Reduce.min(t, axis).toLongArray());
            default -> Verify.close(what, NDArray.of(means, rows), NDArray.of(bounds, rows), Reduce.mean(t, axis));
        }
    }

    private void power() {
        long[] x = values(draw.size(65));
        int n = draw.below(9);
        long[] expected = Arrays.stream(x)
                .map(v -> {
                    long p = 1;
                    for (int i = 0; i < n; i++) {
                        p *= v;
                    }
                    return wrapped(p);
                })
                .toArray();
        Verify.same(
                "power " + n + " of " + dtype,
                expected,
                tensor(x, x.length).pow(n).toLongArray());
    }

    private static void casts(Draw draw) {
        DType[] all = {DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64, DType.BOOL, DType.INT8, DType.UINT8};
        DType from = draw.of(all);
        DType to = draw.of(all);
        long[] shape = draw.shape(draw.below(4), 500);
        if (from == DType.INT64) {
            long[] x = new IntegerCases(draw).values(count(shape));
            Tensor t = Operand.scattered(draw, x, from, shape);
            double[] expected = Arrays.stream(x).mapToDouble(v -> cast(v, to)).toArray();
            if (to == DType.INT64) {
                Verify.same("int64 to int64", x, t.to(to).toLongArray());
            } else {
                Verify.same("int64 to " + to, NDArray.of(expected, shape), t.to(to));
            }
            return;
        }
        NDArray values = from.isFloating()
                ? draw.wild(from, shape)
                : NDArray.integers(draw.elements(), from == DType.BOOL ? 0 : -9, from == DType.BOOL ? 2 : 10, shape);
        if (from.isFloating() && draw.oneIn(3)) {
            double scale = draw.of(0x1p31, 0x1p63, 0x1p32, 0x1p53);
            values = values.map(x -> (float) (x * scale));
        }
        Operand a = Operand.any(draw, values, from);
        NDArray exact = a.values().map(x -> from == DType.FLOAT32 ? (float) x : x);
        if (to == DType.INT64) {
            Verify.same(
                    from + " to int64",
                    Arrays.stream(exact.data()).mapToLong(x -> (long) x).toArray(),
                    a.tensor().to(to).toLongArray());
        } else {
            Verify.same(
                    from + " to " + to, exact.map(x -> cast(x, to)), a.tensor().to(to));
        }
    }

    private static double cast(long x, DType to) {
        return switch (to) {
            case FLOAT32 -> (float) x;
            case FLOAT64 -> x;
            case FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128 -> throw new AssertionError(to);
            case INT32 -> (int) x;
            case INT64 -> x;
            case INT8 -> (byte) x;
            case UINT8 -> x & 0xff;
            case BOOL -> x != 0 ? 1 : 0;
        };
    }

    private static double cast(double x, DType to) {
        return switch (to) {
            case FLOAT32 -> (float) x;
            case FLOAT64 -> x;
            case FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128 -> throw new AssertionError(to);
            case INT32 -> (int) x;
            case INT64 -> (long) x;
            case INT8 -> (byte) x;
            case UINT8 -> (byte) x & 0xff;
            case BOOL -> x != 0 ? 1 : 0;
        };
    }
}
