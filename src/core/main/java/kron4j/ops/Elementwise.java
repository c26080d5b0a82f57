package kron4j.ops;

import static kron4j.ops.Operands.binary;
import static kron4j.ops.Operands.unary;
import static kron4j.ops.Operands.update;

import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Recorder;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedKernel.Form;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/**
 * Elementwise arithmetic, comparison and functions, named as in NumPy.
 *
 * <pre>{@code
 * Tensor a = Tensor.of(new double[][] {{1, 2}, {3, 4}});
 * Tensor b = Elementwise.add(a, Tensor.of(new double[] {10, 20}));    // added to each row
 * Tensor positive = Elementwise.greater(Elementwise.sin(b), 0);       // bool
 * Tensor c = Elementwise.where(positive, a, 0);
 * }</pre>
 *
 * <p>Two tensors must have one dtype and broadcast by NumPy's rule. A Java number takes the tensor's dtype; if that
 * cannot hold it (2.5 for an int32 tensor), {@link DTypeException} is thrown. The result is a new row-major tensor of
 * that dtype in the current scope, or bool from comparisons and other predicates. Any strides; one pass over the
 * elements. Gradients are elementwise, summed over broadcast axes. Piecewise constant functions
 * ({@code sign, floor, ceil, round}, comparisons) have gradient 0: their results count as constants.
 *
 * <p>Complex numbers go wherever a method has a meaning without an order; {@code less, maximum, clamp, remainder, atan2,
 * relu, softplus, floor} and their like throw {@link DTypeException}. A real tensor with a complex one is an error that names
 * {@code to(COMPLEX64)}; a real Java number goes with any dtype, a {@link Complex} with complex tensors only. Functions are
 * principal values, with the branch cuts, signs of zero and special values of C99's Annex G (as NumPy has them; where C99 leaves
 * a sign open, so does this). They differ from the exact result by at most 8 epsilon times its absolute value, powers by
 * at most {@code 8 (1 + |b| + |b log a|)} epsilon; {@code multiply} and {@code square} over- or underflow in between where
 * the plain formula does. NaN in one part is NaN.
 * Gradients are {@code g conj(f'(a))}; see {@link ComplexNumbers} for the convention.
 */
public final class Elementwise {
    private static final RoundedOnce EXP_SLOPES = Elementwise::multiply;
    private static final RoundedOnce LOG_SLOPES = Elementwise::divide;
    private static final BinaryOperator<Tensor> SIGMOID_SLOPES =
            inOnePass(Form.SIGMOID, (g, y) -> multiply(g, multiply(y, subtract(1, y))));
    private static final BinaryOperator<Tensor> TANH_SLOPES =
            inOnePass(Form.TANH, (g, y) -> multiply(g, oneMinusSquare(y)));
    private static final BinaryOperator<Tensor> RELU_SLOPES =
            inOnePass(Form.RELU, (g, x) -> where(lessEqual(x, 0), 0, g));
    private static final BinaryOperator<Tensor> SOFTPLUS_SLOPES =
            inOnePass(Form.SOFTPLUS, (g, x) -> multiply(g, sigmoid(x)));
    private static final Fused CUBE = Fused.compile(x -> multiply(square(x[0]), x[0]));
    private static final FusedFamily CLAMP = new FusedFamily("clamp");
    private static final FusedFamily LERP = new FusedFamily("lerp");
    private static final FusedFamily CLAMP_SLOPES = new FusedFamily("gradient of clamp");

    private Elementwise() {}

    // ---- arithmetic ----
    /**
     * {@return {@code a + b}} Integers wrap around, as in Java. Gradient: g to both.
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor add(Tensor a, Tensor b) {
        Tensor c = binary(BinaryOp.ADD, a, b);
        return Tape.record("add", c, r -> r.gradient(a, g -> g).gradient(b, g -> g), a, b);
    }

    /**
     * {@return {@code a + b}}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor add(Tensor a, Number b) {
        return linear(BinaryOp.ADD, a, b, false, g -> g);
    }

    /**
     * {@return {@code a - b}} Integers wrap around, as in Java. Gradient: g to a, -g to b.
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor subtract(Tensor a, Tensor b) {
        Tensor c = binary(BinaryOp.SUBTRACT, a, b);
        return Tape.record("subtract", c, r -> r.gradient(a, g -> g).gradient(b, g -> negative(g)), a, b);
    }

    /**
     * {@return {@code a - b}}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor subtract(Tensor a, Number b) {
        return linear(BinaryOp.SUBTRACT, a, b, false, g -> g);
    }

    /**
     * {@return {@code a - b}}
     *
     * @param a a number that the dtype of b can hold
     * @param b the right operand
     */
    public static Tensor subtract(Number a, Tensor b) {
        return linear(BinaryOp.SUBTRACT, b, a, true, Elementwise::negative);
    }

