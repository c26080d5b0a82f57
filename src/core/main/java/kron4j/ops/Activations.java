package kron4j.ops;

import kron4j.Tensor;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedKernel.Form;

/**
 * Activation functions of neural networks, elementwise, as PyTorch has them; {@link Elementwise} has {@code relu}, {@code sigmoid}, {@code tanh} and
 * {@code softplus}.
 *
 * <pre>{@code
 * Tensor x = Tensor.of(new double[] {-1, 0, 2});
 * Tensor y = Activations.gelu(x);
 * Tensor z = Fused.of(t -> Activations.silu(t.multiply(2)), x);        // still one pass
 * }</pre>
 *
 * <p>Operands are float32, float64, or halves, which are rounded once; any strides; other dtypes throw {@link kron4j.DTypeException}. Each is a composition of
 * elementwise operations that runs as one pass (see {@link Fused}), and so does its gradient, of any order. Results are new row-major tensors; NaN
 * stays NaN.
 */
public final class Activations {
    private static final double LARGE = 1e4;
    private static final Fused GELU = Fused.compile(FusedKernel.of(Form.GELU), x -> geluOf(x[0]));
    private static final Fused GELU_TANH = Fused.compile(FusedKernel.of(Form.GELU_TANH), x -> geluTanhOf(x[0]));
    private static final Fused SILU = Fused.compile(FusedKernel.of(Form.SILU), x -> siluOf(x[0]));
    private static final Fused MISH = Fused.compile(x -> mishOf(x[0]));
    private static final Fused SOFTSIGN = Fused.compile(FusedKernel.of(Form.SOFTSIGN), x -> softsignOf(x[0]));

    private static final FusedFamily ELU = new FusedFamily("elu");
    private static final FusedFamily LEAKY_RELU = new FusedFamily("leakyRelu");
    private static final FusedFamily NAN_TO_NUM = new FusedFamily("nanToNum");

    private Activations() {}

    /**
     * {@return {@code a Phi(a)} with the normal distribution {@code Phi(a) = erfc(-a / sqrt(2)) / 2}; -0 at -inf} Gradient:
     * {@code g (Phi(a) + a phi(a))} with its density phi. Source: Hendrycks and Gimpel, arXiv 1606.08415.
     *
     * @param a floating; any strides
     */
    public static Tensor gelu(Tensor a) {
        return apply("gelu", GELU, a);
    }

    private static Tensor geluOf(Tensor x) {
        Tensor twice = Special.erfc(Elementwise.multiply(bounded(x), -Math.sqrt(0.5)));
        return Elementwise.multiply(finiteBelow(x), Elementwise.multiply(twice, 0.5));
    }

    /**
     * {@return {@code a (1 + tanh(sqrt(2 / pi) (a + 0.044715 a^3))) / 2}, within 0.0005 of {@link #gelu}} It is written as
     * {@code a sigmoid(2 ...)}, which keeps its digits below 0.
     *
     * @param a floating; any strides
     */
    public static Tensor geluTanh(Tensor a) {
        return apply("geluTanh", GELU_TANH, a);
    }

    private static Tensor geluTanhOf(Tensor x) {
        Tensor bounded = bounded(x); // so that its square is finite
        Tensor cubic = Elementwise.add(Elementwise.multiply(Elementwise.square(bounded), 0.044715), 1);
        Tensor argument = Elementwise.multiply(Elementwise.multiply(bounded, 2 * Math.sqrt(2 / Math.PI)), cubic);
        return Elementwise.multiply(finiteBelow(x), Elementwise.sigmoid(argument));
    }

    /**
     * {@return {@code a sigmoid(a)}, also called swish; -0 at -inf} Gradient: {@code g s (1 + a (1 - s))} with {@code s = sigmoid(a)}.
     *
     * @param a floating; any strides
     */
    public static Tensor silu(Tensor a) {
        return apply("silu", SILU, a);
    }

    private static Tensor siluOf(Tensor x) {
        return Elementwise.multiply(finiteBelow(x), Elementwise.sigmoid(bounded(x)));
    }

    /**
     * {@return {@code a tanh(softplus(a))}; -0 at -inf} Source: Misra, arXiv 1908.08681.
     *
     * @param a floating; any strides
     */
    public static Tensor mish(Tensor a) {
        return apply("mish", MISH, a);
    }

    private static Tensor mishOf(Tensor x) {
        return Elementwise.multiply(finiteBelow(x), Elementwise.tanh(Elementwise.softplus(bounded(x))));
    }

    /** Bounds x where the other factor is 0 or 1 and has been for long: then its gradient is 0, not infinity times 0. */
    private static Tensor bounded(Tensor x) {
        return Elementwise.clamp(x, -LARGE, LARGE);
    }

