package kron4j.ops;

import static kron4j.ops.Operands.binary;

import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * Special functions, elementwise, named as in NumPy and SciPy: inverse hyperbolic ones, error functions, and functions of two operands that are neither arithmetic
 * nor comparisons.
 *
 * <pre>{@code
 * Tensor x = Tensor.of(new double[] {-0.5, 0, 0.5});
 * Tensor normal = Special.erfc(x.multiply(-Math.sqrt(0.5))).multiply(0.5);     // the normal distribution
 * Tensor length = Special.hypot(x, Tensor.of(1.0));
 * }</pre>
 *
 * <p>Operands and results are as in {@link Elementwise}: any strides, one pass, a new row-major result; they go into {@link Fused} steps and graphs. Values at
 * zeros of either sign, infinities, NaN and outside the domain are NumPy's and SciPy's. Gradients have any order.
 *
 * <p>Greatest distance from the exact value in units in the last place, measured over some 25,000 arguments each ({@code erfc}: 2,550), dense where a formula changes and
 * over all magnitudes, subnormal ones too. float32 is computed in float64 on every device and rounded once, from which 0.51 follows; halves are rounded from float32.
 *
 * <table>
 * <caption>Units in the last place, float64</caption>
 * <tr><th>function</th><th>float64</th></tr>
 * <tr><td>asinh</td><td>1.32</td></tr>
 * <tr><td>acosh</td><td>1.12</td></tr>
 * <tr><td>atanh</td><td>1.15</td></tr>
 * <tr><td>erf</td><td>1.26</td></tr>
 * <tr><td>erfc</td><td>1.11</td></tr>
 * <tr><td>hypot</td><td>1 (as Java and CUDA state: 2 on a card)</td></tr>
 * <tr><td>fmod</td><td>0</td></tr>
 * </table>
 */
public final class Special {
    private static final double TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

    private Special() {}

    // ---- inverse hyperbolic functions ----

    /**
     * {@return the inverse hyperbolic sine, {@code log(a + sqrt(a^2 + 1))}} Of complex numbers cut along the imaginary axis outside [-j, j].
     * Gradient: {@code g / sqrt(a^2 + 1)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor asinh(Tensor a) {
        return Elementwise.ofOperand(
                UnaryOp.ASINH,
                a,
                (g, x) -> x.dtype().isComplex()
                        ? Elementwise.multiply(g, Elementwise.rsqrt(Elementwise.add(Elementwise.square(x), 1)))
                        : Elementwise.divide(g, hypot(x, 1)));
    }

    /**
     * {@return the inverse hyperbolic cosine, {@code log(a + sqrt(a^2 - 1))}, 0 or more; NaN below 1} Of complex numbers cut along the real axis
     * below 1, with a real part of 0 or more. Gradient: {@code g / (sqrt(a - 1) sqrt(a + 1))}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor acosh(Tensor a) {
        return Elementwise.ofOperand(
                UnaryOp.ACOSH,
                a,
                (g, x) -> Elementwise.multiply(
                        Elementwise.multiply(g, Elementwise.rsqrt(Elementwise.subtract(x, 1))),
                        Elementwise.rsqrt(Elementwise.add(x, 1))));
    }

    /**
     * {@return the inverse hyperbolic tangent, {@code log((1 + a) / (1 - a)) / 2}; infinite at -1 and 1, NaN outside} Of complex numbers cut along
     * the real axis outside [-1, 1]. Gradient: {@code g / (1 - a^2)}.
     *
     * @param a the operand, of a floating or complex dtype
     */
    public static Tensor atanh(Tensor a) {
        return Elementwise.ofOperand(UnaryOp.ATANH, a, (g, x) -> Elementwise.divide(g, Elementwise.oneMinusSquare(x)));
    }

    // ---- error functions ----

    /**
     * {@return the error function, {@code 2 / sqrt(pi)} times the integral of {@code exp(-t^2)} from 0 to a} Gradient:
     * {@code g 2 / sqrt(pi) exp(-a^2)}.
     *
     * @param a the operand, of a floating dtype; complex numbers are refused
     */
    public static Tensor erf(Tensor a) {
        return Elementwise.ofOperand(UnaryOp.ERF, a, (g, x) -> Elementwise.multiply(g, bell(x, TWO_OVER_ROOT_PI)));
    }