    /**
     * {@return {@code a * b}} Integers wrap around, as in Java. Complex numbers by the plain formula, as in NumPy: a product
     * with an infinite part may have NaN in the other. Gradient: g times the other operand (its conjugate).
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor multiply(Tensor a, Tensor b) {
        Tensor c = binary(BinaryOp.MULTIPLY, a, b);
        return Tape.record(
                "multiply",
                c,
                r -> {
                    Shape shapeA = a.shape();
                    Shape shapeB = b.shape();
                    r.products()
                            .gradient(a, b, (g, y) -> product(g, conj(y), shapeA))
                            .gradient(b, a, (g, x) -> product(g, conj(x), shapeB));
                },
                a,
                b);
    }

    /**
     * Computes {@code g * y} summed over the axes along which a factor of that shape was broadcast: one pass that does
     * not write the product.
     */
    private static Tensor product(Tensor g, Tensor y, Shape shape) {
        if (g.shape().equals(shape)) {
            return multiply(g, y);
        }
        int rank = g.rank();
        int missing = rank - shape.rank();
        int[] kept = IntStream.range(missing, rank)
                .filter(axis -> shape.at(axis - missing) == g.shape().at(axis))
                .toArray();
        int[] labels = IntStream.range(0, rank).toArray();
        int[] labelsY = IntStream.range(rank - y.rank(), rank).toArray();
        return Contractions.pair("multiply", g, labels, y, labelsY, rank, kept, shape);
    }

    /**
     * {@return {@code a * b}}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor multiply(Tensor a, Number b) {
        return linear(BinaryOp.MULTIPLY, a, b, false, g -> multiply(g, Numbers.conj(b)));
    }

    /**
     * {@return {@code a / b}; for integers the floor of it, as Python's {@code //}} Complex numbers are scaled, so that only
     * the quotient over- or underflows, and infinities and zeros are C99's: what is not 0 over 0 is infinite, what is finite
     * over an infinite number is 0. Gradient: g / b to a, -g a / b^2 to b.
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     * @throws TensorException for integers if b contains 0
     */
    public static Tensor divide(Tensor a, Tensor b) {
        Tensor c = binary(BinaryOp.DIVIDE, a, b);
        return Tape.record(
                "divide",
                c,
                r -> r.gradient(a, b, (g, y) -> divide(g, conj(y)))
                        .gradient(
                                b,
                                new Tensor[] {b, c},
                                (g, s) -> negative(divide(multiply(g, conj(s[1])), conj(s[0])))),
                a,
                b);
    }

    /**
     * {@return {@code a / b}; for integers the floor of it, as Python's {@code //}}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     * @throws TensorException for integers if b is 0
     */
    public static Tensor divide(Tensor a, Number b) {
        return linear(BinaryOp.DIVIDE, a, b, false, g -> divide(g, Numbers.conj(b)));
    }

    /**
     * {@return {@code a / b}; for integers the floor of it, as Python's {@code //}}
     *
     * @param a a number that the dtype of b can hold
     * @param b the right operand
     * @throws TensorException for integers if b contains 0
     */
    public static Tensor divide(Number a, Tensor b) {
        Number negated = Numbers.negative(a);
        return ofOperand(BinaryOp.DIVIDE, b, a, true, (g, x) -> divide(divide(multiply(g, negated), x), x));
    }

    /**
     * {@return {@code a - floor(a / b) * b}, as Python's {@code %}: it has the sign of {@code b}} Gradient: g to a, -g
     * floor(a / b) to b.
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     * @throws TensorException for integers if b contains 0
     */
    public static Tensor remainder(Tensor a, Tensor b) {
        Tensor c = binary(BinaryOp.REMAINDER, a, b);
        return Tape.record(
                "remainder",
                c,
                r -> r.gradient(a, g -> g)
                        .gradient(
                                b,
                                new Tensor[] {a, b, c},
                                (g, s) -> negative(multiply(g, quotient(divide(s[0], s[1]), s[1], s[2])))),
                a,
                b);
    }

    /**
     * Computes {@code floor(a / b)} from the remainder r: an underflow or rounding of the ratio a / b hides on which
     * side of an integer it is.
     */
    private static Tensor quotient(Tensor ratio, Tensor b, Tensor r) {
        return round(subtract(ratio, where(equal(r, b), 1, divide(r, b))));
    }

    /**
     * {@return {@code a - floor(a / b) * b}, as Python's {@code %}: it has the sign of {@code b}}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     * @throws TensorException for integers if b is 0
     */
    public static Tensor remainder(Tensor a, Number b) {
        return linear(BinaryOp.REMAINDER, a, b, false, g -> g);
    }

    /**
     * {@return {@code a - floor(a / b) * b}, as Python's {@code %}: it has the sign of {@code b}}
     *
     * @param a a number that the dtype of b can hold
     * @param b the right operand
     * @throws TensorException for integers if b contains 0
     */
    public static Tensor remainder(Number a, Tensor b) {
        Tensor r = binary(BinaryOp.REMAINDER, b, a, true);
        return Tape.record(
                "remainder",
                r,
                t -> t.gradient(
                        b, new Tensor[] {b, r}, (g, s) -> negative(multiply(g, quotient(divide(a, s[0]), s[0], s[1])))),
                b);
    }

