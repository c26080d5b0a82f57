package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Gradients of reductions over all kinds of axes, of softmax and cross-entropy. */
public class ReduceGradientContract extends GradientContract {
    @Test
    void reductions() {
        Map<String, BiFunction<Tensor, int[], Tensor>> all = new LinkedHashMap<>();
        all.put("sum", Reduce::sum);
        all.put("sum keepDims", (t, axes) -> Reduce.sum(t, true, axes));
        all.put("prod", Reduce::prod);
        all.put("prod keepDims", (t, axes) -> Reduce.prod(t, true, axes));
        all.put("max", Reduce::max);
        all.put("max keepDims", (t, axes) -> Reduce.max(t, true, axes));
        all.put("min", Reduce::min);
        all.put("mean", Reduce::mean);
        all.put("mean keepDims", (t, axes) -> Reduce.mean(t, true, axes));
        all.put("var", (t, axes) -> Reduce.var(t, axes));
        all.put("var ddof", (t, axes) -> Reduce.var(t, 1, true, axes));
        all.put("std", (t, axes) -> Reduce.std(t, axes));
        all.put("norm", (t, axes) -> Reduce.norm(t, axes));
        all.put("norm keepDims", (t, axes) -> Reduce.norm(t, 2, true, axes));
        all.put("norm 1", (t, axes) -> Reduce.norm(t, 1, false, axes));
        all.put("norm 3", (t, axes) -> Reduce.norm(t, 3, false, axes));
        all.put("norm 1.5", (t, axes) -> Reduce.norm(t, 1.5, false, axes));
        all.put("norm -2", (t, axes) -> Reduce.norm(t, -2, false, axes));
        all.put("norm inf", (t, axes) -> Reduce.norm(t.add(10), Double.POSITIVE_INFINITY, false, axes));
        all.put("norm -inf", (t, axes) -> Reduce.norm(t.add(10), Double.NEGATIVE_INFINITY, false, axes));
        all.put("logsumexp", Reduce::logsumexp);
        all.put("logsumexp keepDims", (t, axes) -> Reduce.logsumexp(t, true, axes));
        int[][] axes = {{}, {0}, {1}, {-1}, {0, 2}, {2, 1}, {1, 0, 2}};
        all.forEach((name, f) -> {
            for (int[] a : axes) {
                smooth(name, x -> f.apply(x[0], a), distinct(1, 3, 2, 3));
            }
        });
    }

    private double[] slope(UnaryOperator<Tensor> f, double... at) {
        Tensor x = Tensor.of(at).requiresGrad();
        return Gradients.of(f.apply(x).sum(), x).get(0).toDoubleArray();
    }

    @Test
    void tiesShareEvenly() {
        assertArrayEquals(new double[] {0, 0.5, 0.5}, slope(t -> t.max(), 1, 2, 2));
        assertArrayEquals(new double[] {1.0 / 3, 1.0 / 3, 1.0 / 3}, slope(t -> t.min(), 2, 2, 2));
        assertArrayEquals(
                new double[] {-0.5, 0.5, 0}, slope(t -> Reduce.norm(t, Double.POSITIVE_INFINITY, false), -3, 3, 1));
    }

    /** The product of the others, whatever is zero; its own gradient too. */
    @Test
    void productsWithZeros() {
        assertArrayEquals(new double[] {0, 6, 0}, slope(t -> Reduce.prod(t), 2, 0, 3));
        assertArrayEquals(new double[] {0, 0, 0, 0}, slope(t -> Reduce.prod(t), 2, 0, 3, 0));
        assertArrayEquals(new double[] {1}, slope(t -> Reduce.prod(t), 0));
        smooth("prod", x -> Reduce.prod(x[0]), NDArray.of(new double[] {2, 0, 3, 0, 5}, 5));
        smooth("prod", x -> Reduce.prod(x[0], 1), NDArray.of(new double[] {2, 0, 3, 4, 0, 0}, 2, 3));
    }

