package kron4j.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Elementwise;
import kron4j.reference.NDArray;

/** Elementwise functions and their gradients at ordinary and special values, against {@link Math}. */
final class ElementwiseCases {
    /** With its derivative; both in double. */
    private record Function(UnaryOperator<Tensor> tested, DoubleUnaryOperator exact, DoubleUnaryOperator slope) {}

    private record Operation(
            BinaryOperator<Tensor> tested,
            DoubleBinaryOperator exact,
            DoubleBinaryOperator slopeA,
            DoubleBinaryOperator slopeB) {}

    private static final Map<String, Function> FUNCTIONS = new TreeMap<>();
    private static final Map<String, Operation> OPERATIONS = new TreeMap<>();

    static {
        function("negative", Elementwise::negative, x -> -x, x -> -1);
        function("abs", Elementwise::abs, Math::abs, Math::signum);
        function("sign", Elementwise::sign, Math::signum, null);
        function("square", Elementwise::square, x -> x * x, x -> 2 * x);
        function("sqrt", Elementwise::sqrt, Math::sqrt, x -> 0.5 / Math.sqrt(x));
        function("rsqrt", Elementwise::rsqrt, x -> 1 / Math.sqrt(x), x -> -0.5 * Math.pow(1 / Math.sqrt(x), 3));
        function("reciprocal", Elementwise::reciprocal, x -> 1 / x, x -> -1 / x / x);
        function("exp", Elementwise::exp, Math::exp, Math::exp);
        function("expm1", Elementwise::expm1, Math::expm1, Math::exp);
        function("log", Elementwise::log, Math::log, x -> 1 / x);
        function("log1p", Elementwise::log1p, Math::log1p, x -> 1 / (1 + x));
        function("sin", Elementwise::sin, Math::sin, Math::cos);
        function("cos", Elementwise::cos, Math::cos, x -> -Math.sin(x));
        function("tan", Elementwise::tan, Math::tan, x -> 1 + Math.tan(x) * Math.tan(x));
        function("asin", Elementwise::asin, Math::asin, x -> 1 / Math.sqrt((1 - x) * (1 + x)));
        function("acos", Elementwise::acos, Math::acos, x -> -1 / Math.sqrt((1 - x) * (1 + x)));
        function("atan", Elementwise::atan, Math::atan, x -> 1 / (1 + x * x));
        function("sinh", Elementwise::sinh, Math::sinh, Math::cosh);
        function("cosh", Elementwise::cosh, Math::cosh, Math::sinh);
        function("tanh", Elementwise::tanh, Math::tanh, x -> 1 / Math.cosh(x) / Math.cosh(x));
        function("sigmoid", Elementwise::sigmoid, ElementwiseCases::sigmoid, x -> sigmoid(x) * sigmoid(-x));
        function("relu", Elementwise::relu, x -> x < 0 ? 0 : x, x -> x <= 0 ? 0 : 1);
        function(
                "softplus",
                Elementwise::softplus,
                x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
                ElementwiseCases::sigmoid);
        function("floor", Elementwise::floor, Math::floor, null);
        function("ceil", Elementwise::ceil, Math::ceil, null);
        function("round", Elementwise::round, Math::rint, null);
        function("isNan", Elementwise::isNan, x -> Double.isNaN(x) ? 1 : 0, null);
        function("isInf", Elementwise::isInf, x -> Double.isInfinite(x) ? 1 : 0, null);
        function("isFinite", Elementwise::isFinite, x -> Double.isFinite(x) ? 1 : 0, null);
        function("logicalNot", Elementwise::logicalNot, x -> x == 0 ? 1 : 0, null);
        function("x + 0.5", x -> x.add(0.5), x -> x + 0.5, x -> 1);
        function("x - 2", x -> x.subtract(2), x -> x - 2, x -> 1);
        function("3 - x", x -> Elementwise.subtract(3, x), x -> 3 - x, x -> -1);
        function("x * -2", x -> x.multiply(-2), x -> x * -2, x -> -2);
        function("x / 4", x -> x.divide(4), x -> x / 4, x -> 0.25);
        function("x ^ 0", x -> x.pow(0), x -> 1, x -> 0);
        function("x ^ 2", x -> x.pow(2), x -> x * x, x -> 2 * x);
        function("x ^ 3", x -> x.pow(3), x -> Math.pow(x, 3), x -> 3 * x * x);
        function("x ^ -1", x -> x.pow(-1), x -> 1 / x, x -> -Math.pow(x, -2));
        function("x ^ 0.5", x -> x.pow(0.5), x -> Math.pow(x, 0.5), x -> 0.5 * Math.pow(x, -0.5));
        function("max(x, 1)", x -> Elementwise.maximum(x, 1), x -> Math.max(x, 1), x -> x < 1 ? 0 : x == 1 ? 0.5 : 1);
        function("min(x, 0)", x -> Elementwise.minimum(x, 0), x -> Math.min(x, 0), x -> x > 0 ? 0 : x == 0 ? 0.5 : 1);
        function(
                "clamp",
                x -> Elementwise.clamp(x, -1, 2),
                x -> Math.min(Math.max(x, -1), 2),
                x -> x >= -1 && x <= 2 ? 1 : 0);
        function("x > 0", x -> Elementwise.greater(x, 0), x -> x > 0 ? 1 : 0, null);
        function("x != 1", x -> Elementwise.notEqual(x, 1), x -> x != 1 ? 1 : 0, null);
        operation("add", Elementwise::add, Double::sum, (x, y) -> 1, (x, y) -> 1);
        operation("subtract", Elementwise::subtract, (x, y) -> x - y, (x, y) -> 1, (x, y) -> -1);
        operation("multiply", Elementwise::multiply, (x, y) -> x * y, (x, y) -> y, (x, y) -> x);
        operation("divide", Elementwise::divide, (x, y) -> x / y, (x, y) -> 1 / y, (x, y) -> -(x / y) / y);
        operation(
                "power",
                Elementwise::power,
                ElementwiseCases::power,
                (x, y) -> y == 0 ? 0 : y * power(x, y - 1),
                (x, y) -> x == 0 && y >= 0 ? 0 : power(x, y) * Math.log(x));
        operation(
                "maximum",
                Elementwise::maximum,
                Math::max,
                (x, y) -> x < y ? 0 : x == y ? 0.5 : 1,
                (x, y) -> y < x ? 0 : x == y ? 0.5 : 1);
        operation(
                "minimum",
                Elementwise::minimum,
                Math::min,
                (x, y) -> x > y ? 0 : x == y ? 0.5 : 1,
                (x, y) -> y > x ? 0 : x == y ? 0.5 : 1);
        operation("atan2", Elementwise::atan2, Math::atan2, (x, y) -> turned(y, x), (x, y) -> -turned(x, y));
        operation("equal", Elementwise::equal, (x, y) -> x == y ? 1 : 0, null, null);
        operation("notEqual", Elementwise::notEqual, (x, y) -> x != y ? 1 : 0, null, null);
        operation("less", Elementwise::less, (x, y) -> x < y ? 1 : 0, null, null);
        operation("lessEqual", Elementwise::lessEqual, (x, y) -> x <= y ? 1 : 0, null, null);
        operation("greater", Elementwise::greater, (x, y) -> x > y ? 1 : 0, null, null);
        operation("greaterEqual", Elementwise::greaterEqual, (x, y) -> x >= y ? 1 : 0, null, null);
        operation("logicalAnd", Elementwise::logicalAnd, (x, y) -> x != 0 && y != 0 ? 1 : 0, null, null);
        operation("logicalOr", Elementwise::logicalOr, (x, y) -> x != 0 || y != 0 ? 1 : 0, null, null);
        operation("logicalXor", Elementwise::logicalXor, (x, y) -> (x != 0) != (y != 0) ? 1 : 0, null, null);
        operation("remainder", Elementwise::remainder, ElementwiseCases::remainder, null, null);
    }