    /**
     * {@return {@code a} to the power {@code b}} Of complex numbers the principal value {@code exp(b log a)}; whole exponents
     * up to 100 are multiplied out; 0 to the power 0 is 1, to one with a positive real part 0, to others NaN. Gradient:
     * {@code g b a^(b-1)} to a, {@code g a^b log a} to b; 0 to a where b is 0, and to b where a is 0 and (the real part of)
     * b is not negative.
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     * @throws TensorException for integers if b contains a negative number
     */
    public static Tensor power(Tensor a, Tensor b) {
        Tensor c = binary(BinaryOp.POWER, a, b);
        return Tape.record(
                "power",
                c,
                r -> r.gradient(a, new Tensor[] {a, b}, (g, s) -> {
                            Tensor slope = multiply(s[1], power(s[0], subtract(s[1], 1)));
                            return where(equal(s[1], 0), 0, multiply(g, conj(slope)));
                        })
                        .gradient(b, new Tensor[] {a, b, c}, (g, s) -> {
                            Tensor flat = logicalAnd(equal(s[0], 0), greaterEqual(ComplexNumbers.real(s[1]), 0));
                            return where(flat, 0, multiply(g, conj(multiply(s[2], log(s[0])))));
                        }),
                a,
                b);
    }

    /**
     * {@return {@code a} to the power {@code b}} Of floating numbers the power 3 is a product, rounded twice.
     * Gradient: {@code g b a^(b-1)}, 0 if b is 0.
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     * @throws TensorException for integers if b is negative
     */
    public static Tensor power(Tensor a, Number b) {
        Number less = Numbers.plus(b, -1);
        BinaryOperator<Tensor> gradient = (g, x) ->
                Numbers.isZero(b) ? multiply(g, 0) : multiply(g, multiply(is(less, 1) ? x : power(x, less), b));
        if (Operands.areFused(a) && is(b, 3)) {
            return Tape.record("power", CUBE.apply(Tape.plain(a)), r -> r.gradient(a, a, gradient), a);
        }
        return ofOperand(BinaryOp.POWER, a, b, false, gradient);
    }

    private static boolean is(Number b, int value) {
        return Complex.of(b).equals(new Complex(value, 0));
    }

    /**
     * {@return {@code a} to the power {@code b}} Gradient: {@code g a^b log a}.
     *
     * @param a a number that the dtype of b can hold
     * @param b the exponents
     * @throws TensorException for integers if b contains a negative number
     */
    public static Tensor power(Number a, Tensor b) {
        return ofResult(BinaryOp.POWER, b, a, true, (g, y) -> {
            Tensor slope = multiply(g, multiply(y, Numbers.log(y.dtype(), a)));
            return Numbers.isZero(a) ? where(isFinite(y), 0, slope) : slope;
        });
    }

    /**
     * {@return the larger operand; NaN if either is NaN} Gradient: to the larger one; half to each where they are
     * equal, all to both where one is NaN.
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor maximum(Tensor a, Tensor b) {
        return extreme(BinaryOp.MAXIMUM, a, b, Elementwise::less);
    }

    /**
     * {@return the larger one of {@code a} and {@code b}; NaN if either is NaN}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor maximum(Tensor a, Number b) {
        return extreme(BinaryOp.MAXIMUM, a, b, Elementwise::less);
    }

    /**
     * {@return the smaller operand; NaN if either is NaN} Gradient: to the smaller one; half to each where they are
     * equal, all to both where one is NaN.
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor minimum(Tensor a, Tensor b) {
        return extreme(BinaryOp.MINIMUM, a, b, Elementwise::greater);
    }

    /**
     * {@return the smaller one of {@code a} and {@code b}; NaN if either is NaN}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor minimum(Tensor a, Number b) {
        return extreme(BinaryOp.MINIMUM, a, b, Elementwise::greater);
    }

    /**
     * {@return the angle of the point (b, a), in [-pi, pi]; floating dtypes} Gradient: {@code g b / (a^2 + b^2)} to a,
     * {@code -g a / (a^2 + b^2)} to b; 0 at the origin.
     *
     * @param a the ordinates
     * @param b the abscissas, broadcast with a; the same dtype and device
     */
    public static Tensor atan2(Tensor a, Tensor b) {
        Tensor c = binary(BinaryOp.ATAN2, a, b);
        return Tape.record(
                "atan2",
                c,
                r -> r.gradient(a, new Tensor[] {a, b}, (g, s) -> turned(g, s[1], s[0]))
                        .gradient(b, new Tensor[] {a, b}, (g, s) -> turned(negative(g), s[0], s[1])),
                a,
                b);
    }

