package kron4j.ops;

import java.util.Arrays;
import java.util.Optional;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.ops.AttentionBlocks.Dropped;

/**
 * Scaled dot product attention, {@code softmax(scale q k^T + mask) v}, as {@code torch.nn.functional.scaled_dot_product_attention}.
 *
 * <pre>{@code
 * Tensor q = Random.normal(1, DType.FLOAT32, 2, 8, 256, 64);       // samples, heads, queries, size
 * Tensor k = Random.normal(2, DType.FLOAT32, 2, 8, 256, 64);
 * Tensor v = Random.normal(3, DType.FLOAT32, 2, 8, 256, 64);
 * Tensor y = Attention.scaledDotProductAttention(q, k, v);
 * Tensor causal = Attention.causal(q, k, v);                       // query i sees the keys 0 to i
 * }</pre>
 *
 * <p>All leading axes of q, k, v and the mask are broadcast, so that heads may share keys and values. The keys come in blocks of 256, with the softmax of those seen so
 * far, so that beyond the operands and the result there are scores of one block only: memory is linear in the numbers of queries and of keys. The gradient computes a block's scores
 * again from the operands and one number for each query. Keys that no query of a block's rows may see are skipped. In float32 on the CPU, with vectors, a thread keeps a head's keys
 * and values besides.
 *
 * <p>Dropout of weights draws a tensor [..., L, keys] for each block of keys, the same on every device, in the gradient, and in a {@link kron4j.autograd.Checkpoint}; a graph of
 * the device replays the same. Where weights are dropped, nothing is computed by vectors a head at a time.
 *
 * <p>A query all of whose keys are masked, or that has none, has result 0 and gradient 0 (PyTorch's, from 2.5 on). float16 and bfloat16 are computed in float32 and rounded once.
 * Gradients flow to q, k, v and an additive mask, in first and second order; of second order, and to a mask, with scores of all keys at a time. Nothing waits for the device. Cost:
 * {@code 2 L S (E + F)} multiplications and additions for each leading index, with L queries of size E and S values of size F, half of it if causal; the gradient
 * {@code 2 L S (3 E + 2 F)}.
 *
 * <p>Sources: Vaswani et al.: Attention is all you need (NeurIPS 2017); Milakov, Gimelshein: Online normalizer calculation for softmax (2018); Dao et al.: FlashAttention (NeurIPS
 * 2022).
 */
public final class Attention {
    /** Keys in a block. */
    static final int BLOCK = 256;

    private Attention() {}

