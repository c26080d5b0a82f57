package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.Backend.Attend;
import kron4j.backend.View;

/**
 * Attention by blocks of keys. Operands are q [.., L, E], k [.., S, E], v [.., S, F] and perhaps a mask [.., L, S], all of the same leading axes, float32 or float64.
 *
 * <p>For each query there are m, the largest score so far, and sums of {@code exp(score - m)} times the values and times 1, which a product with the values and a column of ones
 * makes at once. A larger m makes the sums before smaller by {@code exp(m before - m)}. Where weights are dropped, they are so in the sums of values only.
 */
record AttentionBlocks(boolean causal, double scale, Optional<Dropped> dropped) {
    /**
     * Weights that are dropped, at random.
     *
     * @param p probability
     * @param stays a tensor for each block of keys, [.., L, keys]
     */
    record Dropped(double p, Random.Stays stays) {}

    /** From scores, largest ones before and masks to largest ones. */
    private static final Fused LARGEST = Fused.compile(x -> {
        Tensor scores = masked(x[0], x, 2);
        return Elementwise.maximum(x[1], Reduce.max(scores, true, -1));
    });
    /** From scores, largest ones and masks: the scores become exp(score - largest). */
    private static final Fused WEIGHTS = Fused.compileRun(x -> {
        Tensor shifted = masked(x[0], x, 2).subtract(finite(x[1]));
        InPlace.assign(x[0], shifted.exp());
    });
    /** From sums, largest ones before and now, and new terms: the sums become those of both. */
    private static final Fused SUMS = Fused.compileRun(x -> {
        Tensor factor = x[1].subtract(finite(x[2])).exp();
        InPlace.assign(x[0], x[0].multiply(factor).add(x[3]));
    });
    /** From sums of weighted values, of weights and the largest scores to the result and the logarithms of sums of exp(score). */
    private static final Fused RESULT = Fused.compileAll(x -> {
        Tensor none = Elementwise.equal(x[1], 0);
        Tensor sums = Elementwise.where(none, 1, x[1]);
        return new Tensor[] {x[0].divide(sums), sums.log().add(finite(x[2]))};
    });
    /** From scores, their logarithms of sums, gradients of weights, sums of these times the weights, and masks to weights and gradients of scores. */
    private static final Fused SLOPES = Fused.compileAll(x -> {
        Tensor weights = masked(x[0], x, 4).subtract(x[1]).exp();
        return new Tensor[] {weights, weights.multiply(x[2].subtract(x[3]))};
    });
    /** From weights, or their gradients, and those that stay, to these over their probability. */
    private static final FusedFamily STAYING = new FusedFamily("attention's dropout");
    /** From scores and masks to scores with -infinity where a key is not seen. */
    private static final Fused MASKED = Fused.compile(x -> masked(x[0], x, 1));

    /** What is recorded of a forward. */
    record Result(Tensor result, Tensor logarithms) {}

    private static Tensor masked(Tensor scores, Tensor[] x, int masks) {
        Tensor result = scores;
        for (int i = masks; i < x.length; i++) {
            result = x[i].dtype().isNumber()
                    ? result.add(x[i])
                    : Elementwise.where(x[i], result, Double.NEGATIVE_INFINITY);
        }
        return result;
    }

    /** Makes -infinity 0, so that differences from it are no NaN. */
    private static Tensor finite(Tensor largest) {
        return Elementwise.where(Elementwise.equal(largest, Double.NEGATIVE_INFINITY), 0, largest);
    }

    // ---- forward ----

    Result forward(Tensor... operands) {
        Tensor q = operands[0];
        Tensor v = operands[2];
        long[] rows = q.shape().dims();
        if (attends(operands)) {
            rows[rows.length - 1] = v.shape().at(-1);
            Tensor result = Operands.empty(q, q.dtype(), Shape.of(rows));
            rows[rows.length - 1] = 1;
            Tensor logarithms = Operands.empty(q, q.dtype(), Shape.of(rows));
            q.device().backend().attend(how(), views(operands), result.view(), logarithms.view());
            return new Result(result, logarithms);
        }
        rows[rows.length - 1] = 1;
        Tensor scaled = Elementwise.multiply(q, scale);
        Tensor largest = Tensor.full(q.dtype(), Double.NEGATIVE_INFINITY, rows);
        rows[rows.length - 1] = v.shape().at(-1) + 1;
        Tensor sums = Tensor.zeros(q.dtype(), rows);
        long keys = v.shape().at(-2);
        for (long from = 0; from < last(keys, q); from += Attention.BLOCK) {
            try (TensorScope block = q.device().openScope()) {
                add(new Block(from, Math.min(keys, from + Attention.BLOCK)), scaled, largest, sums, operands);
            }
        }
        long size = v.shape().at(-1);
        List<Tensor> found = RESULT.applyAll(sums.slice(-1, 0, size), sums.slice(-1, size, size + 1), largest);
        return new Result(found.get(0), found.get(1));
    }

