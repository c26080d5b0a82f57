package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Activations of float vectors and their slopes; as {@link FloatVectors}, in methods short enough for the JIT. Bounds are {@code max} and {@code min}, whose targets the JIT knows: those
 * of {@code compare} and {@code blend} in a short method it may miss for good.
 */
final class ActivationVectors {
    private static final FloatVector ZERO = all(0);
    private static final FloatVector HALF = all(0.5f);
    private static final FloatVector ONE = all(1);
    private static final FloatVector MINUS_ONE = all(-1);
    private static final FloatVector INFINITY = all(Float.POSITIVE_INFINITY);
    private static final FloatVector MINUS_INFINITY = all(Float.NEGATIVE_INFINITY);

    /** Beyond these, the other factor has been 0 or 1 for long. */
    private static final FloatVector LARGE = all(1e4f);

    private static final FloatVector MINUS_LARGE = all(-1e4f);

    private static final FloatVector CUBIC = all(0.044715f);
    private static final FloatVector THREE_CUBIC = all(3 * 0.044715f);
    private static final FloatVector TWICE_ROOT = all((float) (2 * Math.sqrt(2 / Math.PI)));

    /** From here on the tail of the normal distribution is 0. */
    private static final FloatVector END = all(14.4f);

    private static final FloatVector MINUS_END = all(-14.4f);
    private static final FloatVector DENSITY = all((float) (1 / Math.sqrt(2 * Math.PI)));

    /**
     * The tail is {@code e^(-x^2/2) u w(u)} with {@code u = c / (c + x)}, as in {@link ErfcVectors}; w by powers of {@code v = u - m}. Since w is steep, v is computed by itself, as
     * {@code ((1 - m) c - m x) / (c + x)}.
     */
    private static final float MIDDLE = 0.6f;

    private static final double WIDTH = 3 * Math.sqrt(2);
    private static final FloatVector M = all(MIDDLE);
    private static final FloatVector MINUS_M = all(-MIDDLE);
    private static final FloatVector C = all((float) WIDTH);
    private static final FloatVector REST_OF_C = all((float) (WIDTH * (1 - (double) MIDDLE)));

    private static final FloatVector W_0 = all(0x1.b3e014p-3f);
    private static final FloatVector W_1 = all(0x1.8c364ep-2f);
    private static final FloatVector W_2 = all(0x1.138e30p-1f);
    private static final FloatVector W_3 = all(0x1.1c4bd8p-1f);
    private static final FloatVector W_4 = all(0x1.8b354ap-2f);
    private static final FloatVector W_5 = all(0x1.ee5ac6p-4f);
    private static final FloatVector W_6 = all(-0x1.0016f2p-4f);
    private static final FloatVector W_7 = all(-0x1.27c7acp-4f);
    private static final FloatVector W_8 = all(0x1.1e6676p-8f);
    private static final FloatVector W_9 = all(0x1.c6da1ep-6f);

    private ActivationVectors() {}

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    /** Bounded from below, where -inf times 0 is to be 0; NaN stays. */
    static FloatVector finiteBelow(FloatVector x) {
        return x.max(MINUS_LARGE);
    }

    static FloatVector bounded(FloatVector x, FloatVector low, FloatVector high) {
        return x.max(low).min(high);
    }

    /** The slope of {@code x sigmoid(x)}, from x and e^-|x|. */
    static FloatVector siluSlope(FloatVector x, FloatVector e) {
        return ofSigmoid(x, e, bounded(x, MINUS_LARGE, LARGE));
    }

    /** {@code s + s (1 - s) slope} with the sigmoid s of x, from e^-|x|. */
    private static FloatVector ofSigmoid(FloatVector x, FloatVector e, FloatVector slope) {
        FloatVector large = ONE.div(e.add(ONE));
        FloatVector small = large.mul(e);
        VectorMask<Float> negative = x.compare(LT, ZERO);
        FloatVector s = large.blend(small, negative);
        return large.mul(small).fma(slope, s);
    }