    /**
     * Computes {@code g x / (x^2 + y^2)}, and 0 at the origin, by a ratio of at most 1 so that no square overflows or
     * vanishes.
     */
    static Tensor turned(Tensor g, Tensor x, Tensor y) {
        Tensor first = greaterEqual(abs(x), abs(y));
        Tensor origin = logicalAnd(equal(x, 0), equal(y, 0));
        Tensor larger = where(origin, 1, where(first, x, y));
        Tensor ratio = divide(where(first, y, x), larger);
        Tensor share = where(first, g, multiply(g, ratio));
        return where(origin, 0, divide(divide(share, larger), add(square(ratio), 1)));
    }

    // ---- comparison and logic: the result is bool ----

    /**
     * {@return whether {@code a == b}, of complex numbers both parts; NaN equals nothing}
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor equal(Tensor a, Tensor b) {
        return binary(BinaryOp.EQUAL, a, b);
    }

    /**
     * {@return whether {@code a == b}, of complex numbers both parts; NaN equals nothing}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor equal(Tensor a, Number b) {
        return binary(BinaryOp.EQUAL, a, b, false);
    }

    /**
     * {@return whether {@code a != b}, of complex numbers one part; true for NaN}
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor notEqual(Tensor a, Tensor b) {
        return binary(BinaryOp.NOT_EQUAL, a, b);
    }

    /**
     * {@return whether {@code a != b}, of complex numbers one part; true for NaN}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor notEqual(Tensor a, Number b) {
        return binary(BinaryOp.NOT_EQUAL, a, b, false);
    }

    /**
     * {@return whether {@code a < b}; false for NaN}
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor less(Tensor a, Tensor b) {
        return binary(BinaryOp.LESS, a, b);
    }

    /**
     * {@return whether {@code a < b}; false for NaN}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor less(Tensor a, Number b) {
        return binary(BinaryOp.LESS, a, b, false);
    }

    /**
     * {@return whether {@code a <= b}; false for NaN}
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor lessEqual(Tensor a, Tensor b) {
        return binary(BinaryOp.LESS_EQUAL, a, b);
    }

    /**
     * {@return whether {@code a <= b}; false for NaN}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor lessEqual(Tensor a, Number b) {
        return binary(BinaryOp.LESS_EQUAL, a, b, false);
    }

    /**
     * {@return whether {@code a > b}; false for NaN}
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor greater(Tensor a, Tensor b) {
        return binary(BinaryOp.GREATER, a, b);
    }

    /**
     * {@return whether {@code a > b}; false for NaN}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor greater(Tensor a, Number b) {
        return binary(BinaryOp.GREATER, a, b, false);
    }

    /**
     * {@return whether {@code a >= b}; false for NaN}
     *
     * @param a the left operand
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor greaterEqual(Tensor a, Tensor b) {
        return binary(BinaryOp.GREATER_EQUAL, a, b);
    }

    /**
     * {@return whether {@code a >= b}; false for NaN}
     *
     * @param a the left operand
     * @param b a number that the dtype of a can hold
     */
    public static Tensor greaterEqual(Tensor a, Number b) {
        return binary(BinaryOp.GREATER_EQUAL, a, b, false);
    }

    /**
     * {@return whether both are true}
     *
     * @param a the left operand, of any dtype; nonzero (NaN too, and a complex number with one part that is) is true
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor logicalAnd(Tensor a, Tensor b) {
        return binary(BinaryOp.LOGICAL_AND, a, b);
    }

    /**
     * {@return whether one or both are true}
     *
     * @param a the left operand, of any dtype; nonzero (NaN too, and a complex number with one part that is) is true
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor logicalOr(Tensor a, Tensor b) {
        return binary(BinaryOp.LOGICAL_OR, a, b);
    }

    /**
     * {@return whether exactly one is true}
     *
     * @param a the left operand, of any dtype; nonzero (NaN too, and a complex number with one part that is) is true
     * @param b the right operand, broadcast with a; the same dtype and device
     */
    public static Tensor logicalXor(Tensor a, Tensor b) {
        return binary(BinaryOp.LOGICAL_XOR, a, b);
    }

    /**
     * {@return whether the operand is false}
     *
     * @param a the operand, of any dtype; nonzero (NaN too, and a complex number with one part that is) is true
     */
    public static Tensor logicalNot(Tensor a) {
        return unary(UnaryOp.LOGICAL_NOT, a);
    }

    /**
     * {@return whether an element is NaN}
     *
     * @param a the operand
     */
    public static Tensor isNan(Tensor a) {
        return unary(UnaryOp.IS_NAN, a);
    }

    /**
     * {@return whether an element is infinite, of either sign; of complex ones whether a part is}
     *
     * @param a the operand
     */
    public static Tensor isInf(Tensor a) {
        return unary(UnaryOp.IS_INF, a);
    }

    /**
     * {@return whether an element is neither infinite nor NaN; of complex ones whether both parts are finite}
     *
     * @param a the operand
     */
    public static Tensor isFinite(Tensor a) {
        return unary(UnaryOp.IS_FINITE, a);
    }