    private boolean attends(Tensor... operands) {
        return dropped.isEmpty() && operands[0].device().backend().attends(views(operands));
    }

    private Attend how() {
        return new Attend(causal, scale);
    }

    private static List<View> views(Tensor... tensors) {
        return Arrays.stream(tensors).map(t -> Tape.plain(t).view()).toList();
    }

    /** The keys that some query sees. */
    private long last(long keys, Tensor q) {
        return causal ? Math.min(keys, q.shape().at(-2)) : keys;
    }

    private void add(Block at, Tensor scaled, Tensor largest, Tensor sums, Tensor... operands) {
        Tensor values = at.keys(operands[2]);
        long[] column = values.shape().dims();
        column[column.length - 1] = 1;
        Tensor ones = Tensor.ones(values.dtype()).expand(column);
        Tensor scores = MatMul.matmul(at.rows(scaled), false, at.keys(operands[1]), true);
        Tensor before = at.rows(largest);
        Tensor now = LARGEST.apply(joined(new Tensor[] {scores, before}, at.masks(scaled, operands)));
        WEIGHTS.applyAll(joined(new Tensor[] {scores, now}, at.masks(scaled, operands)));
        Tensor terms = dropped.isEmpty()
                ? MatMul.matmul(scores, Indexing.concat(values.rank() - 1, values, ones))
                : Indexing.concat(
                        values.rank() - 1,
                        MatMul.matmul(at.staying(scores, scaled), values),
                        Reduce.sum(scores, true, -1));
        SUMS.applyAll(at.rows(sums), before, now, terms);
        InPlace.assign(before, now);
    }

    private static Tensor[] joined(Tensor[] first, Tensor... rest) {
        Tensor[] all = Arrays.copyOf(first, first.length + rest.length);
        System.arraycopy(rest, 0, all, first.length, rest.length);
        return all;
    }

    /** Keys from one to another, and the queries that may see one of them. */
    private final class Block {
        private final long from;
        private final long to;

        Block(long from, long to) {
            this.from = from;
            this.to = to;
        }

        Tensor keys(Tensor t) {
            return t.slice(t.rank() - 2, from, to);
        }

        Tensor rows(Tensor t) {
            return causal ? t.slice(t.rank() - 2, from, t.shape().at(-2)) : t;
        }

        /** Weights, or their gradients, of these queries and keys: 0 where they are dropped. */
        Tensor staying(Tensor weights, Tensor q) {
            return dropped.isEmpty() ? weights : dropping(weights, rows(stays(q)));
        }

        /** Of all queries. */
        Tensor stays(Tensor q) {
            long[] sizes = q.shape().dims();
            sizes[sizes.length - 1] = to - from;
            return dropped.orElseThrow().stays().of((int) (from / Attention.BLOCK), sizes);
        }

        /** The masks of these queries and keys. */
        Tensor[] masks(Tensor q, Tensor... operands) {
            List<Tensor> masks = new ArrayList<>();
            if (operands.length > 3) {
                Tensor mask = rows(operands[3]);
                masks.add(mask.slice(mask.rank() - 1, from, to));
            }
            if (causal) {
                masks.add(lower(q.shape().at(-2) - from, to - from));
            }
            return masks.toArray(Tensor[]::new);
        }
    }

    // ---- backward ----

