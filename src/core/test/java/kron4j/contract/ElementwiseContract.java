package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.relative;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.UnaryOperator;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Elementwise;
import kron4j.ops.Random;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Elementwise operations against {@link Math} and Java's integer arithmetic. */
public class ElementwiseContract extends Contract {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final NDArray SPECIAL = NDArray.of(
            new double[] {
                0,
                -0.0,
                1,
                -1,
                0.5,
                -0.5,
                1.5,
                2.5,
                -2.5,
                3,
                1e-6f,
                -1e-30f,
                20,
                -20,
                87,
                89,
                -104,
                709,
                711,
                -745,
                1e30f,
                -3e38f,
                Float.MIN_VALUE,
                Double.NaN,
                INF,
                -INF
            },
            26);

    private record Function(UnaryOperator<Tensor> tested, DoubleUnaryOperator exact) {}

    private static final Map<String, Function> FUNCTIONS = Map.ofEntries(
            Map.entry("negative", new Function(Elementwise::negative, x -> -x)),
            Map.entry("abs", new Function(Elementwise::abs, Math::abs)),
            Map.entry("sign", new Function(Elementwise::sign, Math::signum)),
            Map.entry("square", new Function(Elementwise::square, x -> x * x)),
            Map.entry("sqrt", new Function(Elementwise::sqrt, Math::sqrt)),
            Map.entry("rsqrt", new Function(Elementwise::rsqrt, x -> 1 / Math.sqrt(x))),
            Map.entry("reciprocal", new Function(Elementwise::reciprocal, x -> 1 / x)),
            Map.entry("exp", new Function(Elementwise::exp, Math::exp)),
            Map.entry("expm1", new Function(Elementwise::expm1, Math::expm1)),
            Map.entry("log", new Function(Elementwise::log, Math::log)),
            Map.entry("log1p", new Function(Elementwise::log1p, Math::log1p)),
            Map.entry("sin", new Function(Elementwise::sin, Math::sin)),
            Map.entry("cos", new Function(Elementwise::cos, Math::cos)),
            Map.entry("tan", new Function(Elementwise::tan, Math::tan)),
            Map.entry("asin", new Function(Elementwise::asin, Math::asin)),
            Map.entry("acos", new Function(Elementwise::acos, Math::acos)),
            Map.entry("atan", new Function(Elementwise::atan, Math::atan)),
            Map.entry("sinh", new Function(Elementwise::sinh, Math::sinh)),
            Map.entry("cosh", new Function(Elementwise::cosh, Math::cosh)),
            Map.entry("tanh", new Function(Elementwise::tanh, Math::tanh)),
            Map.entry(
                    "sigmoid",
                    new Function(
                            Elementwise::sigmoid,
                            x -> x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))),
            Map.entry("relu", new Function(Elementwise::relu, x -> x < 0 ? 0 : x)),
            Map.entry(
                    "softplus",
                    new Function(Elementwise::softplus, x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))))),
            Map.entry("floor", new Function(Elementwise::floor, Math::floor)),
            Map.entry("ceil", new Function(Elementwise::ceil, Math::ceil)),
            Map.entry("round", new Function(Elementwise::round, Math::rint)));

    private static double floor(DType dtype) {
        return dtype == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    }

    private static NDArray rounded(DType dtype, NDArray exact) {
        return dtype == DType.FLOAT32 ? exact.map(x -> (float) x) : exact;
    }

    @Test
    void functionsAtSpecialAndRandomValues() {
        NDArray random = NDArray.random(random(1), 5, 7, 3).map(x -> (float) (8 * x));
        for (DType dtype : FLOATING) {
            FUNCTIONS.forEach((name, f) -> {
                for (NDArray values : new NDArray[] {SPECIAL, random, NDArray.full(0, 3, 0), NDArray.scalar(0.25)}) {
                    NDArray expected = rounded(dtype, values.map(f.exact));
                    Tensor result = f.tested.apply(strided(random(2), values, dtype));
                    assertEquals(dtype, result.dtype(), name);
                    assertTrue(result.layout().isContiguous(), name);
                    try {
                        relative(expected, result, 4 * dtype.epsilon(), floor(dtype));
                    } catch (AssertionError e) {
                        throw new AssertionError(name + " " + dtype + ": " + e.getMessage(), e);
                    }
                }
            });
        }
    }

    @Test
    void functionsOfIntegers() {
        long[] values = {0, 1, -1, 7, -8, Integer.MAX_VALUE, Integer.MIN_VALUE};
        Tensor wide = Tensor.of(values);
        Tensor narrow = wide.to(DType.INT32);
        for (int i = 0; i < values.length; i++) {
            assertEquals(-values[i], Elementwise.negative(wide).toLongArray()[i]);
            assertEquals(-(int) values[i], Elementwise.negative(narrow).toIntArray()[i]);
            assertEquals(Math.abs(values[i]), Elementwise.abs(wide).toLongArray()[i]);
            assertEquals(Math.abs((int) values[i]), Elementwise.abs(narrow).toIntArray()[i]);
            assertEquals(Long.signum(values[i]), Elementwise.sign(wide).toLongArray()[i]);
            assertEquals(
                    (int) values[i] * (int) values[i],
                    Elementwise.square(narrow).toIntArray()[i]);
            assertEquals(Math.max(0, values[i]), Elementwise.relu(wide).toLongArray()[i]);
            assertEquals(values[i], Elementwise.floor(wide).toLongArray()[i]);
            assertFalse(Elementwise.isNan(wide).toBooleanArray()[i]);
            assertTrue(Elementwise.isFinite(narrow).toBooleanArray()[i]);
        }
    }

    /** On the CPU several rows are computed at once. */
    @Test
    void longRowsBroadcastAsCopiesDo() {
        Map<String, BinaryOperator<Tensor>> operations = Map.of(
                "add", Tensor::add,
                "subtract", Tensor::subtract,
                "multiply", Tensor::multiply,
                "divide", Tensor::divide,
                "maximum", Elementwise::maximum);
        for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
            for (long columns : new long[] {320, 321}) {
                Tensor row = Random.normal(1, dtype, columns);
                Tensor column = Random.normal(2, dtype, 71, 1);
                Tensor full = Random.normal(3, dtype, 2, 71, columns);
                Tensor part = Random.normal(3, dtype, 2, 71, columns + 3).slice(2, 1, columns + 1);
                for (Tensor[] pair : new Tensor[][] {
                    {full, row},
                    {full, column},
                    {row, column},
                    {part, row},
                    {part, column},
                    {full, column.slice(0, 0, 1)}
                }) {
                    Shape shape = Shape.broadcast("test", pair[0].shape(), pair[1].shape());
                    Tensor x = pair[0].expand(shape.dims()).copy();
                    Tensor y = pair[1].expand(shape.dims()).copy();
                    operations.forEach((name, op) -> {
                        String what = name + " " + pair[0].shape() + pair[1].shape() + dtype;
                        double[] expected = op.apply(x, y).reshape(-1).toDoubleArray();
                        assertArrayEquals(
                                expected, op.apply(pair[0], pair[1]).reshape(-1).toDoubleArray(), what);
                        double[] turned = op.apply(y, x).reshape(-1).toDoubleArray();
                        assertArrayEquals(
                                turned, op.apply(pair[1], pair[0]).reshape(-1).toDoubleArray(), what + " turned");
                    });
                }
            }
        }
    }

    private static Number converted(Number x, DType to) {
        return switch (to) {
            case FLOAT32 -> x.floatValue();
            case FLOAT64 -> x.doubleValue();
            case INT32 -> x.intValue();
            default -> x.longValue();
        };
    }

    /** As Java does: towards 0, the nearest bound beyond the range, 0 for NaN; with small numbers only, and with one that is not in a run of them. */
    @Test
    void longRunsAreConvertedAsSingleNumbers() {
        double[] odd = {
            0,
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0x1p23 - 1,
            0x1p23,
            0x1.000002p24,
            -0x1p24,
            0x1p31 - 1,
            0x1p31,
            -0x1p31,
            -0x1p31 - 1,
            0x1p51 - 1,
            -0x1p51,
            0x1p51,
            0x1p51 + 1,
            0x1p52 - 1,
            -0x1p52,
            0x1p53 + 2,
            0x1p63,
            -0x1p63,
            0x1p100,
            Double.MIN_VALUE,
            Float.MIN_VALUE,
            0x1p-126,
            0x1.ffffffp127
        };
        List<DType> dtypes = List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64);
        double[] some = Random.normal(1, DType.FLOAT64, 3, 1037)
                .multiply(1000)
                .reshape(-1)
                .toDoubleArray();
        double[] ends = {0.5, -0.5, -0.0, 2.5, -2.5, 0x1p23 - 0.5, 0.5 - 0x1p-25, 1 - 0x1p-24, -1 + 0x1p-53, 3, -3};
        System.arraycopy(ends, 0, some, 20, ends.length);
        for (double each : odd) {
            some[500] = each;
            for (DType from : dtypes) {
                Tensor x = Tensor.of(some, 3, 1037).to(from);
                Number[] numbers =
                        Arrays.stream(some).mapToObj(v -> converted(v, from)).toArray(Number[]::new);
                for (DType to : dtypes) {
                    double[] expected = new double[some.length];
                    Arrays.setAll(expected, i -> converted(numbers[i], to).doubleValue());
                    String what = from + " to " + to + " with " + each;
                    assertArrayEquals(
                            expected, x.to(to).reshape(-1).to(DType.FLOAT64).toDoubleArray(), what);
                    double[] columns = x.slice(1, 1, 1030)
                            .to(to)
                            .to(DType.FLOAT64)
                            .reshape(-1)
                            .toDoubleArray();
                    for (int i = 0; i < columns.length; i++) {
                        assertEquals(expected[i / 1029 * 1037 + i % 1029 + 1], columns[i], what);
                    }
                }
            }
        }
    }

    @Test
    void arithmeticBroadcasts() {
        Map<BinaryOperator<Tensor>, DoubleBinaryOperator> operations = Map.of(
                Elementwise::add, (x, y) -> x + y,
                Elementwise::subtract, (x, y) -> x - y,
                Elementwise::multiply, (x, y) -> x * y,
                Elementwise::divide, (x, y) -> x / y,
                Elementwise::remainder, (x, y) -> x - Math.floor(x / y) * y,
                Elementwise::power, Math::pow,
                Elementwise::maximum, Math::max,
                Elementwise::minimum, Math::min,
                Elementwise::atan2, Math::atan2);
        long[][][] shapes = {
            {{3, 4}, {3, 4}}, {{3, 1}, {4}}, {{}, {2, 3}}, {{2, 1, 3}, {4, 1}}, {{0, 3}, {1}}, {{1}, {1, 1}}, {{5}, {}}
        };
        for (DType dtype : FLOATING) {
            operations.forEach((tested, exact) -> {
                for (long[][] s : shapes) {
                    SplittableRandom random = random(7);
                    NDArray x = NDArray.integers(random, 1, 40, s[0]).map(v -> v / 8);
                    NDArray y = NDArray.integers(random, 1, 24, s[1]).map(v -> v / 8);
                    Tensor a = strided(random, x, dtype);
                    Tensor b = strided(random, y, dtype);
                    relative(rounded(dtype, x.zip(y, exact)), tested.apply(a, b), 4 * dtype.epsilon(), 1);
                    same(x, a);
                }
            });
        }
    }

    @Test
    void arithmeticOfIntegersIsExact() {
        Map<BinaryOperator<Tensor>, LongBinaryOperator> operations = Map.of(
                Elementwise::add, (x, y) -> x + y,
                Elementwise::subtract, (x, y) -> x - y,
                Elementwise::multiply, (x, y) -> x * y,
                Elementwise::divide, Math::floorDiv,
                Elementwise::remainder, Math::floorMod,
                Elementwise::maximum, Math::max,
                Elementwise::minimum, Math::min);
        long[] x = {7, -7, 7, -7, 0, Long.MAX_VALUE, Long.MIN_VALUE, (1L << 53) + 1, Integer.MIN_VALUE};
        long[] y = {2, 2, -2, -2, 5, 2, -1, 3, -1};
        operations.forEach((tested, exact) -> {
            long[] wide = tested.apply(Tensor.of(x), Tensor.of(y)).toLongArray();
            int[] narrow = tested.apply(
                            Tensor.of(x).to(DType.INT32), Tensor.of(y).to(DType.INT32))
                    .toIntArray();
            for (int i = 0; i < x.length; i++) {
                assertEquals(exact.applyAsLong(x[i], y[i]), wide[i]);
                assertEquals((int) exact.applyAsLong((int) x[i], (int) y[i]), narrow[i]);
            }
        });
        assertArrayEquals(
                new long[] {1, 1L << 40, 1, -1, 0},
                Elementwise.power(Tensor.of(new long[] {9, 2, -1, -1, 0}), Tensor.of(new long[] {0, 40, 8, 7, 3}))
                        .toLongArray());
    }

    @Test
    void integerDivisionByZeroAndNegativePowersAreErrors() {
        Tensor a = Tensor.of(new int[] {1, 2});
        for (BinaryOperator<Tensor> op :
                java.util.List.<BinaryOperator<Tensor>>of(Elementwise::divide, Elementwise::remainder)) {
            refused(TensorException.class, () -> op.apply(a, Tensor.of(new int[] {1, 0})), "zero", "int32");
        }
        refused(TensorException.class, () -> Elementwise.divide(a, 0), "zero");
        refused(TensorException.class, () -> Elementwise.power(a, -1), "power", "int32");
        assertArrayEquals(new int[] {1, 2}, a.toIntArray());
    }

    @Test
    void numbersTakeTheTensorsDType() {
        for (DType dtype : SIGNED) {
            Tensor t = Tensor.of(new int[] {4, -6}).to(dtype);
            assertEquals(dtype, t.add(1).dtype());
            same(NDArray.of(new double[] {5, -5}, 2), t.add(1));
            same(NDArray.of(new double[] {5, -5}, 2), t.add(1.0));
            same(NDArray.of(new double[] {3, -7}, 2), t.subtract(1));
            same(NDArray.of(new double[] {-3, 7}, 2), Elementwise.subtract(1, t));
            same(NDArray.of(new double[] {8, -12}, 2), t.multiply(2));
            same(NDArray.of(new double[] {2, -3}, 2), t.divide(2));
            same(NDArray.of(new double[] {3, -2}, 2), Elementwise.divide(12, t));
            same(NDArray.of(new double[] {1, 0}, 2), Elementwise.remainder(t, 3));
            same(NDArray.of(new double[] {16, 36}, 2), t.pow(2));
            same(NDArray.of(new double[] {4, 0}, 2), Elementwise.maximum(t, 0));
            same(NDArray.of(new double[] {0, -6}, 2), Elementwise.minimum(t, 0));
            same(NDArray.of(new double[] {1, 0}, 2), Elementwise.equal(t, 4));
            same(NDArray.of(new double[] {0, 1}, 2), Elementwise.less(t, 4));
        }
        assertEquals(0.1f, Tensor.of(0f).add(0.1).toFloatArray()[0]);
        assertEquals((1L << 53) + 1, Tensor.of(0L).add((1L << 53) + 1).itemLong());
        refused(
                DTypeException.class,
                () -> Tensor.of(new int[2]).multiply(2.5),
                "multiply: 2.5 is not a value of int32",
                "[2]");
        refused(DTypeException.class, () -> Tensor.of(1).add(1L << 40), "is not a value of int32");
        refused(DTypeException.class, () -> Tensor.of(1L).add(Double.NaN), "NaN is not a value of int64");
    }

    @Test
    void comparisonsGiveBool() {
        double[] x = {1, 2, 3, Double.NaN, INF, -0.0};
        double[] y = {2, 2, 2, Double.NaN, INF, 0};
        for (DType dtype : FLOATING) {
            Tensor a = strided(random(3), NDArray.of(x, 6), dtype);
            Tensor b = Tensor.of(y).to(dtype);
            same(NDArray.of(new double[] {0, 1, 0, 0, 1, 1}, 6), Elementwise.equal(a, b));
            same(NDArray.of(new double[] {1, 0, 1, 1, 0, 0}, 6), Elementwise.notEqual(a, b));
            same(NDArray.of(new double[] {1, 0, 0, 0, 0, 0}, 6), Elementwise.less(a, b));
            same(NDArray.of(new double[] {1, 1, 0, 0, 1, 1}, 6), Elementwise.lessEqual(a, b));
            same(NDArray.of(new double[] {0, 0, 1, 0, 0, 0}, 6), Elementwise.greater(a, b));
            same(NDArray.of(new double[] {0, 1, 1, 0, 1, 1}, 6), Elementwise.greaterEqual(a, b));
            assertEquals(DType.BOOL, Elementwise.greater(a, b).dtype());
            same(NDArray.of(new double[] {0, 0, 0, 1, 0, 0}, 6), Elementwise.isNan(a));
            same(NDArray.of(new double[] {0, 0, 0, 0, 1, 0}, 6), Elementwise.isInf(a));
            same(NDArray.of(new double[] {1, 1, 1, 0, 0, 1}, 6), Elementwise.isFinite(a));
        }
        Tensor big = Tensor.of(new long[] {(1L << 53) + 1});
        assertEquals(
                0, Elementwise.equal(big, Tensor.of(new long[] {1L << 53})).itemLong(), "int64 is compared exactly");
    }

    @Test
    void logic() {
        Tensor a = Tensor.of(new boolean[] {true, true, false, false});
        Tensor b = Tensor.of(new boolean[] {true, false, true, false});
        same(NDArray.of(new double[] {1, 0, 0, 0}, 4), Elementwise.logicalAnd(a, b));
        same(NDArray.of(new double[] {1, 1, 1, 0}, 4), Elementwise.logicalOr(a, b));
        same(NDArray.of(new double[] {0, 1, 1, 0}, 4), Elementwise.logicalXor(a, b));
        same(NDArray.of(new double[] {0, 0, 1, 1}, 4), Elementwise.logicalNot(a));
        Tensor x = Tensor.of(new double[] {0, Double.NaN, 0.5});
        same(NDArray.of(new double[] {1, 0, 0}, 3), Elementwise.logicalNot(x));
        same(NDArray.of(new double[] {0, 1, 1}, 3), Elementwise.logicalAnd(x, x));
        refused(DTypeException.class, () -> a.add(b), "add: bool is not a number (shape [4])", "logicalOr");
        refused(DTypeException.class, () -> Elementwise.negative(a), "negative: bool is not a number");
    }

    @Test
    void where() {
        Tensor condition = strided(random(4), NDArray.of(new double[] {1, 0}, 2, 1), DType.BOOL);
        Tensor a = Tensor.of(new int[] {1, 2, 3});
        Tensor b = Tensor.of(-1);
        NDArray expected = NDArray.of(new double[] {1, 2, 3, -1, -1, -1}, 2, 3);
        same(expected, Elementwise.where(condition, a, b));
        same(expected, Elementwise.where(condition, a, -1));
        same(expected.map(x -> x == -1 ? -1 : 5), Elementwise.where(condition, 5, Tensor.of(new int[] {-1, -1, -1})));
        same(
                NDArray.of(new double[] {7, Double.NaN}, 2),
                Elementwise.where(condition.squeeze(1), 7, Tensor.of(new float[] {1, Float.NaN})));
        refused(
                DTypeException.class,
                () -> Elementwise.where(a, a, b),
                "where: the condition of shape [3] is int32, not bool");
        refused(
                DTypeException.class,
                () -> Elementwise.where(condition, a, Tensor.of(1.0)),
                "where: operands have dtypes int32 [3], float64 []");
        refused(
                ShapeException.class,
                () -> Elementwise.where(condition, a, Tensor.of(new int[2])),
                "where: shapes [2,1], [3], [2]");
    }

    @Test
    void clampAndLerp() {
        Tensor t = Tensor.of(new double[] {-5, 0.5, 5, Double.NaN, INF});
        same(NDArray.of(new double[] {-1, 0.5, 2, Double.NaN, 2}, 5), Elementwise.clamp(t, -1, 2));
        refused(TensorException.class, () -> Elementwise.clamp(t, 2, 1), "clamp: low 2", "high 1", "[5]");
        same(
                NDArray.of(new double[] {2.5, 4}, 2),
                Elementwise.lerp(Tensor.of(new float[] {1, 3}), Tensor.of(7f), 0.25));
    }

    @Test
    void closeness() {
        Tensor a = Tensor.of(new double[] {1, 1, INF, INF, Double.NaN, 0});
        Tensor b = Tensor.of(new double[] {1 + 1e-6, 1.1, INF, -INF, Double.NaN, 1e-9});
        same(NDArray.of(new double[] {1, 0, 1, 0, 0, 1}, 6), Elementwise.isClose(a, b, 1e-5, 1e-8));
        assertTrue(Elementwise.allClose(Tensor.of(new int[] {1, 2}), Tensor.of(new int[] {1, 2})));
        assertFalse(Elementwise.allClose(a, b));
        assertTrue(Elementwise.allClose(Tensor.zeros(DType.FLOAT32, 0), Tensor.zeros(DType.FLOAT32, 0)));
    }

    @Test
    void chainsOnTensors() {
        Tensor x = Tensor.of(new double[] {1, 2});
        Tensor y = Tensor.of(new double[] {3, 5});
        same(
                NDArray.of(new double[] {-1, -1}, 2),
                x.multiply(2).subtract(y).negate().abs().pow(2).negate());
        relative(
                NDArray.of(new double[] {1, 2}, 2),
                x.exp().log().multiply(x).sqrt().divide(x).multiply(x),
                4 * DType.FLOAT64.epsilon(),
                1);
        relative(
                NDArray.of(new double[] {Math.tanh(4), Math.tanh(7)}, 2),
                x.add(y).tanh(),
                4 * DType.FLOAT64.epsilon(),
                1);
    }

    @Test
    void viewsOfNothingInAnyOrderOfAxes() {
        int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        for (int axis = 0; axis < 3; axis++) {
            Tensor none = Tensor.zeros(DType.FLOAT32, 67, 68, 69).slice(axis, 1, 1);
            for (int[] order : orders) {
                Tensor t = none.permute(order);
                assertEquals(t.shape(), t.negate().shape());
                assertEquals(t.shape(), t.add(1).shape());
                assertEquals(t.shape(), t.multiply(t).shape());
                assertEquals(t.shape(), t.to(DType.INT64).shape());
                assertEquals(
                        t.shape(),
                        Elementwise.where(Elementwise.less(t, 0), t, 0).shape());
            }
        }
    }

    @Test
    void bigEnoughToRunInParallel() {
        int n = 300_007;
        float[] x = new float[n];
        float[] y = new float[n];
        SplittableRandom random = random(5);
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextDouble();
            y[i] = (float) random.nextDouble();
        }
        float[] sum = Tensor.of(x).add(Tensor.of(y).flip(0)).toFloatArray();
        for (int i = 0; i < n; i++) {
            assertEquals(x[i] + y[n - 1 - i], sum[i]);
        }
    }

    @Test
    void operandsThatDoNotFitAreNamed() {
        Tensor a = Tensor.zeros(DType.FLOAT32, 2, 3);
        long before = live();
        refused(
                ShapeException.class,
                () -> a.add(Tensor.zeros(DType.FLOAT32, 2)),
                "add: shapes [2,3], [2] do not broadcast: sizes 3 and 2 at axis -1");
        refused(
                DTypeException.class,
                () -> Elementwise.lessEqual(a, Tensor.zeros(DType.INT32, 3)),
                "lessEqual: operands have dtypes float32 [2,3], int32 [3]",
                "to(DType)");
        refused(
                DTypeException.class,
                () -> Elementwise.exp(Tensor.zeros(DType.INT64, 3)),
                "exp: needs a floating dtype, got int64 [3]",
                "to(DType.FLOAT64)");
        refused(
                DTypeException.class,
                () -> Elementwise.atan2(Tensor.zeros(DType.INT64, 3), Tensor.zeros(DType.INT64, 3)),
                "atan2: needs a floating dtype");
        refused(ShapeException.class, () -> Elementwise.lerp(a, Tensor.zeros(DType.FLOAT32, 2), 1), "do not broadcast");
        Tensor closed = Tensor.of(1f);
        closed.close();
        refused(ClosedTensorException.class, () -> a.add(closed), "was closed");
        assertEquals(Shape.of(2, 3), a.add(1).shape(), "operands stay usable");
        assertTrue(live() - before < 2048, "what the refused calls were given, and no more");
    }

    @Test
    void operandsAreNeverModified() {
        NDArray values = NDArray.random(random(6), 4, 5);
        Tensor t = strided(random(6), values, DType.FLOAT64);
        Elementwise.add(t, t);
        Elementwise.clamp(t, 0, 1);
        Elementwise.lerp(t, t.flip(0), 0.5);
        Elementwise.isClose(t, t, 1, 1);
        Elementwise.multiply(t, t.select(0, 0));
        same(values, t);
        same(values.map(x -> 2 * x), t.add(t));
        NDArray expected = values.zip(values.slice(0, 3, -5, -1), (x, y) -> x - y);
        same(expected, t.subtract(t.flip(0)));
    }
}
