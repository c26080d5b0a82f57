package kron4j.contract;

import static kron4j.DType.BFLOAT16;
import static kron4j.DType.FLOAT32;
import static kron4j.DType.FLOAT64;
import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Checkpoint;
import kron4j.autograd.GradCheck;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Attention;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Random;
import kron4j.ops.Softmax;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Attention beside PyTorch's and beside the softmax of all scores, over several blocks of keys, and its gradients. */
public class AttentionContract extends GradientContract {
    @Test
    void asInTorch() {
        TorchValues.agrees("attention", t -> Attention.scaledDotProductAttention(t[0], t[1], t[2]), "q", "k", "v");
        TorchValues.agrees("attentionCausal", t -> Attention.causal(t[0], t[1], t[2], 0.9), "q", "k", "v");
        TorchValues.agrees(
                "attentionMasked",
                t -> Attention.scaledDotProductAttention(t[0], t[1], t[2], t[3]),
                "q",
                "k",
                "v",
                "?m");
        TorchValues.agrees(
                "attentionBiased",
                t -> Attention.scaledDotProductAttention(t[0], t[1], t[2], t[3]),
                "q",
                "k",
                "v",
                "m");
    }

    /** By the softmax of all scores; masked ones are -1e300. */
    private static Tensor whole(Tensor q, Tensor k, Tensor v, Tensor seen) {
        Tensor scores =
                q.matmul(k.transpose(-1, -2)).multiply(1 / Math.sqrt(q.shape().at(-1)));
        return Softmax.softmax(Elementwise.where(seen, scores, -1e300), -1).matmul(v);
    }

    private static Tensor lower(long queries, long keys) {
        return Elementwise.greaterEqual(Creation.arange(queries).unsqueeze(1), Creation.arange(keys));
    }

    private static void assertAlike(Tensor expected, Tensor actual, Tensor... inputs) {
        Tensor g = Random.normal(77, FLOAT64, expected.shape().dims());
        List<Tensor> wanted = Gradients.vjp(Graph.FREE, List.of(expected), List.of(g), List.of(inputs));
        List<Tensor> found = Gradients.vjp(Graph.FREE, List.of(actual), List.of(g), List.of(inputs));
        // Sums over fewer than 1000 keys or queries of terms below 16.
        close(NDArray.of(expected), actual, 16 * 1000 * FLOAT64.epsilon());
        for (int i = 0; i < inputs.length; i++) {
            close(NDArray.of(wanted.get(i)), found.get(i), 16 * 1000 * FLOAT64.epsilon());
        }
    }

    /** Two blocks and a rest; each head of two sees the same keys. */
    @Test
    void manyBlocks() {
        Tensor q = Random.normal(1, FLOAT64, 2, 300, 3).requiresGrad();
        Tensor k = Random.normal(2, FLOAT64, 1, 530, 3).requiresGrad();
        Tensor v = Random.normal(3, FLOAT64, 530, 2).requiresGrad();
        Tensor all = Tensor.ones(DType.BOOL, 300, 530);
        assertAlike(whole(q, k, v, all), Attention.scaledDotProductAttention(q, k, v), q, k, v);
        Tensor causal = lower(300, 530);
        assertAlike(whole(q, k, v, causal), Attention.causal(q, k, v), q, k, v);
        Tensor few = Random.bernoulli(4, 0.3, 300, 530);
        assertAlike(whole(q, k, v, few), Attention.scaledDotProductAttention(q, k, v, few), q, k, v);
        Tensor late = lower(300, 530).flip(0).flip(1);
        assertAlike(whole(q, k, v, late), Attention.scaledDotProductAttention(q, k, v, late), q, k, v);
        Tensor itself = Elementwise.equal(Creation.arange(300).unsqueeze(1), Creation.arange(530));
        Tensor ofMany = Elementwise.logicalOr(Random.bernoulli(4, 0.9, 300, 530), itself);
        Tensor both = Elementwise.logicalAnd(causal, ofMany);
        assertAlike(
                whole(q, k, v, both),
                Attention.scaledDotProductAttention(q, k, v, ofMany, true, 1 / Math.sqrt(3)),
                q,
                k,
                v);
    }