    /** Gradients of q, k and v, block by block. */
    Tensor[] gradients(Tensor g, Tensor result, Tensor logarithms, Tensor... operands) {
        Tensor q = operands[0];
        Tensor k = operands[1];
        Tensor v = operands[2];
        if (attends(operands)) {
            Tensor[] found = {Operands.empty(q, q.dtype(), q.shape()), Creation.zerosLike(k), Creation.zerosLike(v)};
            View slopes = g.contiguous().view();
            q.device().backend().attendBack(how(), views(operands), views(result, logarithms), slopes, views(found));
            return Arrays.copyOf(found, operands.length);
        }
        Tensor scaled = Elementwise.multiply(q, scale);
        Tensor products = Reduce.sum(Elementwise.multiply(g, result), true, -1);
        Tensor ofQ = Creation.zerosLike(q);
        Tensor ofK = Creation.zerosLike(k);
        Tensor ofV = Creation.zerosLike(v);
        long keys = k.shape().at(-2);
        for (long from = 0; from < last(keys, q); from += Attention.BLOCK) {
            try (TensorScope block = q.device().openScope()) {
                Block at = new Block(from, Math.min(keys, from + Attention.BLOCK));
                Tensor rows = at.rows(scaled);
                Tensor slopes = at.rows(g);
                Tensor scores = MatMul.matmul(rows, false, at.keys(k), true);
                Tensor ofWeights = at.staying(MatMul.matmul(slopes, false, at.keys(v), true), q);
                List<Tensor> both = SLOPES.applyAll(joined(
                        new Tensor[] {scores, at.rows(logarithms), ofWeights, at.rows(products)},
                        at.masks(scaled, operands)));
                InPlace.assign(at.keys(ofV), MatMul.matmul(at.staying(both.get(0), q), true, slopes, false));
                InPlace.assign(at.keys(ofK), MatMul.matmul(both.get(1), true, rows, false));
                InPlace.add(at.rows(ofQ), MatMul.matmul(both.get(1), at.keys(k)));
            }
        }
        InPlace.multiply(ofQ, scale);
        return operands.length == 3 ? new Tensor[] {ofQ, ofK, ofV} : new Tensor[] {ofQ, ofK, ofV, null};
    }

    /** Gradients of all operands by operations that have gradients, with the scores of all keys. */
    Tensor[] gradientsOfAll(Tensor g, Tensor... operands) {
        Tensor k = operands[1];
        Tensor scaled = Elementwise.multiply(operands[0], scale);
        Tensor scores = MatMul.matmul(scaled, false, k, true);
        Tensor weights = softmax(scores, masksOfAll(scores, operands));
        Tensor ofWeights = stayingOfAll(MatMul.matmul(g, false, operands[2], true));
        Tensor mean = Reduce.sum(Elementwise.multiply(weights, ofWeights), true, -1);
        Tensor ofScores = Elementwise.multiply(weights, Elementwise.subtract(ofWeights, mean));
        Tensor ofQ = Elementwise.multiply(MatMul.matmul(ofScores, k), scale);
        Tensor ofK = MatMul.matmul(ofScores, true, scaled, false);
        Tensor ofV = MatMul.matmul(stayingOfAll(weights), true, g, false);
        return operands.length == 3 ? new Tensor[] {ofQ, ofK, ofV} : new Tensor[] {ofQ, ofK, ofV, ofScores};
    }

    private Tensor dropping(Tensor weights, Tensor stays) {
        double p = dropped.orElseThrow().p();
        double factor = p == 1 ? 0 : 1 / (1 - p);
        return STAYING.of(x -> Elementwise.where(x[1], x[0].multiply(factor), 0), p)
                .apply(weights, stays);
    }

    /** As {@link Block#staying}, of all keys. */
    private Tensor stayingOfAll(Tensor weights) {
        long keys = weights.shape().at(-1);
        if (dropped.isEmpty() || keys == 0) {
            return weights;
        }
        List<Tensor> all = new ArrayList<>();
        for (long from = 0; from < keys; from += Attention.BLOCK) {
            all.add(new Block(from, Math.min(keys, from + Attention.BLOCK)).stays(weights));
        }
        return dropping(weights, Indexing.concat(weights.rank() - 1, all.toArray(Tensor[]::new)));
    }

    /** {@return true where the column is not above the row: a view of a vector, [rows, columns]} */
    private static Tensor lower(long rows, long columns) {
        if (rows == 0 || columns == 0) {
            return Tensor.zeros(DType.BOOL, rows, columns);
        }
        Tensor diagonals = Indexing.concat(0, Tensor.zeros(DType.BOOL, columns - 1), Tensor.ones(DType.BOOL, rows));
        return diagonals.unfold(0, columns, 1).flip(1);
    }

    private Tensor[] masksOfAll(Tensor scores, Tensor... operands) {
        List<Tensor> masks = new ArrayList<>();
        if (operands.length > 3) {
            masks.add(operands[3]);
        }
        if (causal) {
            masks.add(lower(scores.shape().at(-2), scores.shape().at(-1)));
        }
        return masks.toArray(Tensor[]::new);
    }

    /** Softmax along the last axis, 0 where nothing is seen. */
    private static Tensor softmax(Tensor scores, Tensor... masks) {
        Tensor seen = masks.length == 0 ? scores : MASKED.apply(joined(new Tensor[] {scores}, masks));
        if (masks.length == 0 || seen.size() == 0) {
            return Softmax.softmax(seen, -1);
        }
        Tensor none = Elementwise.equal(Reduce.max(seen.detach(), true, -1), Double.NEGATIVE_INFINITY);
        Tensor safe = Elementwise.where(none, 0, seen);
        return Elementwise.where(none, 0, Softmax.softmax(safe, -1));
    }
}