    @Test
    void conventionsWhereNormsVanish() {
        assertArrayEquals(new double[] {0, 0}, slope(t -> Reduce.norm(t), 0, 0));
        assertArrayEquals(new double[] {0, 0}, slope(t -> Reduce.std(t), 3, 3));
        assertArrayEquals(new double[] {1, 0}, slope(t -> Reduce.norm(t, 3, false), 2, 0));
        assertArrayEquals(
                new double[] {0, 0}, slope(t -> Reduce.norm(t, 1, false).multiply(0), 1, 2));
        double huge = 1e200;
        assertArrayEquals(new double[] {0.6, 0.8}, slope(t -> Reduce.norm(t), 3 * huge, 4 * huge), 1e-15);
    }

    @Test
    void logsumexpAtInfinity() {
        double inf = Double.POSITIVE_INFINITY;
        assertArrayEquals(new double[] {0, 1}, slope(t -> Reduce.logsumexp(t), -inf, 0));
        assertArrayEquals(new double[] {0, 0}, slope(t -> Reduce.logsumexp(t), -inf, -inf));
        assertArrayEquals(new double[] {Double.NaN, 0}, slope(t -> Reduce.logsumexp(t), inf, 1));
        assertArrayEquals(new double[] {Double.NaN, Double.NaN, 0}, slope(t -> Reduce.logsumexp(t), inf, inf, -inf));
        assertArrayEquals(new double[] {Double.NaN, Double.NaN}, slope(t -> Reduce.logsumexp(t), Double.NaN, 1));
    }

    @Test
    void softmaxAndCrossEntropy() {
        for (int axis : new int[] {0, 1, -1}) {
            smooth("softmax", x -> Softmax.softmax(x[0], axis), uniform(1, 2, 3, 2));
            smooth("logSoftmax", x -> Softmax.logSoftmax(x[0], axis), uniform(1, 2, 3, 2));
        }
        Tensor labels = Tensor.of(new int[] {2, 0});
        smooth("crossEntropy", x -> Softmax.crossEntropy(x[0], labels), uniform(1, 2, 3));
        smooth(
                "crossEntropy of probabilities",
                x -> Softmax.crossEntropy(x[0], Softmax.softmax(x[1], -1)),
                uniform(1, 2, 2, 3),
                uniform(2, 2, 2, 3));
    }

    @Test
    void crossEntropyIsThatOfTorch() {
        Tensor logits = Tensor.of(new double[][] {{1, 2, 3}, {0, 0, 0}}).requiresGrad();
        Tensor loss = Softmax.crossEntropy(logits, Tensor.of(new long[] {2, 1}));
        double first = Math.log(Math.exp(-2) + Math.exp(-1) + 1);
        assertEquals((first + Math.log(3)) / 2, loss.item(), 1e-15);
        double[] g = Gradients.of(loss, logits).get(0).toDoubleArray();
        double e = Math.exp(-first);
        assertArrayEquals(
                new double[] {e * Math.exp(-2) / 2, e * Math.exp(-1) / 2, (e - 1) / 2, 1.0 / 6, -1.0 / 3, 1.0 / 6},
                g,
                1e-15);
        assertEquals(
                Double.NaN,
                Softmax.crossEntropy(logits, Tensor.of(new long[] {3, 1})).item());
        assertEquals(
                Double.NaN,
                Softmax.crossEntropy(logits, Tensor.of(new long[] {0, -1})).item());
        refused(
                ShapeException.class,
                () -> Softmax.crossEntropy(logits, Tensor.of(new long[] {1})),
                "crossEntropy: labels of shape [1] for logits of shape [2,3]; expected integers without the last axis");
        refused(
                DTypeException.class,
                () -> Softmax.crossEntropy(logits, Tensor.of(new boolean[] {true, false})),
                "crossEntropy: the index of shape [2] is bool");
    }
}