    /** Beside the softmax of all scores, whose weights are dropped by the same numbers; also in second order, and computed again. */
    @Test
    void dropout() {
        Tensor q = Random.normal(1, FLOAT64, 2, 300, 3).requiresGrad();
        Tensor k = Random.normal(2, FLOAT64, 2, 530, 3).requiresGrad();
        Tensor v = Random.normal(3, FLOAT64, 2, 530, 2).requiresGrad();
        double p = 0.25;
        Tensor[] drawn = new Tensor[3];
        for (int i = 0; i < 3; i++) {
            drawn[i] = Random.uniform(9, i, FLOAT32, 2, 300, Math.min(256, 530 - 256 * i));
        }
        Tensor stays = Elementwise.greaterEqual(Indexing.concat(2, drawn), p);
        for (boolean causal : new boolean[] {false, true}) {
            Tensor seen = causal ? lower(300, 530) : Tensor.ones(DType.BOOL, 300, 530);
            Tensor scores = q.matmul(k.transpose(-1, -2)).multiply(1 / Math.sqrt(3));
            Tensor weights = Softmax.softmax(Elementwise.where(seen, scores, -1e300), -1);
            Tensor expected = Elementwise.where(stays, weights.divide(1 - p), 0).matmul(v);
            Random.Generator random = new Random.Generator(9);
            Tensor y = causal
                    ? Attention.causal(q, k, v, p, random)
                    : Attention.scaledDotProductAttention(q, k, v, p, random);
            assertAlike(expected, y, q, k, v);
            Random.Generator another = new Random.Generator(9);
            Tensor again = Checkpoint.of(
                    t -> Attention.scaledDotProductAttention(t, k, v, seen, false, 1 / Math.sqrt(3), p, another), q);
            assertAlike(
                    Attention.scaledDotProductAttention(
                            q, k, v, seen, false, 1 / Math.sqrt(3), p, new Random.Generator(9)),
                    again,
                    q);
        }
        Random.Generator random = new Random.Generator(9);
        assertArrayEquals(
                Attention.causal(q, k, v).toDoubleArray(),
                Attention.causal(q, k, v, 0, random).toDoubleArray());
        assertEquals(0, Attention.causal(q, k, v, 1, random).abs().sum().item());
        Tensor[] small = {
            Random.normal(1, FLOAT64, 2, 2).requiresGrad(),
            Random.normal(2, FLOAT64, 3, 2).requiresGrad(),
            Random.normal(3, FLOAT64, 3, 2).requiresGrad()
        };
        GradCheck.second(
                t -> Attention.scaledDotProductAttention(t[0], t[1], t[2], 0.4, new Random.Generator(4)), small);
        refused(
                TensorException.class,
                () -> Attention.causal(q, k, v, 1.5, random),
                "causal: p 1.5 is not in [0, 1], for k [2,530,3]");
    }

    /** float32, of few heads and of many, whose sizes are no multiples of anything, and whose rows are not side by side; one mask for all heads or queries. */
    @Test
    void singlePrecision() {
        for (long heads : new long[] {1, 3}) {
            Tensor[] wide = {
                Random.normal(1, FLOAT64, 203, heads, heads, 5),
                Random.normal(2, FLOAT64, 301, heads, heads, 5),
                Random.normal(3, FLOAT64, 301, heads, heads, 19)
            };
            Tensor few = Random.bernoulli(4, 0.3, 203, 301);
            Tensor padding = Elementwise.less(Creation.arange(301), 290).expand(203, 301);
            Tensor added = Random.normal(5, FLOAT64, 203, 301);
            Tensor hidden = Elementwise.where(few, added, Double.NEGATIVE_INFINITY);
            for (Tensor mask : new Tensor[] {
                few, padding, added, added.transpose().contiguous().transpose(), hidden
            }) {
                assertRounded(false, mask, wide);
                assertRounded(true, mask, wide);
            }
            assertRounded(true, Tensor.ones(DType.BOOL, 301, 203), wide[1], wide[0], wide[0].multiply(2));
        }
    }

    private static void assertRounded(boolean causal, Tensor mask, Tensor... wide) {
        Tensor like = Attention.causal(heads(wide[0]), heads(wide[1]), heads(wide[2]));
        Tensor g = Random.normal(77, FLOAT64, like.shape().dims());
        List<NDArray> wanted = new ArrayList<>();
        for (DType dtype : new DType[] {FLOAT64, FLOAT32}) {
            Tensor[] t =
                    Arrays.stream(wide).map(x -> x.to(dtype).requiresGrad()).toArray(Tensor[]::new);
            Tensor m = mask.dtype() == DType.BOOL ? mask : mask.to(dtype);
            Tensor y = Attention.scaledDotProductAttention(heads(t[0]), heads(t[1]), heads(t[2]), m, causal, 0.6);
            List<Tensor> found = new ArrayList<>(Gradients.vjp(y, g.to(dtype), t));
            found.add(y);
            for (int i = 0; i < found.size(); i++) {
                if (dtype == FLOAT64) {
                    wanted.add(NDArray.of(found.get(i)));
                } else {
                    // Sums over fewer than 1000 keys or queries of terms below 16.
                    close(wanted.get(i), found.get(i), 16 * 1000 * FLOAT32.epsilon());
                }
            }
        }
    }