    /**
     * {@return {@code softmax(q k^T / sqrt(E)) v}, [..., L, F]}
     *
     * @param q queries [..., L, E]; floating
     * @param k keys [..., S, E], of the dtype of q
     * @param v values [..., S, F], of the dtype of q
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor scaledDotProductAttention(Tensor q, Tensor k, Tensor v) {
        return attention(q, k, v, false, scale(q), Optional.empty());
    }

    /**
     * {@return {@code softmax(q k^T / sqrt(E) + mask) v}, [..., L, F]}
     *
     * @param q queries [..., L, E]; floating
     * @param k keys [..., S, E], of the dtype of q
     * @param v values [..., S, F], of the dtype of q
     * @param mask broadcast to [..., L, S]; bool, true where a query sees a key; or of the dtype of q, added to the scores, -infinity where it does not
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor scaledDotProductAttention(Tensor q, Tensor k, Tensor v, Tensor mask) {
        return attention(q, k, v, false, scale(q), Optional.empty(), mask);
    }

    /**
     * {@return {@code softmax(scale q k^T + mask) v}, [..., L, F]}
     *
     * @param q queries [..., L, E]; floating
     * @param k keys [..., S, E], of the dtype of q
     * @param v values [..., S, F], of the dtype of q
     * @param mask broadcast to [..., L, S]; bool, true where a query sees a key; or of the dtype of q, added to the scores
     * @param causal whether query i also sees none but the keys 0 to i
     * @param scale of the scores; finite
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor scaledDotProductAttention(
            Tensor q, Tensor k, Tensor v, Tensor mask, boolean causal, double scale) {
        return attention(q, k, v, causal, scale, Optional.empty(), mask);
    }

    /**
     * {@return {@link #scaledDotProductAttention(Tensor, Tensor, Tensor)} where query i sees the keys 0 to i}
     *
     * @param q queries [..., L, E]; floating
     * @param k keys [..., S, E], of the dtype of q
     * @param v values [..., S, F], of the dtype of q
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor causal(Tensor q, Tensor k, Tensor v) {
        return attention(q, k, v, true, scale(q), Optional.empty());
    }

    /**
     * {@return {@link #causal(Tensor, Tensor, Tensor)} with another scale}
     *
     * @param q queries [..., L, E]; floating
     * @param k keys [..., S, E], of the dtype of q
     * @param v values [..., S, F], of the dtype of q
     * @param scale of the scores; finite
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor causal(Tensor q, Tensor k, Tensor v, double scale) {
        return attention(q, k, v, true, scale, Optional.empty());
    }

    /**
     * {@return {@link #scaledDotProductAttention(Tensor, Tensor, Tensor)} with dropout of weights, as {@link Regularization#dropout(Tensor, double, Random.Generator)}}
     *
     * @param q queries [..., L, E]; floating
     * @param k keys [..., S, E], of the dtype of q
     * @param v values [..., S, F], of the dtype of q
     * @param p probability with which a weight is 0, in [0, 1]; the others are over {@code 1 - p}
     * @param random draws a tensor for each 256 keys, or none if p is 0
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor scaledDotProductAttention(Tensor q, Tensor k, Tensor v, double p, Random.Generator random) {
        return attention(q, k, v, false, scale(q), dropped("scaledDotProductAttention", k, p, random));
    }

    /**
     * {@return {@link #scaledDotProductAttention(Tensor, Tensor, Tensor, Tensor, boolean, double)} with dropout of weights, as {@link Regularization#dropout(Tensor, double, Random.Generator)}}
     *
     * @param q queries [..., L, E]; floating
     * @param k keys [..., S, E], of the dtype of q
     * @param v values [..., S, F], of the dtype of q
     * @param mask broadcast to [..., L, S]; bool, true where a query sees a key; or of the dtype of q, added to the scores
     * @param causal whether query i also sees none but the keys 0 to i
     * @param scale of the scores; finite
     * @param p probability with which a weight is 0, in [0, 1]; the others are over {@code 1 - p}
     * @param random draws a tensor for each 256 keys, or none if p is 0
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor scaledDotProductAttention(
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor mask,
            boolean causal,
            double scale,
            double p,
            Random.Generator random) {
        return attention(q, k, v, causal, scale, dropped("scaledDotProductAttention", k, p, random), mask);
    }

    /**
     * {@return {@link #causal(Tensor, Tensor, Tensor)} with dropout of weights, as {@link Regularization#dropout(Tensor, double, Random.Generator)}}
     *
     * @param q queries [..., L, E]; floating
     * @param k keys [..., S, E], of the dtype of q
     * @param v values [..., S, F], of the dtype of q
     * @param p probability with which a weight is 0, in [0, 1]; the others are over {@code 1 - p}
     * @param random draws a tensor for each 256 keys, or none if p is 0
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor causal(Tensor q, Tensor k, Tensor v, double p, Random.Generator random) {
        return attention(q, k, v, true, scale(q), dropped("causal", k, p, random));
    }

    private static Optional<Dropped> dropped(String operation, Tensor k, double p, Random.Generator random) {
        if (!(p >= 0 && p <= 1)) {
            throw new TensorException(operation + ": p " + p + " is not in [0, 1], for k " + k.shape());
        }
        if (p == 0 || k.rank() < 2) {
            return Optional.empty();
        }
        int blocks = Math.toIntExact((k.shape().at(-2) + BLOCK - 1) / BLOCK);
        return Optional.of(new Dropped(p, random.stays(p, blocks)));
    }

    private static double scale(Tensor q) {
        return q.rank() == 0 || q.shape().at(-1) == 0
                ? 1
                : 1 / Math.sqrt(q.shape().at(-1));
    }

    /** @param mask none, or one tensor */
    private static Tensor attention(
            Tensor q, Tensor k, Tensor v, boolean causal, double scale, Optional<Dropped> dropped, Tensor... mask) {
        String operation = causal ? "causal" : "scaledDotProductAttention";
        Shape leading = leading(operation, q, k, v, mask);
        if (!Double.isFinite(scale)) {
            throw new TensorException(operation + ": scale " + scale + " for q " + q.shape() + " is not finite");
        }
        if (q.dtype().isHalf()) {
            return mask.length == 0
                    ? Operands.inFloat32(t -> attention(t[0], t[1], t[2], causal, scale, dropped), q, k, v)
                    : Operands.inFloat32(
                            t -> attention(t[0], t[1], t[2], causal, scale, dropped, t[3]), q, k, v, mask[0]);
        }
        try (TensorScope scope = q.device().openScope()) {
            Tensor allQ = q.expand(leading.concat(last(q)).dims());
            Tensor allK = k.expand(leading.concat(last(k)).dims());
            Tensor allV = v.expand(leading.concat(last(v)).dims());
            Shape scores = leading.concat(Shape.of(q.shape().at(-2), k.shape().at(-2)));
            Tensor[] allMask = new Tensor[mask.length];
            for (int i = 0; i < mask.length; i++) {
                allMask[i] = mask[i].expand(scores.dims());
            }
            return scope.keep(attention(new AttentionBlocks(causal, scale, dropped), allQ, allK, allV, allMask));
        }
    }