    private ElementwiseCases() {}

    private static void function(
            String name, UnaryOperator<Tensor> tested, DoubleUnaryOperator exact, DoubleUnaryOperator slope) {
        FUNCTIONS.put(name, new Function(tested, exact, slope));
    }

    private static void operation(
            String name,
            BinaryOperator<Tensor> tested,
            DoubleBinaryOperator exact,
            DoubleBinaryOperator a,
            DoubleBinaryOperator b) {
        OPERATIONS.put(name, new Operation(tested, exact, a, b));
    }

    private static double sigmoid(double x) {
        return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
    }

    /** C's and NumPy's, which differs from Java's for bases of 1 and -1. */
    private static double power(double x, double y) {
        return x == 1 || (x == -1 && Double.isInfinite(y)) ? 1 : Math.pow(x, y);
    }

    /** x / (x^2 + y^2), 0 at the origin. */
    private static double turned(double x, double y) {
        double h = Math.hypot(x, y);
        return h == 0 ? 0 : x / h / h;
    }

    /** Python's, where the quotient is small enough to be a number of its own. */
    private static double remainder(double x, double y) {
        return x - Math.floor(x / y) * y;
    }

    static void check(Draw draw) {
        switch (draw.below(5)) {
            case 0, 1 -> function(draw);
            case 2, 3 -> operation(draw);
            default -> selection(draw);
        }
    }

