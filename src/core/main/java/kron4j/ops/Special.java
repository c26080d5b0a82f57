package kron4j.ops;

import static kron4j.ops.Operands.binary;

import java.util.function.BinaryOperator;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * Special functions, elementwise, named as in NumPy and SciPy: inverse hyperbolic ones, error functions, the logarithm of the gamma function
 * with its derivatives, and functions of two operands that are neither arithmetic nor comparisons.
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
 * <p>Greatest distance from the exact value in units in the last place, measured over 13,000 to 50,000 arguments each ({@code erfc}: 2,550), dense where a
 * formula changes and over all magnitudes, subnormal ones too; where {@code lgamma} and {@code digamma} cross zero below 0, in units of their larger
 * terms. float32 is computed in float64 and rounded once, from which 0.51 follows. By the CPU's vectors {@code asinh}, {@code atanh} of both dtypes and {@code erf},
 * {@code erfc} of float32 are right to 3; halves are rounded from float32.
 * {@code sinc}, {@code xlogy} and {@code logaddexp} are composed of steps in the operands' precision.
 *
 * <table>
 * <caption>Units in the last place, float64</caption>
 * <tr><th>function</th><th>float64</th></tr>
 * <tr><td>asinh</td><td>1.32</td></tr>
 * <tr><td>acosh</td><td>1.12</td></tr>
 * <tr><td>atanh</td><td>1.15</td></tr>
 * <tr><td>erf</td><td>1.26</td></tr>
 * <tr><td>erfc</td><td>1.11</td></tr>
 * <tr><td>erfinv</td><td>1.53</td></tr>
 * <tr><td>lgamma</td><td>1.90</td></tr>
 * <tr><td>digamma</td><td>1.66</td></tr>
 * <tr><td>trigamma</td><td>1.91</td></tr>
 * <tr><td>hypot</td><td>1 (as Java and CUDA state: 2 on a card)</td></tr>
 * <tr><td>fmod</td><td>0</td></tr>
 * </table>
 */