    /** [positions, heads, heads, size] as [heads, heads, positions, size]. */
    private static Tensor heads(Tensor t) {
        return t.transpose(0, 1).transpose(1, 2);
    }

    /** What is not seen may be no number; what is makes its queries' results NaN, and infinite scores as well. */
    @Test
    void noNumbers() {
        for (DType dtype : new DType[] {FLOAT32, FLOAT64}) {
            Tensor q = Tensor.ones(dtype, 3, 2);
            Tensor k = Tensor.of(new double[] {1, 1, Double.NaN, 1, Double.POSITIVE_INFINITY, 1}, 3, 2)
                    .to(dtype);
            Tensor v = Creation.arange(6).reshape(3, 2).to(dtype);
            Tensor mask = Tensor.of(new boolean[] {true, false, false, true, true, false, true, false, true}, 3, 3);
            assertArrayEquals(
                    new double[] {0, 1, Double.NaN, Double.NaN, Double.NaN, Double.NaN},
                    Attention.scaledDotProductAttention(q, k, v, mask).toDoubleArray());
        }
    }

    /** The largest score comes last, and its exponential is no number. */
    @Test
    void oneOfManyKeysIsNoNumber() {
        Tensor q = Random.normal(1, FLOAT32, 70, 16);
        Tensor k = Random.normal(2, FLOAT32, 300, 16);
        for (int key : new int[] {0, 77, 299}) {
            Tensor keys = k.copy();
            InPlace.fill(keys.slice(0, key, key + 1), Double.NaN);
            same(NDArray.full(Double.NaN, 70, 16), Attention.scaledDotProductAttention(q, keys, k));
        }
    }

    @Test
    void largeScores() {
        Tensor q = Tensor.ones(FLOAT64, 2, 1);
        Tensor k = Creation.arange(0.0, 700, 1).unsqueeze(1).multiply(100);
        Tensor v = Creation.arange(0.0, 700, 1).unsqueeze(1);
        assertArrayEquals(
                new double[] {699, 699},
                Attention.scaledDotProductAttention(q, k, v).toDoubleArray());
        assertArrayEquals(
                new double[] {0, 0},
                Attention.scaledDotProductAttention(q.negate(), k, v).toDoubleArray(),
                1e-43);
    }

    /** Zeros where no key is seen, in the first block, in the last, or at all. */
    @Test
    void queriesThatSeeNothing() {
        queriesThatSeeNothing(FLOAT64);
        queriesThatSeeNothing(FLOAT32);
    }

    private static void queriesThatSeeNothing(DType dtype) {
        int keys = 520;
        Tensor q = uniform(1, 3, 2).toTensor(dtype).requiresGrad();
        Tensor k = uniform(2, keys, 2).toTensor(dtype).requiresGrad();
        Tensor v = uniform(3, keys, 2).toTensor(dtype).requiresGrad();
        NDArray seen = NDArray.generate(
                new long[] {3, keys}, i -> i[0] == 0 ? 0 : (i[0] == 1 ? i[1] == 519 : i[1] == 0) ? 1 : 0);
        for (Tensor mask : new Tensor[] {
            seen.toTensor(DType.BOOL),
            seen.map(s -> s == 1 ? 0 : Double.NEGATIVE_INFINITY).toTensor(dtype)
        }) {
            Tensor y = Attention.scaledDotProductAttention(q, k, v, mask);
            assertArrayEquals(new double[2], y.get(0).toDoubleArray());
            assertArrayEquals(v.get(519).toDoubleArray(), y.get(1).toDoubleArray());
            assertArrayEquals(v.get(0).toDoubleArray(), y.get(2).toDoubleArray());
            List<Tensor> g = Gradients.of(y.sum(), q, k, v);
            assertArrayEquals(new double[6], g.get(0).toDoubleArray());
            assertEquals(0, g.get(1).abs().sum().item());
            assertEquals(4, g.get(2).sum().item());
        }
    }

