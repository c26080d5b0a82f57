package kron4j.ops;

import static kron4j.ops.Operands.binary;
import static kron4j.ops.Operands.unary;
import static kron4j.ops.Operands.update;

import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/**
 * Elementwise arithmetic, comparison and functions, named as in NumPy. Two tensors must have one dtype and broadcast by NumPy's rule; a Java number
 * takes the tensor's dtype, and is refused if that cannot hold it (2.5 by an int32). The result is a fresh row-major tensor of that dtype in the current scope, or bool from
 * comparisons and other predicates. Any strides; one pass over the elements; gradients elementwise, summed over broadcast axes.
 */
public final class Elementwise {
    private Elementwise() {}

    // ---- arithmetic ----
    /** {@code a + b}. Integers wrap around, as in Java. */
    public static Tensor add(Tensor a, Tensor b) {
        return binary(BinaryOp.ADD, a, b);
    }

    public static Tensor add(Tensor a, Number b) {
        return binary(BinaryOp.ADD, a, b, false);
    }

    /** {@code a - b}. */
    public static Tensor subtract(Tensor a, Tensor b) {
        return binary(BinaryOp.SUBTRACT, a, b);
    }

    public static Tensor subtract(Tensor a, Number b) {
        return binary(BinaryOp.SUBTRACT, a, b, false);
    }

    public static Tensor subtract(Number a, Tensor b) {
        return binary(BinaryOp.SUBTRACT, b, a, true);
    }

    /** {@code a * b}. */
    public static Tensor multiply(Tensor a, Tensor b) {
        return binary(BinaryOp.MULTIPLY, a, b);
    }

    public static Tensor multiply(Tensor a, Number b) {
        return binary(BinaryOp.MULTIPLY, a, b, false);
    }

    /** {@code a / b}; for integers the floor of it, as Python's {@code //}, and a zero divisor is an error. */
    public static Tensor divide(Tensor a, Tensor b) {
        return binary(BinaryOp.DIVIDE, a, b);
    }

    public static Tensor divide(Tensor a, Number b) {
        return binary(BinaryOp.DIVIDE, a, b, false);
    }

    public static Tensor divide(Number a, Tensor b) {
        return binary(BinaryOp.DIVIDE, b, a, true);
    }

    /** {@code a - floor(a / b) * b}, as Python's {@code %}: it has the sign of {@code b}. */
    public static Tensor remainder(Tensor a, Tensor b) {
        return binary(BinaryOp.REMAINDER, a, b);
    }

    public static Tensor remainder(Tensor a, Number b) {
        return binary(BinaryOp.REMAINDER, a, b, false);
    }

    public static Tensor remainder(Number a, Tensor b) {
        return binary(BinaryOp.REMAINDER, b, a, true);
    }

    /** {@code a} to the power {@code b}. */
    public static Tensor power(Tensor a, Tensor b) {
        return binary(BinaryOp.POWER, a, b);
    }

    public static Tensor power(Tensor a, Number b) {
        return binary(BinaryOp.POWER, a, b, false);
    }

    public static Tensor power(Number a, Tensor b) {
        return binary(BinaryOp.POWER, b, a, true);
    }

    /** The larger one; NaN if either is NaN. */
    public static Tensor maximum(Tensor a, Tensor b) {
        return binary(BinaryOp.MAXIMUM, a, b);
    }

    public static Tensor maximum(Tensor a, Number b) {
        return binary(BinaryOp.MAXIMUM, a, b, false);
    }

    /** The smaller one; NaN if either is NaN. */
    public static Tensor minimum(Tensor a, Tensor b) {
        return binary(BinaryOp.MINIMUM, a, b);
    }

    public static Tensor minimum(Tensor a, Number b) {
        return binary(BinaryOp.MINIMUM, a, b, false);
    }

    /** The angle of the point (b, a), in (-pi, pi]; floating dtypes. */
    public static Tensor atan2(Tensor a, Tensor b) {
        return binary(BinaryOp.ATAN2, a, b);
    }

    // ---- comparison and logic: the result is bool ----

    /** {@code a == b}; NaN equals nothing. */
    public static Tensor equal(Tensor a, Tensor b) {
        return binary(BinaryOp.EQUAL, a, b);
    }

    public static Tensor equal(Tensor a, Number b) {
        return binary(BinaryOp.EQUAL, a, b, false);
    }

    /** {@code a != b}; true for NaN. */
    public static Tensor notEqual(Tensor a, Tensor b) {
        return binary(BinaryOp.NOT_EQUAL, a, b);
    }

    public static Tensor notEqual(Tensor a, Number b) {
        return binary(BinaryOp.NOT_EQUAL, a, b, false);
    }