    static FloatVector geluTanh(FloatVector x) {
        FloatVector b = bounded(x, MINUS_LARGE, LARGE);
        FloatVector cubic = b.mul(b).fma(CUBIC, ONE);
        return finiteBelow(x).mul(FloatVectors.sigmoid(b.mul(TWICE_ROOT).mul(cubic)));
    }

    static FloatVector geluTanhSlope(FloatVector x) {
        FloatVector b = bounded(x, MINUS_LARGE, LARGE);
        FloatVector square = b.mul(b);
        FloatVector twice = b.mul(TWICE_ROOT);
        FloatVector y = twice.mul(square.fma(CUBIC, ONE));
        FloatVector e = FloatVectors.expOfNegative(y.abs().neg());
        return ofSigmoid(y, e, twice.mul(square.fma(THREE_CUBIC, ONE)));
    }

    /** |x|, as far as it counts for {@link #bell}. */
    static FloatVector size(FloatVector x) {
        return x.abs().min(END);
    }

    /** {@code -size^2 / 2}. */
    static FloatVector square(FloatVector size) {
        return size.mul(size.mul(HALF)).neg();
    }

    /** {@code e^(-size^2/2)} from e to the square, with what rounding the square loses. */
    static FloatVector bell(FloatVector size, FloatVector square, FloatVector e) {
        FloatVector lost = size.fma(size.mul(HALF), square);
        return e.sub(e.mul(lost));
    }

    /** The normal distribution, from {@link #bell}. */
    private static FloatVector distribution(FloatVector x, FloatVector bell) {
        FloatVector size = size(x);
        FloatVector v = size.fma(MINUS_M, REST_OF_C).div(size.add(C));
        FloatVector w = W_9.fma(v, W_8);
        w = w.fma(v, W_7);
        w = w.fma(v, W_6);
        w = w.fma(v, W_5);
        w = w.fma(v, W_4);
        w = w.fma(v, W_3);
        w = w.fma(v, W_2);
        w = w.fma(v, W_1);
        w = w.fma(v, W_0);
        FloatVector tail = bell.mul(w.mul(v.add(M)));
        return tail.blend(ONE.sub(tail), x.compare(GT, ZERO));
    }

    static FloatVector gelu(FloatVector x, FloatVector bell) {
        return finiteBelow(x).mul(distribution(x, bell));
    }

    static FloatVector geluSlope(FloatVector x, FloatVector bell) {
        return bounded(x, MINUS_END, END).mul(DENSITY).fma(bell, distribution(x, bell));
    }

    static FloatVector elu(FloatVector x, FloatVector alpha) {
        VectorMask<Float> above = x.compare(GT, ZERO);
        return FloatVectors.expm1(x.blend(ZERO, above)).mul(alpha).blend(x, above);
    }

    static FloatVector eluSlope(FloatVector x, FloatVector alpha) {
        VectorMask<Float> above = x.compare(GT, ZERO);
        return FloatVectors.expOfNegative(x.blend(ZERO, above)).mul(alpha).blend(ONE, above);
    }

    static FloatVector softsign(FloatVector x) {
        FloatVector y = x.div(x.abs().add(ONE));
        return y.blend(ONE, x.compare(EQ, INFINITY)).blend(MINUS_ONE, x.compare(EQ, MINUS_INFINITY));
    }

    /** What the gradient of {@link #softsign} is divided by. */
    static FloatVector softsignDivisor(FloatVector x) {
        FloatVector d = x.abs().add(ONE);
        return d.mul(d);
    }

    /** {@code d^2 / 2} up to delta, in such terms that nothing overflows but the loss itself. */
    static FloatVector huber(FloatVector distance, FloatVector delta) {
        FloatVector near = distance.min(delta);
        return near.mul(distance.sub(near.mul(HALF)));
    }
}