    /**
     * {@return whether {@code |a - b| <= atol + rtol * |b|} ({@code numpy.isclose})} Infinities equal themselves, NaN
     * equals nothing; integers compare as float64, complex numbers by the absolute value of their difference.
     *
     * @param a the numbers to check
     * @param b the numbers expected, broadcast with a; the same dtype and device
     * @param rtol the relative tolerance
     * @param atol the absolute tolerance
     */
    public static Tensor isClose(Tensor a, Tensor b, double rtol, double atol) {
        return isClose("isClose", a, b, rtol, atol);
    }

    private static Tensor isClose(String operation, Tensor a, Tensor b, double rtol, double atol) {
        DType dtype = Operands.sameDType(operation, a, b).ofMeans().computed();
        Operands.sameDevice(operation, a, b);
        Shape.broadcast(operation, a.shape(), b.shape());
        try (TensorScope scope = a.device().openScope()) {
            Tensor x = Operands.in(dtype, Tape.plain(a));
            Tensor y = Operands.in(dtype, Tape.plain(b));
            Tensor distance = abs(subtract(x, y));
            Tensor allowed = abs(y);
            update(BinaryOp.MULTIPLY, allowed, rtol);
            update(BinaryOp.ADD, allowed, atol);
            Tensor near = lessEqual(distance, allowed);
            update(BinaryOp.LOGICAL_AND, near, isFinite(y));
            update(BinaryOp.LOGICAL_OR, near, equal(x, y));
            return scope.keep(near);
        }
    }

    /**
     * {@return whether all elements are close, by {@link #isClose} with rtol 1e-5 and atol 1e-8} Waits for the device.
     *
     * @param a the numbers to check
     * @param b the numbers expected, broadcast with a; the same dtype and device
     */
    public static boolean allClose(Tensor a, Tensor b) {
        return allClose(a, b, 1e-5, 1e-8);
    }

    /**
     * {@return whether all elements are close, by {@link #isClose}} Waits for the device.
     *
     * @param a the numbers to check
     * @param b the numbers expected, broadcast with a; the same dtype and device
     * @param rtol the relative tolerance
     * @param atol the absolute tolerance
     */
    public static boolean allClose(Tensor a, Tensor b, double rtol, double atol) {
        try (Tensor close = isClose("allClose", a, b, rtol, atol);
                Tensor all = Reduce.all(close)) {
            return all.itemLong() != 0;
        }
    }

    // ---- functions; floating dtypes where integers would not map to integers ----

    /**
     * {@return {@code -a}} Gradient: -g.
     *
     * @param a the operand
     */
    public static Tensor negative(Tensor a) {
        return Tape.record("negative", unary(UnaryOp.NEGATIVE, a), r -> r.gradient(a, g -> negative(g)), a);
    }

    /**
     * {@return {@code |a|}} That of complex numbers is real; it overflows only if the result does, and is infinite if a part
     * is. Gradient: g times the sign, 0 at 0.
     *
     * @param a the operand
     */
    public static Tensor abs(Tensor a) {
        return Tape.record("abs", unary(UnaryOp.ABS, a), r -> r.gradient(a, a, (g, x) -> scaled(sign(x), g)), a);
    }

    /**
     * {@return -1, 0 (never -0) or 1; NaN for NaN} Of a complex number z it is {@code z / |z|}, 0 at 0, as in NumPy 2: no
     * constant, but with gradient {@code (g - s Re(g conj(s))) / |z|} for the sign s, 0 at 0.
     *
     * @param a the operand
     */
    public static Tensor sign(Tensor a) {
        Tensor y = unary(UnaryOp.SIGN, a);
        return a.dtype().isComplex()
                ? Tape.record("sign", y, r -> r.gradient(a, new Tensor[] {a, y}, (g, s) -> across(g, s[0], s[1])), a)
                : y;
    }

    /** Computes the part of g that is across the direction of x, {@code g - y Re(g conj(y))}, over {@code |x|}; 0 where x is 0. */
    private static Tensor across(Tensor g, Tensor x, Tensor y) {
        Tensor along = ComplexNumbers.real(multiply(g, ComplexNumbers.conj(y)));
        Tensor distance = abs(x);
        Tensor zero = equal(distance, 0);
        Tensor safe = where(zero, 1, distance);
        return where(zero, 0, divide(subtract(g, scaled(y, along)), safe.to(g.dtype())));
    }

    /** Computes {@code x * factors} for real factors of real or complex numbers. */
    static Tensor scaled(Tensor x, Tensor factors) {
        return multiply(factors.to(x.dtype()), x);
    }

    /**
     * {@return {@code a * a}} Gradient: {@code 2 g a}.
     *
     * @param a the operand
     */
    public static Tensor square(Tensor a) {
        return ofOperand(UnaryOp.SQUARE, a, (g, x) -> multiply(g, multiply(x, 2)));
    }