    /** Bounds x from below where the other factor is 0 and has been for long: -inf times 0 is to be 0, not NaN. */
    private static Tensor finiteBelow(Tensor x) {
        return Elementwise.maximum(x, -LARGE);
    }

    /**
     * {@return {@code a / (1 + |a|)}; 1 and -1 at the infinities} Gradient: {@code g / (1 + |a|)^2}.
     *
     * @param a floating; any strides
     */
    public static Tensor softsign(Tensor a) {
        return apply("softsign", SOFTSIGN, a);
    }

    private static Tensor softsignOf(Tensor x) {
        double largest = x.dtype().largest();
        Tensor infinite = Elementwise.greater(Elementwise.abs(x), largest);
        Tensor bounded = Elementwise.where(infinite, Elementwise.clamp(x, -largest, largest), x);
        return Elementwise.divide(bounded, Elementwise.add(Elementwise.abs(bounded), 1));
    }

    /**
     * {@return a above 0, {@code alpha (exp(a) - 1)} up to 0} Gradient: g above 0, {@code g alpha exp(a)} up to 0.
     *
     * @param a floating; any strides
     * @param alpha minus the limit for small a
     */
    public static Tensor elu(Tensor a, double alpha) {
        FusedKernel kernel = new FusedKernel(Form.ELU, alpha, 0, 0);
        return apply("elu", ELU.of(() -> Fused.compile(kernel, x -> eluOf(x[0], alpha)), alpha), a);
    }

    private static Tensor eluOf(Tensor x, double alpha) {
        Tensor above = Elementwise.greater(x, 0);
        Tensor below = Elementwise.multiply(Elementwise.expm1(Elementwise.where(above, 0.0, x)), alpha);
        return Elementwise.where(above, x, below);
    }

    /**
     * {@return a above 0, {@code exp(a) - 1} up to 0}
     *
     * @param a floating; any strides
     */
    public static Tensor elu(Tensor a) {
        return elu(a, 1);
    }

    /**
     * {@return a above 0, {@code slope a} up to 0} Gradient: g above 0, {@code g slope} up to 0.
     *
     * @param a floating; any strides
     * @param slope the slope up to 0, 0.01 in PyTorch
     */
    public static Tensor leakyRelu(Tensor a, double slope) {
        FusedKernel kernel = new FusedKernel(Form.LEAKY_RELU, slope, 0, 0);
        return apply("leakyRelu", LEAKY_RELU.of(() -> Fused.compile(kernel, x -> leakyReluOf(x[0], slope)), slope), a);
    }

    private static Tensor leakyReluOf(Tensor x, double slope) {
        return Elementwise.where(Elementwise.greater(x, 0), x, Elementwise.multiply(x, slope));
    }

    /**
     * {@return {@code min(max(a, -1), 1)}} Gradient: g in [-1, 1], 0 outside.
     *
     * @param a floating; any strides
     */
    public static Tensor hardtanh(Tensor a) {
        Operands.requireFloating("hardtanh", a);
        return Elementwise.clamp(a, -1, 1);
    }

    /**
     * {@return a, with NaN replaced by 0 and infinities by the largest and least finite numbers of the dtype} As NumPy's {@code nan_to_num}. Gradient:
     * g where a is finite, else 0.
     *
     * @param a floating; any strides
     */
    public static Tensor nanToNum(Tensor a) {
        Operands.requireFloating("nanToNum", a);
        double largest = a.dtype().largest();
        return nanToNum(a, 0, largest, -largest);
    }

    /**
     * {@return a, with what is not finite replaced} As NumPy's {@code nan_to_num}. Gradient: g where a is finite, else 0.
     *
     * @param a floating; any strides
     * @param nan in place of NaN
     * @param posinf in place of inf
     * @param neginf in place of -inf
     */
    public static Tensor nanToNum(Tensor a, double nan, double posinf, double neginf) {
        Fused steps = NAN_TO_NUM.of(x -> nanToNumOf(x[0], nan, posinf, neginf), nan, posinf, neginf);
        return apply("nanToNum", steps, a);
    }

    private static Tensor nanToNumOf(Tensor x, double nan, double posinf, double neginf) {
        Tensor limit = Elementwise.where(Elementwise.greater(x, 0), posinf, Creation.fullLike(x, neginf));
        Tensor infinite = Elementwise.where(Elementwise.isInf(x), limit, x);
        return Elementwise.where(Elementwise.isNan(x), nan, infinite);
    }

    private static Tensor apply(String operation, Fused steps, Tensor a) {
        Operands.requireFloating(operation, a);
        return steps.apply(a);
    }
}