    public static Tensor less(Tensor a, Tensor b) {
        return binary(BinaryOp.LESS, a, b);
    }

    public static Tensor less(Tensor a, Number b) {
        return binary(BinaryOp.LESS, a, b, false);
    }

    public static Tensor lessEqual(Tensor a, Tensor b) {
        return binary(BinaryOp.LESS_EQUAL, a, b);
    }

    public static Tensor lessEqual(Tensor a, Number b) {
        return binary(BinaryOp.LESS_EQUAL, a, b, false);
    }

    public static Tensor greater(Tensor a, Tensor b) {
        return binary(BinaryOp.GREATER, a, b);
    }

    public static Tensor greater(Tensor a, Number b) {
        return binary(BinaryOp.GREATER, a, b, false);
    }

    public static Tensor greaterEqual(Tensor a, Tensor b) {
        return binary(BinaryOp.GREATER_EQUAL, a, b);
    }

    public static Tensor greaterEqual(Tensor a, Number b) {
        return binary(BinaryOp.GREATER_EQUAL, a, b, false);
    }

    /** Of any dtype: nonzero (NaN too) is true. */
    public static Tensor logicalAnd(Tensor a, Tensor b) {
        return binary(BinaryOp.LOGICAL_AND, a, b);
    }

    public static Tensor logicalOr(Tensor a, Tensor b) {
        return binary(BinaryOp.LOGICAL_OR, a, b);
    }

    public static Tensor logicalXor(Tensor a, Tensor b) {
        return binary(BinaryOp.LOGICAL_XOR, a, b);
    }

    public static Tensor logicalNot(Tensor a) {
        return unary(UnaryOp.LOGICAL_NOT, a);
    }

    public static Tensor isNan(Tensor a) {
        return unary(UnaryOp.IS_NAN, a);
    }

    /** Infinite, of either sign. */
    public static Tensor isInf(Tensor a) {
        return unary(UnaryOp.IS_INF, a);
    }

    /** Neither infinite nor NaN. */
    public static Tensor isFinite(Tensor a) {
        return unary(UnaryOp.IS_FINITE, a);
    }

    /** {@code |a - b| <= atol + rtol * |b|}, infinities equal to themselves, NaN to nothing ({@code numpy.isclose}); integers compare as float64. */
    public static Tensor isClose(Tensor a, Tensor b, double rtol, double atol) {
        Operands.sameDType("isClose", a, b);
        try (TensorScope scope = a.device().openScope()) {
            Tensor x = a.dtype().isFloating() ? a : a.to(DType.FLOAT64);
            Tensor y = b.dtype().isFloating() ? b : b.to(DType.FLOAT64);
            Tensor distance = subtract(x, y);
            update(UnaryOp.ABS, distance);
            Tensor allowed = abs(y);
            update(BinaryOp.MULTIPLY, allowed, rtol);
            update(BinaryOp.ADD, allowed, atol);
            Tensor near = lessEqual(distance, allowed);
            update(BinaryOp.LOGICAL_AND, near, isFinite(y));
            update(BinaryOp.LOGICAL_OR, near, equal(x, y));
            return scope.keep(near);
        }
    }

    /** Whether all elements are close, by {@link #isClose} with rtol 1e-5 and atol 1e-8. Waits for the device. */
    public static boolean allClose(Tensor a, Tensor b) {
        return allClose(a, b, 1e-5, 1e-8);
    }

    /** Whether all elements are close, by {@link #isClose}. Waits for the device. */
    public static boolean allClose(Tensor a, Tensor b, double rtol, double atol) {
        try (Tensor close = isClose(a, b, rtol, atol);
                Tensor all = Reduce.all(close)) {
            return all.itemLong() != 0;
        }
    }

    // ---- functions; floating dtypes where integers would not map to integers ----

    /** {@code -a}. */
    public static Tensor negative(Tensor a) {
        return unary(UnaryOp.NEGATIVE, a);
    }

    /** {@code |a|}. */
    public static Tensor abs(Tensor a) {
        return unary(UnaryOp.ABS, a);
    }

    /** -1, 0 or 1; NaN stays. */
    public static Tensor sign(Tensor a) {
        return unary(UnaryOp.SIGN, a);
    }

    /** {@code a * a}. */
    public static Tensor square(Tensor a) {
        return unary(UnaryOp.SQUARE, a);
    }

    /** NaN below 0. */
    public static Tensor sqrt(Tensor a) {
        return unary(UnaryOp.SQRT, a);
    }

    /** {@code 1 / sqrt(a)}. */
    public static Tensor rsqrt(Tensor a) {
        return unary(UnaryOp.RSQRT, a);
    }

