package kron4j.train;

import java.util.Arrays;
import kron4j.DType;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.ops.Attention;
import kron4j.ops.Random;

/**
 * Attention of several heads: {@code softmax(Q_h K_h^T / sqrt(size)) V_h} for each head h, side by side, and mapped by a last matrix. Q, K and V are affine maps of the queries, keys
 * and values, of which each head has its part. See {@link Attention}.
 *
 * <pre>{@code
 * try (MultiHeadAttention layer = new MultiHeadAttention(new Random.Generator(1), DType.FLOAT32, 32, 4)) {
 *     Tensor x = Random.normal(2, DType.FLOAT32, 8, 16, 32);
 *     Tensor y = layer.apply(x);                                  // [8, 16, 32]
 *     Tensor causal = layer.causal(x);                            // position i sees 0 to i
 * }
 * }</pre>
 *
 * <p>A layer with {@code p} above 0 drops weights of the softmax while gradients are recorded, as {@link Dropout} does.
 *
 * <p>The parameters are those of four {@link Linear} layers, {@code query}, {@code key}, {@code value} and {@code out}.
 *
 * <p>Source: Vaswani et al.: Attention is all you need (NeurIPS 2017).
 */
public final class MultiHeadAttention implements Layer {
    private final Parameters parameters = new Parameters();
    private final long heads;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear out;
    private final Random.Generator random;
    private final double p;

    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param size of the last axis of all operands and the result
     * @param heads a divisor of the size
     * @throws ShapeException if the heads do not divide the size
     */
    public MultiHeadAttention(Random.Generator random, DType dtype, long size, long heads) {
        this(random, dtype, size, heads, 0);
    }

    /**
     * Makes a layer that drops weights while gradients are recorded; inside {@link kron4j.autograd.NoGrad}, where models are evaluated, it drops none. A {@link kron4j.autograd.Checkpoint}
     * drops the same ones again, and so does a recorded training step each time.
     *
     * @param random source of the first values, and decides what is dropped
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param size of the last axis of all operands and the result
     * @param heads a divisor of the size
     * @param p probability of a weight of the softmax to be 0, in [0, 1]; the others are over {@code 1 - p}
     * @throws ShapeException if the heads do not divide the size
     * @throws TensorException if p is not in [0, 1]
     */
    public MultiHeadAttention(Random.Generator random, DType dtype, long size, long heads, double p) {
        if (!(p >= 0 && p <= 1)) {
            throw new TensorException("MultiHeadAttention: p " + p + " is not in [0, 1]");
        }
        if (heads < 1 || size % heads != 0) {
            throw new ShapeException("MultiHeadAttention: size " + size + " for " + heads
                    + " heads; the number of heads must divide the size");
        }
        this.heads = heads;
        this.random = random;
        this.p = p;
        query = new Linear(random, dtype, size, size);
        key = new Linear(random, dtype, size, size);
        value = new Linear(random, dtype, size, size);
        out = new Linear(random, dtype, size, size);
        parameters
                .include("query", query.parameters())
                .include("key", key.parameters())
                .include("value", value.parameters())
                .include("out", out.parameters());
    }

    /**
     * Lets every position attend to all.
     *
     * @param x [..., positions, size]
     * @return in the shape of x
     */
    @Override
    public Tensor apply(Tensor x) {
        return apply(x, x);
    }

    /**
     * Lets positions attend to those of another sequence.
     *
     * @param x [..., positions, size]
     * @param other [..., others, size], from which keys and values are made
     * @return in the shape of x
     */
    public Tensor apply(Tensor x, Tensor other) {
        try (TensorScope scope = x.device().openScope()) {
            return scope.keep(joined(Attention.scaledDotProductAttention(
                    split(query, x), split(key, other), split(value, other), dropped(), random)));
        }
    }

    /**
     * Lets positions attend to those of another sequence that a mask shows.
     *
     * @param x [..., positions, size]
     * @param other [..., others, size], from which keys and values are made
     * @param mask broadcast to [..., heads, positions, others]; bool, true where a position sees another; or numbers that are added to the scores
     * @return in the shape of x
     */
    public Tensor apply(Tensor x, Tensor other, Tensor mask) {
        try (TensorScope scope = x.device().openScope()) {
            Tensor q = split(query, x);
            double scale = q.shape().at(-1) == 0 ? 1 : 1 / Math.sqrt(q.shape().at(-1));
            return scope.keep(joined(Attention.scaledDotProductAttention(
                    q, split(key, other), split(value, other), mask, false, scale, dropped(), random)));
        }
    }

    /**
     * Lets position i attend to the positions 0 to i.
     *
     * @param x [..., positions, size]
     * @return in the shape of x
     */
    public Tensor causal(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            return scope.keep(
                    joined(Attention.causal(split(query, x), split(key, x), split(value, x), dropped(), random)));
        }
    }

    private double dropped() {
        return Tape.isRecording() ? p : 0;
    }

    /** [..., positions, size] to [..., heads, positions, size / heads] */
    private Tensor split(Linear map, Tensor x) {
        if (x.rank() < 2) {
            throw new ShapeException(
                    "MultiHeadAttention: input of shape " + x.shape() + "; expected [..., positions, size]");
        }
        Tensor y = map.apply(x);
        long[] sizes = Arrays.copyOf(y.shape().dims(), y.rank() + 1);
        sizes[y.rank() - 1] = heads;
        sizes[y.rank()] = y.shape().at(-1) / heads;
        return y.reshape(sizes).transpose(-2, -3);
    }

    private Tensor joined(Tensor y) {
        Tensor rows = y.transpose(-2, -3);
        long[] sizes = Arrays.copyOf(rows.shape().dims(), rows.rank() - 1);
        sizes[sizes.length - 1] = heads * rows.shape().at(-1);
        return out.apply(rows.reshape(sizes));
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