    /**
     * {@return the complementary error function, {@code 1 - erf(a)}, accurate where that is small: down to the least number, beyond 27.2 in
     * float64} Gradient: {@code -g 2 / sqrt(pi) exp(-a^2)}.
     *
     * @param a the operand, of a floating dtype; complex numbers are refused
     */
    public static Tensor erfc(Tensor a) {
        return Elementwise.ofOperand(UnaryOp.ERFC, a, (g, x) -> Elementwise.multiply(g, bell(x, -TWO_OVER_ROOT_PI)));
    }

    private static Tensor bell(Tensor x, double factor) {
        return Elementwise.multiply(Elementwise.exp(Elementwise.negative(Elementwise.square(x))), factor);
    }

    // ---- two operands ----

    /**
     * {@return {@code sqrt(a^2 + b^2)}, without over- or underflow in between; infinite where one operand is, even if the other is NaN}
     * Gradient: {@code g a / hypot(a, b)} to a, {@code g b / hypot(a, b)} to b; 0 at the origin.
     *
     * @param a one leg, of a floating dtype; complex numbers are refused
     * @param b the other, broadcast with a; the same dtype and device
     */
    public static Tensor hypot(Tensor a, Tensor b) {
        Tensor c = binary(BinaryOp.HYPOT, a, b);
        return Tape.record(
                "hypot",
                c,
                r -> r.gradient(a, new Tensor[] {a, b}, (g, s) -> Elementwise.multiply(g, cosine(s[0], s[1])))
                        .gradient(b, new Tensor[] {a, b}, (g, s) -> Elementwise.multiply(g, cosine(s[1], s[0]))),
                a,
                b);
    }

    /**
     * {@return {@code sqrt(a^2 + b^2)}, without over- or underflow in between}
     *
     * @param a one leg, of a floating dtype; complex numbers are refused
     * @param b the other, a number that the dtype of a can hold
     */
    public static Tensor hypot(Tensor a, Number b) {
        return Tape.record(
                "hypot",
                binary(BinaryOp.HYPOT, a, b, false),
                r -> r.gradient(a, a, (g, x) -> Elementwise.multiply(g, cosine(x, Creation.fullLike(x, b)))),
                a);
    }

    /** Computes {@code x / hypot(x, y)}; 0 at the origin, where its derivatives are 0 too. */
    private static Tensor cosine(Tensor x, Tensor y) {
        Tensor length = hypot(x, y);
        return Elementwise.divide(x, Elementwise.where(Elementwise.equal(length, 0), 1, length));
    }

    /**
     * {@return C's fmod, {@code a - trunc(a / b) * b}, exactly: it has the sign of {@code a}} {@link Elementwise#remainder} has that of b. Of
     * floating numbers NaN where a is infinite or b is 0. Gradient: g to a, {@code -g trunc(a / b)} to b.
     *
     * @param a the dividends; complex numbers and bool are refused
     * @param b the divisors, broadcast with a; the same dtype and device
     * @throws TensorException for integers if b contains 0
     */
    public static Tensor fmod(Tensor a, Tensor b) {
        Tensor c = binary(BinaryOp.FMOD, a, b);
        return Tape.record(
                "fmod",
                c,
                r -> r.gradient(a, g -> g).gradient(b, new Tensor[] {a, b, c}, (g, s) -> {
                    Tensor whole = Elementwise.divide(Elementwise.subtract(s[0], s[2]), s[1]);
                    return Elementwise.negative(Elementwise.multiply(g, Elementwise.round(whole)));
                }),
                a,
                b);
    }

    /**
     * {@return C's fmod, {@code a - trunc(a / b) * b}, exactly: it has the sign of {@code a}}
     *
     * @param a the dividends; complex numbers and bool are refused
     * @param b a number that the dtype of a can hold
     * @throws TensorException for integers if b is 0
     */
    public static Tensor fmod(Tensor a, Number b) {
        return Tape.record("fmod", binary(BinaryOp.FMOD, a, b, false), r -> r.gradient(a, g -> g), a);
    }
}