    private static Tensor attention(AttentionBlocks blocks, Tensor q, Tensor k, Tensor v, Tensor... mask) {
        Tensor[] operands = mask.length == 0 ? new Tensor[] {q, k, v} : new Tensor[] {q, k, v, mask[0]};
        Tensor[] plain = new Tensor[operands.length];
        for (int i = 0; i < plain.length; i++) {
            plain[i] = Tape.plain(operands[i]);
        }
        AttentionBlocks.Result found = blocks.forward(plain);
        Tensor result = found.result();
        boolean ofMask = mask.length > 0 && Tape.records(mask[0]);
        int n = operands.length;
        return Tape.record(
                "scaledDotProductAttention",
                result,
                r -> {
                    Tensor[] saved = Arrays.copyOf(operands, n + 2);
                    saved[n] = result;
                    saved[n + 1] = found.logarithms();
                    r.gradients(operands, saved, (g, s) -> {
                        Tensor[] again = Arrays.copyOf(s, n);
                        return Tape.isRecording() || ofMask
                                ? blocks.gradientsOfAll(g[0], again)
                                : blocks.gradients(g[0], s[n], s[n + 1], again);
                    });
                },
                operands);
    }

    private static Shape last(Tensor t) {
        return t.shape().slice(t.rank() - 2, t.rank());
    }

    /** Checks all operands; returns their leading axes, broadcast. */
    private static Shape leading(String operation, Tensor q, Tensor k, Tensor v, Tensor... mask) {
        Operands.requireFloating(operation, q, k, v);
        Operands.sameDevice(operation, q, k, v);
        Operands.sameDType(operation, q, k, v);
        String shapes = "q " + q.shape() + ", k " + k.shape() + ", v " + v.shape();
        if (q.rank() < 2
                || k.rank() < 2
                || v.rank() < 2
                || q.shape().at(-1) != k.shape().at(-1)
                || k.shape().at(-2) != v.shape().at(-2)) {
            throw new ShapeException(operation + ": " + shapes + "; expected [..., L, E], [..., S, E] and [..., S, F]");
        }
        Shape leading = Shape.broadcast(operation, without(q), without(k), without(v));
        for (Tensor m : mask) {
            Operands.sameDevice(operation, q, m);
            if (m.dtype() != DType.BOOL && m.dtype() != q.dtype()) {
                throw new DTypeException(operation + ": the mask is " + m.dtype() + " " + m.shape() + " for "
                        + q.dtype() + " q " + q.shape() + "; expected bool, or numbers of that dtype");
            }
            Shape scores = Shape.of(q.shape().at(-2), k.shape().at(-2));
            int extra = Math.max(0, m.rank() - 2);
            Shape own = m.shape().slice(0, extra);
            Shape rows = m.shape().slice(extra, m.rank());
            if (!Shape.broadcast(operation, rows, scores).equals(scores)) {
                throw new ShapeException(operation + ": a mask of shape " + m.shape() + " for " + shapes
                        + "; expected one that broadcasts to [..., L, S]");
            }
            leading = Shape.broadcast(operation, leading, own);
        }
        return leading;
    }

    private static Shape without(Tensor t) {
        return t.shape().slice(0, t.rank() - 2);
    }
}