    /**
     * {@return the square root; of a real number below 0 NaN} Of complex numbers that with a real part of 0 or more; cut along
     * the negative real axis. Gradient: {@code g / (2 sqrt(a))}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor sqrt(Tensor a) {
        return ofResult(UnaryOp.SQRT, a, (g, y) -> divide(g, multiply(y, 2)));
    }

    /**
     * {@return {@code 1 / sqrt(a)}} Gradient: {@code -g / 2} times its cube.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor rsqrt(Tensor a) {
        return ofResult(UnaryOp.RSQRT, a, (g, y) -> multiply(g, multiply(multiply(square(y), y), -0.5)));
    }

    /**
     * {@return {@code 1 / a}} Gradient: {@code -g / a^2}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor reciprocal(Tensor a) {
        return ofResult(UnaryOp.RECIPROCAL, a, (g, y) -> negative(multiply(multiply(g, y), y)));
    }

    /**
     * {@return {@code e^a}} Gradient: {@code g e^a}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor exp(Tensor a) {
        return ofResult(UnaryOp.EXP, a, EXP_SLOPES);
    }

    /**
     * {@return {@code e^a - 1}, accurate near 0} Gradient: {@code g e^a}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor expm1(Tensor a) {
        return ofResult(UnaryOp.EXPM1, a, (g, y) -> multiply(g, add(y, 1)));
    }

    /**
     * {@return the natural logarithm; -inf at 0, of a real number below NaN} Of complex numbers
     * {@code log|a| + j angle(a)}; cut along the negative real axis. Gradient: {@code g / a}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor log(Tensor a) {
        return ofOperand(UnaryOp.LOG, a, LOG_SLOPES);
    }

    /**
     * {@return {@code log(1 + a)}, accurate near 0} Gradient: {@code g / (1 + a)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor log1p(Tensor a) {
        return ofOperand(UnaryOp.LOG1P, a, (g, x) -> divide(g, add(x, 1)));
    }

    /**
     * {@return the sine} Gradient: {@code g cos(a)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor sin(Tensor a) {
        return ofOperand(UnaryOp.SIN, a, (g, x) -> multiply(g, cos(x)));
    }

    /**
     * {@return the cosine} Gradient: {@code -g sin(a)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor cos(Tensor a) {
        return ofOperand(UnaryOp.COS, a, (g, x) -> negative(multiply(g, sin(x))));
    }

    /**
     * {@return the tangent} Gradient: {@code g (1 + tan(a)^2)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor tan(Tensor a) {
        return ofResult(UnaryOp.TAN, a, (g, y) -> multiply(g, add(square(y), 1)));
    }

    /**
     * {@return the arc sine, in [-pi/2, pi/2]; NaN outside [-1, 1]} Of complex numbers cut along the real axis outside
     * [-1, 1]. Gradient: {@code g / sqrt(1 - a^2)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor asin(Tensor a) {
        return ofOperand(UnaryOp.ASIN, a, (g, x) -> multiply(g, rsqrt(oneMinusSquare(x))));
    }

    /**
     * {@return the arc cosine, in [0, pi]; NaN outside [-1, 1]} Of complex numbers cut along the real axis outside
     * [-1, 1]. Gradient: {@code -g / sqrt(1 - a^2)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor acos(Tensor a) {
        return ofOperand(UnaryOp.ACOS, a, (g, x) -> negative(multiply(g, rsqrt(oneMinusSquare(x)))));
    }

    /**
     * {@return the arc tangent, in [-pi/2, pi/2]} Of complex numbers cut along the imaginary axis outside [-j, j]. Gradient: {@code g / (1 + a^2)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor atan(Tensor a) {
        return ofOperand(UnaryOp.ATAN, a, (g, x) -> divide(g, add(square(x), 1)));
    }

    /**
     * {@return the hyperbolic sine} Gradient: {@code g cosh(a)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor sinh(Tensor a) {
        return ofOperand(UnaryOp.SINH, a, (g, x) -> multiply(g, cosh(x)));
    }

    /**
     * {@return the hyperbolic cosine} Gradient: {@code g sinh(a)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor cosh(Tensor a) {
        return ofOperand(UnaryOp.COSH, a, (g, x) -> multiply(g, sinh(x)));
    }

    /**
     * {@return the hyperbolic tangent} Gradient: {@code g (1 - tanh(a)^2)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor tanh(Tensor a) {
        return ofResult(UnaryOp.TANH, a, TANH_SLOPES);
    }

    /**
     * {@return {@code 1 / (1 + exp(-a))}, without overflow} Gradient: {@code g y (1 - y)} for the result y.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor sigmoid(Tensor a) {
        return ofResult(UnaryOp.SIGMOID, a, SIGMOID_SLOPES);
    }

    /**
     * {@return {@code max(a, 0)}; NaN for NaN} Gradient: 0 up to 0, g above.
     *
     * @param a the operand
     */
    public static Tensor relu(Tensor a) {
        return ofOperand(UnaryOp.RELU, a, RELU_SLOPES);
    }