    @Test
    void nothingAndOne() {
        Tensor q = Tensor.ones(FLOAT32, 2, 3, 4);
        Tensor none = Tensor.zeros(FLOAT32, 2, 0, 4).requiresGrad();
        Tensor y = Attention.scaledDotProductAttention(q, none, none);
        assertArrayEquals(new float[24], y.toFloatArray());
        assertEquals(Shape.of(2, 0, 4), Gradients.of(y.sum(), none).get(0).shape());
        assertEquals(Shape.of(2, 0, 4), Attention.causal(none, q, q).shape());
        assertEquals(
                Shape.of(2, 0, 4),
                Attention.scaledDotProductAttention(none, q, q).shape());
        Tensor narrow = Tensor.ones(FLOAT32, 2, 3, 0);
        assertArrayEquals(
                Tensor.ones(FLOAT32, 2, 3, 4).toFloatArray(),
                Attention.scaledDotProductAttention(narrow, narrow, q).toFloatArray());
        Tensor one = Tensor.of(new float[] {2}, 1, 1);
        assertEquals(2, Attention.causal(one, one, one).item());
        Tensor nan = Tensor.of(new float[] {Float.NaN, 1}, 2, 1);
        assertArrayEquals(
                new float[] {Float.NaN, 2},
                Attention.scaledDotProductAttention(nan, one, one).toFloatArray());
    }

    @Test
    void halves() {
        Tensor q = Random.normal(1, BFLOAT16, 2, 7, 8);
        Tensor wide = q.to(FLOAT32);
        assertArrayEquals(
                Attention.causal(wide, wide, wide).to(BFLOAT16).toFloatArray(),
                Attention.causal(q, q, q).toFloatArray());
    }

    @Test
    void gradients() {
        NDArray q = uniform(1, 3, 1);
        NDArray k = uniform(2, 4, 1);
        NDArray v = uniform(3, 4, 2);
        smooth("attention", t -> Attention.scaledDotProductAttention(t[0], t[1], t[2]), q, k, v);
        Tensor seen = Tensor.of(
                        new boolean[] {true, false, true, true, false, false, false, false, true, true, false, true})
                .reshape(3, 4);
        smooth(
                "attention with masks",
                t -> Attention.scaledDotProductAttention(t[0], t[1], t[2], seen, true, 0.7),
                q,
                k,
                v);
        smooth(
                "attention with a bias",
                t -> Attention.scaledDotProductAttention(t[0], t[1], t[2], t[3]),
                q,
                k,
                v,
                uniform(4, 3, 4));
    }

    /** Linear in the number of queries and keys: all scores would be 32 MiB, with those of their gradient 64. */
    @Test
    void memory() {
        if (!device().equals(Device.cpu())) {
            return; // the same steps
        }
        long before = device().memoryReport().peak();
        long live = live();
        Tensor q = Random.normal(1, FLOAT64, 2048, 2).requiresGrad();
        Tensor y = Attention.scaledDotProductAttention(q, q, q);
        long after = device().memoryReport().peak();
        assertTrue(after <= Math.max(before, live + (8 << 20)), () -> "took " + (after - live));
        Gradients.of(y.sum(), q);
        long last = device().memoryReport().peak();
        assertTrue(last <= Math.max(before, live + (24 << 20)), () -> "the gradient took " + (last - live));
    }

    @Test
    void refusals() {
        Tensor q = Tensor.zeros(FLOAT64, 2, 5, 3);
        Tensor k = Tensor.zeros(FLOAT64, 2, 6, 3);
        String name = "scaledDotProductAttention: ";
        refused(
                ShapeException.class,
                () -> Attention.scaledDotProductAttention(q, k, q),
                name + "q [2,5,3], k [2,6,3], v [2,5,3]; expected [..., L, E], [..., S, E] and [..., S, F]");
        refused(ShapeException.class, () -> Attention.causal(q, Tensor.zeros(FLOAT64, 6, 2), k), "causal: q [2,5,3]");
        refused(ShapeException.class, () -> Attention.causal(Tensor.zeros(FLOAT64, 3), k, k), "causal: q [3]");
        refused(
                ShapeException.class,
                () -> Attention.scaledDotProductAttention(q, k, k, Tensor.zeros(FLOAT64, 6, 5)),
                name);
        refused(
                ShapeException.class,
                () -> Attention.scaledDotProductAttention(q, Tensor.zeros(FLOAT64, 3, 6, 3), k),
                name);
        refused(
                DTypeException.class,
                () -> Attention.scaledDotProductAttention(q, k, k, Tensor.zeros(DType.INT32, 5, 6)),
                name + "the mask is int32 [5,6] for float64 q [2,5,3]");
        refused(DTypeException.class, () -> Attention.causal(q, k.to(FLOAT32), k), "causal: operands have dtypes");
        refused(TensorException.class, () -> Attention.causal(q, k, k, Double.NaN), "causal: scale NaN for q");
    }
}