    /** {@code 1 / a}; floating dtypes. */
    public static Tensor reciprocal(Tensor a) {
        return unary(UnaryOp.RECIPROCAL, a);
    }

    public static Tensor exp(Tensor a) {
        return unary(UnaryOp.EXP, a);
    }

    /** {@code exp(a) - 1}, accurate near 0. */
    public static Tensor expm1(Tensor a) {
        return unary(UnaryOp.EXPM1, a);
    }

    /** Natural; -inf at 0, NaN below. */
    public static Tensor log(Tensor a) {
        return unary(UnaryOp.LOG, a);
    }

    /** {@code log(1 + a)}, accurate near 0. */
    public static Tensor log1p(Tensor a) {
        return unary(UnaryOp.LOG1P, a);
    }

    public static Tensor sin(Tensor a) {
        return unary(UnaryOp.SIN, a);
    }

    public static Tensor cos(Tensor a) {
        return unary(UnaryOp.COS, a);
    }

    public static Tensor tan(Tensor a) {
        return unary(UnaryOp.TAN, a);
    }

    public static Tensor asin(Tensor a) {
        return unary(UnaryOp.ASIN, a);
    }

    public static Tensor acos(Tensor a) {
        return unary(UnaryOp.ACOS, a);
    }

    public static Tensor atan(Tensor a) {
        return unary(UnaryOp.ATAN, a);
    }

    public static Tensor sinh(Tensor a) {
        return unary(UnaryOp.SINH, a);
    }

    public static Tensor cosh(Tensor a) {
        return unary(UnaryOp.COSH, a);
    }

    public static Tensor tanh(Tensor a) {
        return unary(UnaryOp.TANH, a);
    }

    /** {@code 1 / (1 + exp(-a))}, without overflow. */
    public static Tensor sigmoid(Tensor a) {
        return unary(UnaryOp.SIGMOID, a);
    }

    /** {@code max(a, 0)}; NaN stays. */
    public static Tensor relu(Tensor a) {
        return unary(UnaryOp.RELU, a);
    }

    /** {@code log(1 + exp(a))}, without overflow. */
    public static Tensor softplus(Tensor a) {
        return unary(UnaryOp.SOFTPLUS, a);
    }

    public static Tensor floor(Tensor a) {
        return unary(UnaryOp.FLOOR, a);
    }

    public static Tensor ceil(Tensor a) {
        return unary(UnaryOp.CEIL, a);
    }

    /** To the nearest integer, ties to even. */
    public static Tensor round(Tensor a) {
        return unary(UnaryOp.ROUND, a);
    }

    /** {@code min(max(a, low), high)}; NaN stays. */
    public static Tensor clamp(Tensor a, Number low, Number high) {
        if (!(low.doubleValue() <= high.doubleValue())) {
            throw new TensorException("clamp: low " + low + " is not below high " + high + " for shape " + a.shape());
        }
        try (TensorScope scope = a.device().openScope()) {
            Tensor result = maximum(a, low);
            update(BinaryOp.MINIMUM, result, high);
            return scope.keep(result);
        }
    }

    /** {@code a + weight * (b - a)}. */
    public static Tensor lerp(Tensor a, Tensor b, Number weight) {
        try (TensorScope scope = a.device().openScope()) {
            Tensor result = subtract(b, a);
            update(BinaryOp.MULTIPLY, result, weight);
            update(BinaryOp.ADD, result, a);
            return scope.keep(result);
        }
    }

    // ---- selection ----

    /** {@code condition ? a : b} elementwise, all three broadcast; the condition is bool. */
    public static Tensor where(Tensor condition, Tensor a, Tensor b) {
        if (condition.dtype() != DType.BOOL) {
            throw new DTypeException("where: the condition of shape " + condition.shape() + " is " + condition.dtype()
                    + ", not bool; compare it, as in notEqual(condition, 0)");
        }
        DType dtype = Operands.sameDType("where", a, b);
        Device device = Operands.sameDevice("where", condition, a, b);
        Shape shape = Shape.broadcast("where", condition.shape(), a.shape(), b.shape());
        View c = Operands.expanded(condition, shape);
        View x = Operands.expanded(a, shape);
        View y = Operands.expanded(b, shape);
        return Tensor.make(device, dtype, shape, out -> device.backend().where(c, x, y, out));
    }

    public static Tensor where(Tensor condition, Tensor a, Number b) {
        try (Tensor scalar = Operands.scalar("where", a, b)) {
            return where(condition, a, scalar);
        }
    }

    public static Tensor where(Tensor condition, Number a, Tensor b) {
        try (Tensor scalar = Operands.scalar("where", b, a)) {
            return where(condition, scalar, b);
        }
    }
}