    private static double floor(DType dtype) {
        return dtype == DType.FLOAT32 ? Float.MIN_NORMAL : dtype == DType.FLOAT64 ? Double.MIN_NORMAL : 0;
    }

    private static String pick(Draw draw, Map<String, ?> from) {
        return from.keySet().stream().skip(draw.below(from.size())).findFirst().orElseThrow();
    }

    private static void function(Draw draw) {
        DType dtype = draw.floating();
        String name = pick(draw, FUNCTIONS);
        Function f = FUNCTIONS.get(name);
        Operand a = Operand.any(draw, draw.wild(dtype, draw.shape(draw.below(4), 700)), dtype);
        boolean graded = f.slope != null && draw.below(2) == 1;
        if (graded) {
            a.tensor().requiresGrad();
        }
        Tensor y = f.tested.apply(a.tensor());
        String what = name + " of " + a.tensor().layout() + " " + dtype;
        NDArray expected = a.values().map(f.exact);
        Verify.close(what, expected, bounds(expected, y.dtype(), 4), y);
        if (graded) {
            NDArray g = a.values().map(x -> !Double.isNaN(x) && Double.doubleToLongBits(x) % 3 == 0 ? 2 : -1.5);
            Tensor slope = Gradients.vjp(y, g.toTensor(dtype), a.tensor()).get(0);
            NDArray exact = a.values().map(f.slope).zip(g, (s, w) -> s * w);
            Verify.close(
                    "gradient of " + what, exact, bounds(exact.map(x -> Math.abs(x) < 1 ? 1 : x), dtype, 24), slope);
        }
    }

    /** So many units of rounding of the value, and at least of the smallest normal number, below which precision ends. */
    private static NDArray bounds(NDArray values, DType dtype, double units) {
        double unit = units * dtype.epsilon();
        return values.map(x -> Double.isFinite(x) ? unit * Math.max(Math.abs(x), floor(dtype) / dtype.epsilon()) : 0);
    }

    private static void operation(Draw draw) {
        DType dtype = draw.floating();
        String name = pick(draw, OPERATIONS);
        Operation f = OPERATIONS.get(name);
        long[] shape = draw.shape(draw.below(4), 700);
        Operand a = part(draw, dtype, shape, name);
        Operand b = part(draw, dtype, shape, name);
        boolean graded = f.slopeA != null && draw.below(2) == 1;
        if (graded) {
            a.tensor().requiresGrad();
            b.tensor().requiresGrad();
        }
        Tensor y = f.tested.apply(a.tensor(), b.tensor());
        String what = name + " of " + a.tensor().layout() + " and " + b.tensor().layout() + " " + dtype;
        NDArray expected = a.values().zip(b.values(), f.exact);
        NDArray scale =
                name.equals("remainder") ? a.values().zip(b.values(), (p, q) -> Math.abs(p) + Math.abs(q)) : expected;
        Verify.close(what, expected, bounds(scale, y.dtype(), 4), y);
        if (graded && moderate(a.values(), name) && moderate(b.values(), name)) {
            NDArray g = NDArray.integers(draw.elements(), 1, 3, expected.shape());
            List<Tensor> slopes = Gradients.vjp(y, g.toTensor(dtype), a.tensor(), b.tensor());
            slope(
                    "gradient of a in " + what,
                    a.values(),
                    a.values().zip(b.values(), f.slopeA).zip(g, (s, w) -> s * w),
                    slopes.get(0),
                    dtype);
            slope(
                    "gradient of b in " + what,
                    b.values(),
                    a.values().zip(b.values(), f.slopeB).zip(g, (s, w) -> s * w),
                    slopes.get(1),
                    dtype);
        }
    }