    /**
     * {@return {@code log(1 + exp(a))}, without overflow} Gradient: {@code g sigmoid(a)}.
     *
     * @param a the operand, of a floating dtype
     */
    public static Tensor softplus(Tensor a) {
        return ofOperand(UnaryOp.SOFTPLUS, a, SOFTPLUS_SLOPES);
    }

    /**
     * {@return the largest integer that is not larger}
     *
     * @param a the operand
     */
    public static Tensor floor(Tensor a) {
        return unary(UnaryOp.FLOOR, a);
    }

    /**
     * {@return the smallest integer that is not smaller}
     *
     * @param a the operand
     */
    public static Tensor ceil(Tensor a) {
        return unary(UnaryOp.CEIL, a);
    }

    /**
     * {@return the nearest integer, ties to even}
     *
     * @param a the operand
     */
    public static Tensor round(Tensor a) {
        return unary(UnaryOp.ROUND, a);
    }

    /**
     * {@return {@code min(max(a, low), high)}; NaN for NaN} Gradient: g in [low, high], 0 outside.
     *
     * @param a the operand
     * @param low the least number
     * @param high the largest number, low or more
     * @throws TensorException if low is above high, or one is NaN
     */
    public static Tensor clamp(Tensor a, Number low, Number high) {
        Operands.requireReal("clamp", a);
        Numbers.of("clamp", a, low);
        Numbers.of("clamp", a, high);
        if (!(low.doubleValue() <= high.doubleValue())) {
            throw new TensorException(
                    "clamp: low " + low + " must be at most high " + high + ", for shape " + a.shape());
        }
        Tensor x = Tape.plain(a);
        double least = low.doubleValue();
        double most = high.doubleValue();
        FusedKernel kernel = new FusedKernel(Form.CLAMP, least, most, 0);
        Tensor result = Operands.areFused(a)
                ? CLAMP.of(() -> Fused.compile(kernel, t -> minimum(maximum(t[0], least), most)), least, most)
                        .apply(x)
                : minimum(maximum(x, low), high);
        return Tape.record(
                "clamp",
                result,
                r -> r.gradient(
                        a,
                        a,
                        (g, s) -> CLAMP_SLOPES
                                .of(
                                        () -> Fused.compile(
                                                kernel.backward(1),
                                                t -> where(
                                                        lessEqual(t[0], most),
                                                        where(greaterEqual(t[0], least), t[1], 0),
                                                        0)),
                                        least,
                                        most)
                                .apply(s, g)),
                a);
    }