public final class Special {
    private static final double TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);
    private static final BinaryOperator<Tensor> ERF_SLOPES =
            Elementwise.inOnePass((g, x) -> Elementwise.multiply(g, bell(x, TWO_OVER_ROOT_PI)));
    private static final BinaryOperator<Tensor> ERFC_SLOPES =
            Elementwise.inOnePass((g, x) -> Elementwise.multiply(g, bell(x, -TWO_OVER_ROOT_PI)));
    /** Of {@code -tetragamma(x) x^2} in terms of {@code 1 / x^2}, without {@code 1 + 1 / x}: Bernoulli's numbers {@code B_2k (2k + 1)}. */
    private static final double[] TETRAGAMMA_SERIES = {
        1.0 / 2, -1.0 / 6, 1.0 / 6, -3.0 / 10, 5.0 / 6, -691.0 / 210, 35.0 / 2, -3617.0 / 30
    };
    /** {@code (-1)^k / (2k + 1)!} for k from 1. */
    private static final double[] SINC_SERIES = sincSeries();

    private static final Fused TETRAGAMMA = Fused.compile(x -> tetragammaOf(x[0]));
    private static final Fused SINC = Fused.compile(x -> sincOf(x[0]));
    private static final Fused XLOGY = Fused.compile(x -> xlogyOf(x[0], x[1]));
    private static final Fused LOGADDEXP = Fused.compile(x -> logaddexpOf(x[0], x[1]));

    private Special() {}

    private static double[] sincSeries() {
        double[] terms = new double[9];
        double factorial = 1;
        for (int k = 1; k <= terms.length; k++) {
            factorial *= -2.0 * k * (2 * k + 1);
            terms[k - 1] = 1 / factorial;
        }
        return terms;
    }

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
        return Elementwise.ofOperand(UnaryOp.ERF, a, ERF_SLOPES);
    }

    /**
     * {@return the complementary error function, {@code 1 - erf(a)}, accurate where that is small: down to the least number, beyond 27.2 in
     * float64} Gradient: {@code -g 2 / sqrt(pi) exp(-a^2)}.
     *
     * @param a the operand, of a floating dtype; complex numbers are refused
     */
    public static Tensor erfc(Tensor a) {
        return Elementwise.ofOperand(UnaryOp.ERFC, a, ERFC_SLOPES);
    }

    private static Tensor bell(Tensor x, double factor) {
        return Elementwise.multiply(Elementwise.exp(Elementwise.negative(Elementwise.square(x))), factor);
    }

    /**
     * {@return the inverse of the error function; infinite at -1 and 1, NaN outside} Gradient: {@code g sqrt(pi) / 2 exp(y^2)} with the
     * result y.
     *
     * @param a the operand, of a floating dtype; complex numbers are refused
     */
    public static Tensor erfinv(Tensor a) {
        return Elementwise.ofResult(
                UnaryOp.ERFINV,
                a,
                (g, y) -> Elementwise.multiply(
                        g, Elementwise.multiply(Elementwise.exp(Elementwise.square(y)), 1 / TWO_OVER_ROOT_PI)));
    }

    // ---- the gamma function ----

    /**
     * {@return the logarithm of the absolute value of the gamma function; infinite at 0, at -1, -2 and so on, and at both infinities} As
     * SciPy's {@code gammaln}, which has -inf at -inf. Gradient: {@code g digamma(a)}.
     *
     * @param a the operand, of a floating dtype; complex numbers are refused
     */
    public static Tensor lgamma(Tensor a) {
        return Elementwise.ofOperand(UnaryOp.LGAMMA, a, (g, x) -> Elementwise.multiply(g, digamma(x)));
    }

    /**
     * {@return the derivative of {@link #lgamma}; -inf at 0, inf at -0, NaN at -1, -2 and so on, and at -inf} SciPy's {@code psi}. Gradient:
     * {@code g trigamma(a)}.
     *
     * @param a the operand, of a floating dtype; complex numbers are refused
     */
    public static Tensor digamma(Tensor a) {
        return Elementwise.ofOperand(UnaryOp.DIGAMMA, a, (g, x) -> Elementwise.multiply(g, trigamma(x)));
    }

    /**
     * {@return the derivative of {@link #digamma}; infinite at 0, -1, -2 and so on, NaN at -inf} SciPy's {@code polygamma(1, a)}. Gradient: g
     * times the next derivative, which is composed of elementwise operations, to some 1e-14 of its terms.
     *
     * @param a the operand, of a floating dtype; complex numbers are refused
     */
    public static Tensor trigamma(Tensor a) {
        return Elementwise.ofOperand(UnaryOp.TRIGAMMA, a, (g, x) -> Elementwise.multiply(g, TETRAGAMMA.apply(x)));
    }

    /** Below 1/2 by {@code f(1 - x) - f(x) = 2 pi^3 cos(pi x) / sin(pi x)^3}. */
    private static Tensor tetragammaOf(Tensor x) {
        Tensor left = Elementwise.less(x, 0.5);
        Tensor right = tetragammaFromHalf(Elementwise.where(left, Elementwise.subtract(1, x), x));
        Tensor angle = Elementwise.multiply(
                Elementwise.where(left, Elementwise.subtract(x, Elementwise.round(x)), 0.5), Math.PI);
        Tensor sine = Elementwise.sin(angle);
        Tensor cube = Elementwise.multiply(Elementwise.square(sine), sine);
        Tensor mirror =
                Elementwise.multiply(Elementwise.divide(Elementwise.cos(angle), cube), 2 * Math.pow(Math.PI, 3));
        return Elementwise.where(left, Elementwise.subtract(right, mirror), right);
    }

    /** Sums {@code -2 / (x + k)^3} for nine k, then the asymptotic series. */
    private static Tensor tetragammaFromHalf(Tensor x) {
        Tensor inverse = Elementwise.reciprocal(Elementwise.add(x, 9));
        Tensor square = Elementwise.square(inverse);
        Tensor series = Elementwise.multiply(square, TETRAGAMMA_SERIES[TETRAGAMMA_SERIES.length - 1]);
        for (int i = TETRAGAMMA_SERIES.length - 2; i >= 0; i--) {
            series = Elementwise.multiply(square, Elementwise.add(series, TETRAGAMMA_SERIES[i]));
        }
        Tensor sum = Elementwise.multiply(square, Elementwise.add(Elementwise.add(series, inverse), 1));
        for (int k = 8; k >= 0; k--) {
            Tensor one = Elementwise.reciprocal(Elementwise.add(x, k));
            sum = Elementwise.add(sum, Elementwise.multiply(Elementwise.multiply(Elementwise.square(one), one), 2));
        }
        return Elementwise.negative(sum);
    }

    // ---- of sines and logarithms ----

    /**
     * {@return {@code sin(pi a) / (pi a)}, 1 at 0; NaN at the infinities} Gradient: {@code g (cos(pi a) - sinc(a)) / a}, near 0 by its series.
     *
     * @param a the operand, of a floating dtype; complex numbers are refused
     */
    public static Tensor sinc(Tensor a) {
        Operands.requireFloating("sinc", a);
        return SINC.apply(a);
    }

    private static Tensor sincOf(Tensor a) {
        Tensor u = Elementwise.multiply(a, Math.PI);
        Tensor small = Elementwise.less(Elementwise.abs(u), 1);
        Tensor square = Elementwise.square(Elementwise.where(small, u, 0.0));
        Tensor series = Elementwise.multiply(square, SINC_SERIES[SINC_SERIES.length - 1]);
        for (int i = SINC_SERIES.length - 2; i >= 0; i--) {
            series = Elementwise.multiply(square, Elementwise.add(series, SINC_SERIES[i]));
        }
        Tensor far = Elementwise.where(small, 1.0, u);
        return Elementwise.where(small, Elementwise.add(series, 1), Elementwise.divide(Elementwise.sin(far), far));
    }

    /**
     * {@return {@code a log(b)}; a itself where it is 0 and the logarithm infinite or that of a negative number} Gradient: {@code g log(b)} to a (0 where a is 0 and b is not above 0), {@code g a / b} to b.
     *
     * @param a the factors, of a floating dtype; complex numbers are refused
     * @param b what the logarithm is taken of, broadcast with a; the same dtype and device
     */
    public static Tensor xlogy(Tensor a, Tensor b) {
        return pair("xlogy", XLOGY, a, b);
    }

    private static Tensor xlogyOf(Tensor a, Tensor b) {
        Tensor nothing = Elementwise.logicalAnd(Elementwise.equal(a, 0), Elementwise.lessEqual(b, 0));
        Tensor infinite =
                Elementwise.logicalAnd(Elementwise.equal(a, 0), Elementwise.equal(b, Double.POSITIVE_INFINITY));
        Tensor safe = Elementwise.where(Elementwise.logicalOr(nothing, infinite), 1.0, b);
        return Elementwise.multiply(a, Elementwise.log(safe));
    }

    /**
     * {@return {@code log(exp(a) + exp(b))} without overflow; NaN if either is NaN} Gradient: g times each one's share of the sum.
     *
     * @param a the operand, of a floating dtype; complex numbers are refused
     * @param b the other, broadcast with a; the same dtype and device
     */
    public static Tensor logaddexp(Tensor a, Tensor b) {
        return pair("logaddexp", LOGADDEXP, a, b);
    }

    /** The part that decreases with the distance is written so that it can be differentiated where the operands are equal. */
    private static Tensor logaddexpOf(Tensor a, Tensor b) {
        Tensor infinite = Elementwise.logicalAnd(Elementwise.equal(a, b), Elementwise.isInf(a));
        Tensor distance = Elementwise.where(infinite, 0.0, Elementwise.subtract(a, b));
        Tensor first = Elementwise.greater(distance, 0);
        Tensor least = Elementwise.where(first, Elementwise.negative(distance), distance);
        Tensor mean = Elementwise.multiply(Elementwise.add(a, b), 0.5);
        Tensor larger = Elementwise.where(infinite, mean, Elementwise.where(first, a, b));
        return Elementwise.add(larger, Elementwise.softplus(least));
    }

    private static Tensor pair(String operation, Fused steps, Tensor a, Tensor b) {
        Operands.requireFloating(operation, a, b);
        Operands.sameDType(operation, a, b);
        Operands.sameDevice(operation, a, b);
        Shape.broadcast(operation, a.shape(), b.shape());
        return steps.apply(a, b);
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
        return Elementwise.divide(x, Elementwise.where(Elementwise.equal(length, 0), Double.POSITIVE_INFINITY, length));
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