    /** Whether what gradients are made of is representable on the way: x^(y-1) is not for tiny x. */
    private static boolean moderate(NDArray values, String name) {
        double least = name.equals("power") ? 1e-15 : 0;
        return Arrays.stream(values.data()).allMatch(x -> x == 0 || !(Math.abs(x) >= 1e15 || Math.abs(x) < least));
    }

    /** Of that shape or one that broadcasts to it. */
    private static Operand part(Draw draw, DType dtype, long[] shape, String name) {
        int missing = draw.oneIn(4) ? draw.below(shape.length + 1) : 0;
        long[] own = Arrays.copyOfRange(shape, missing, shape.length);
        for (int i = 0; i < own.length; i++) {
            own[i] = draw.oneIn(6) ? 1 : own[i];
        }
        // A remainder of a quotient that is rounded is any number below the divisor.
        NDArray values = name.equals("remainder") ? draw.numbers(own) : draw.wild(dtype, own);
        return Operand.any(draw, values, dtype);
    }

    /** The slopes summed over what the operand was broadcast along. */
    private static void slope(String what, NDArray operand, NDArray slopes, Tensor actual, DType dtype) {
        long[] own = operand.shape();
        long[] all = slopes.shape();
        int missing = all.length - own.length;
        int[] axes = java.util.stream.IntStream.range(0, all.length)
                .filter(i -> i < missing || own[i - missing] != all[i])
                .toArray();
        NDArray sums =
                axes.length == 0 ? slopes : slopes.reduce(v -> Arrays.stream(v).sum(), true, axes);
        NDArray sizes = axes.length == 0
                ? slopes.map(Math::abs)
                : slopes.reduce(v -> Arrays.stream(v).map(Math::abs).sum(), true, axes);
        if (sizes.scale() < 1e30 || axes.length == 0) {
            Verify.close(
                    what,
                    sums.reshape(own),
                    bounds(sizes, dtype, 100 + slopes.size()).reshape(own),
                    actual);
        }
    }

    private static void selection(Draw draw) {
        DType dtype =
                draw.of(DType.FLOAT64, DType.FLOAT32, DType.INT32, DType.INT64, DType.BOOL, DType.INT8, DType.UINT8);
        long[] shape = draw.shape(draw.below(4), 700);
        NDArray bits = NDArray.integers(draw.elements(), 0, 2, shape);
        Operand condition = Operand.any(draw, bits, DType.BOOL);
        NDArray x = dtype.isFloating() ? draw.wild(dtype, shape) : NDArray.integers(draw.elements(), 0, 2, shape);
        Operand a = Operand.any(draw, x, dtype);
        Operand b = part(draw, dtype, shape, dtype.isFloating() ? "where" : "remainder");
        if (dtype == DType.BOOL) {
            b = Operand.of(draw, b.values().map(v -> v != 0 ? 1 : 0), dtype);
        } else if (!dtype.isFloating()) {
            b = Operand.of(draw, b.values(), dtype);
        }
        NDArray chosen = condition.values().zip(a.values(), (c, v) -> c != 0 ? v : Double.NaN);
        NDArray wide = b.values().expand(shape);
        NDArray expected = NDArray.generate(shape, i -> condition.values().get(i) != 0 ? chosen.get(i) : wide.get(i));
        Verify.same(
                "where " + condition.tensor().layout() + " " + dtype,
                expected,
                Elementwise.where(condition.tensor(), a.tensor(), b.tensor()));
        if (dtype.isFloating()) {
            double w = draw.of(0.25, 0.0, 1.0, 3.0);
            if (a.values().scale() < 1e30 && wide.scale() < 1e30) {
                NDArray mixed = a.values().zip(wide, (p, q) -> p + w * (q - p));
                NDArray sizes = a.values().zip(wide, (p, q) -> (1 + w) * (Math.abs(p) + Math.abs(q)));
                Verify.close(
                        "lerp " + w + " " + dtype,
                        mixed,
                        bounds(sizes, dtype, 4),
                        Elementwise.lerp(a.tensor(), b.tensor(), w));
            }
        }
    }
}