    /**
     * {@return the interpolation {@code a + weight * (b - a)}} Gradient: {@code (1 - weight) g} to a, {@code weight g}
     * to b.
     *
     * @param a the result for weight 0
     * @param b the result for weight 1, broadcast with a; the same dtype and device
     * @param weight a number that the dtype can hold
     */
    public static Tensor lerp(Tensor a, Tensor b, Number weight) {
        Operands.ofProduct("lerp", a, b);
        Numbers.of("lerp", a, weight);
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> lerp(x[0], x[1], weight), a, b);
        }
        Tensor x = Tape.plain(a);
        Tensor y = Tape.plain(b);
        Tensor result = Operands.areFused(a) && !(weight instanceof Complex)
                ? LERP.of(t -> interpolated(t[0], t[1], weight), weight.doubleValue())
                        .apply(x, y)
                : interpolated(x, y, weight);
        Number to = Numbers.conj(weight);
        Number from = Numbers.plus(Numbers.negative(to), 1);
        return Tape.record(
                "lerp", result, r -> r.gradient(a, g -> multiply(g, from)).gradient(b, g -> multiply(g, to)), a, b);
    }

    private static Tensor interpolated(Tensor a, Tensor b, Number weight) {
        Tensor result = binary(BinaryOp.SUBTRACT, b, a);
        update(BinaryOp.MULTIPLY, result, weight);
        update(BinaryOp.ADD, result, a);
        return result;
    }

    // ---- selection ----

    /**
     * {@return {@code condition ? a : b} elementwise, all three broadcast} Gradient: g to the operand that was taken, 0
     * to the other.
     *
     * @param condition bool
     * @param a the elements where the condition is true
     * @param b the elements where it is false; the same dtype and device
     * @throws DTypeException if the condition is not bool
     */
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
        Tensor result =
                Tensor.make(device, dtype, shape, out -> device.backend().where(c, x, y, out));
        return Tape.record(
                "where",
                result,
                r -> r.gradient(a, condition, (g, s) -> where(s, g, 0))
                        .gradient(b, condition, (g, s) -> where(s, 0, g)),
                a,
                b);
    }

    /**
     * {@return {@code condition ? a : b} elementwise}
     *
     * @param condition bool
     * @param a the elements where the condition is true
     * @param b a number that the dtype of a can hold
     * @throws DTypeException if the condition is not bool
     */
    public static Tensor where(Tensor condition, Tensor a, Number b) {
        try (Tensor scalar = Operands.scalar("where", a, b)) {
            return where(condition, a, scalar);
        }
    }

    /**
     * {@return {@code condition ? a : b} elementwise}
     *
     * @param condition bool
     * @param a a number that the dtype of b can hold
     * @param b the elements where the condition is false
     * @throws DTypeException if the condition is not bool
     */
    public static Tensor where(Tensor condition, Number a, Tensor b) {
        try (Tensor scalar = Operands.scalar("where", b, a)) {
            return where(condition, scalar, b);
        }
    }

    // ---- gradients ----

    /** A gradient of one operation or one pass, from that of the result and the operand or the result: of halves too, only what it returns is rounded. */
    interface RoundedOnce extends BinaryOperator<Tensor> {}

    private static RoundedOnce inOnePass(Form form, BinaryOperator<Tensor> vjp) {
        Fused steps = Fused.compile(FusedKernel.of(form).backward(1), t -> vjp.apply(t[1], t[0]));
        return (g, x) -> steps.apply(x, g);
    }

    static RoundedOnce inOnePass(BinaryOperator<Tensor> vjp) {
        return Fused.compile(t -> vjp.apply(t[0], t[1]))::apply;
    }

    static Tensor ofOperand(UnaryOp op, Tensor a, BinaryOperator<Tensor> vjp) {
        return Tape.record(
                Operands.name(op), unary(op, a), r -> rounding(r, vjp).gradient(a, a, conjugate(vjp)), a);
    }

    static Tensor ofResult(UnaryOp op, Tensor a, BinaryOperator<Tensor> vjp) {
        Tensor y = unary(op, a);
        return Tape.record(Operands.name(op), y, r -> rounding(r, vjp).gradient(a, y, conjugate(vjp)), a);
    }

    private static Recorder rounding(Recorder r, BinaryOperator<Tensor> vjp) {
        return vjp instanceof RoundedOnce ? r.products() : r;
    }

    private static Tensor ofOperand(
            BinaryOp op, Tensor a, Number scalar, boolean scalarFirst, BinaryOperator<Tensor> vjp) {
        return Tape.record(
                Operands.name(op), binary(op, a, scalar, scalarFirst), r -> r.gradient(a, a, conjugate(vjp)), a);
    }

    private static Tensor ofResult(
            BinaryOp op, Tensor a, Number scalar, boolean scalarFirst, BinaryOperator<Tensor> vjp) {
        Tensor y = binary(op, a, scalar, scalarFirst);
        return Tape.record(Operands.name(op), y, r -> r.gradient(a, y, conjugate(vjp)), a);
    }

    /** From {@code g f'(x)} of a function of complex numbers that has a derivative, its gradient {@code g conj(f'(x))}. */
    static BinaryOperator<Tensor> conjugate(BinaryOperator<Tensor> vjp) {
        return (g, x) -> g.dtype().isComplex() ? conj(vjp.apply(conj(g), x)) : vjp.apply(g, x);
    }

    private static Tensor conj(Tensor x) {
        return x.dtype().isComplex() ? ComplexNumbers.conj(x) : x;
    }

    /** Computes {@code 1 - x*x}, accurate near 1. */
    static Tensor oneMinusSquare(Tensor x) {
        return multiply(subtract(1, x), add(x, 1));
    }

    /** Records an operation with a number, whose slope depends on neither operand. */
    private static Tensor linear(BinaryOp op, Tensor a, Number b, boolean numberFirst, UnaryOperator<Tensor> slope) {
        return Tape.record(Operands.name(op), binary(op, a, b, numberFirst), r -> r.gradient(a, slope), a);
    }

    private static Tensor extreme(BinaryOp op, Tensor a, Tensor b, BinaryOperator<Tensor> loses) {
        Tensor[] both = {a, b};
        return Tape.record(
                Operands.name(op),
                binary(op, a, b),
                r -> r.gradient(a, both, (g, s) -> multiply(g, share(loses.apply(s[0], s[1]), s[0], s[1])))
                        .gradient(b, both, (g, s) -> multiply(g, share(loses.apply(s[1], s[0]), s[0], s[1]))),
                a,
                b);
    }

    private static Tensor extreme(BinaryOp op, Tensor a, Number b, BinaryOperator<Tensor> loses) {
        return ofOperand(op, a, b, false, (g, x) -> {
            Tensor bound = Creation.fullLike(x, b);
            return multiply(g, share(loses.apply(x, bound), x, bound));
        });
    }

    /**
     * Returns 0 where the operand was not taken, 1/2 where both are equal, else 1: to both where one is NaN, as in
     * PyTorch.
     */
    private static Tensor share(Tensor lost, Tensor a, Tensor b) {
        return where(lost, 0, where(equal(a, b), 0.5, Creation.onesLike(a)));
    }
}
