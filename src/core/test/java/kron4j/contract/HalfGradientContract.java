package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.GradCheck;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Activations;
import kron4j.ops.Creation;
import kron4j.ops.Einsum;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.MatMul;
import kron4j.ops.Normalization;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.reference.Check;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import kron4j.train.Adam;
import kron4j.train.Clipping;
import kron4j.train.Optimizer;
import kron4j.train.Parameters;
import kron4j.train.RmsProp;
import kron4j.train.Sgd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of float16 and bfloat16: those of float32, rounded. */
public class HalfGradientContract extends Contract {
    private static final Map<String, UnaryOperator<Tensor>> FUNCTIONS = new TreeMap<>(Map.ofEntries(
            Map.entry("exp", Elementwise::exp),
            Map.entry("log1p", Elementwise::log1p),
            Map.entry("tanh", Elementwise::tanh),
            Map.entry("sigmoid", Elementwise::sigmoid),
            Map.entry("softplus", Elementwise::softplus),
            Map.entry("sqrt", Elementwise::sqrt),
            Map.entry("sin", Elementwise::sin),
            Map.entry("atan", Elementwise::atan),
            Map.entry("power", x -> Elementwise.power(x, 2.5)),
            Map.entry("clamp", x -> Elementwise.clamp(x, 0.4, 0.7)),
            Map.entry("transposed slice", x -> x.transpose().slice(0, 1, 3)),
            Map.entry("sum", x -> Reduce.sum(x, 1)),
            Map.entry("mean", x -> Reduce.mean(x, 0)),
            Map.entry("prod", x -> Reduce.prod(x, 1)),
            Map.entry("max", x -> Reduce.max(x, 1)),
            Map.entry("var", x -> Reduce.var(x, 1)),
            Map.entry("norm", x -> Reduce.norm(x, 0)),
            Map.entry("logsumexp", x -> Reduce.logsumexp(x, 1)),
            Map.entry("softmax", x -> Softmax.softmax(x, 1)),
            Map.entry("logSoftmax", x -> Softmax.logSoftmax(x, 0)),
            Map.entry("take", x -> Indexing.take(x, Tensor.of(new long[] {1, 1, 2, 1}), 0)),
            Map.entry("chain", x -> Einsum.einsum("ij,kj,kl->il", x, x, x)),
            Map.entry("kron", x -> Kron.kron(x, x, x)),
            Map.entry("operator", x -> {
                Tensor square = x.slice(1, 0, 3);
                return KroneckerOperator.of(square, square)
                        .applyToRows(x.reshape(-1).slice(0, 0, 9).reshape(1, 9));
            }),
            Map.entry("cross entropy", x -> Softmax.crossEntropy(x, Tensor.of(new long[] {3, 0, 1})))));

    private static final Map<String, BinaryOperator<Tensor>> OPERATIONS = new TreeMap<>(Map.ofEntries(
            Map.entry("add", Elementwise::add),
            Map.entry("multiply", Elementwise::multiply),
            Map.entry("divide", Elementwise::divide),
            Map.entry("power", Elementwise::power),
            Map.entry("maximum", Elementwise::maximum),
            Map.entry("atan2", Elementwise::atan2),
            Map.entry("broadcast", (x, y) -> x.multiply(y.slice(0, 0, 1)).add(y.slice(1, 1, 2))),
            Map.entry("where", (x, y) -> Elementwise.where(Elementwise.less(x, y), x, y)),
            Map.entry("matmul", (x, y) -> MatMul.matmul(x, false, y, true)),
            Map.entry("einsum", (x, y) -> Einsum.einsum(0.5, "ij,ij->i", x, y)),
            Map.entry("concat", (x, y) -> Indexing.concat(1, x, y))));

    static DType[] halves() {
        return DTypes.halves();
    }

    /** Of which the CPU has loops and tables. */
    private static final Map<String, UnaryOperator<Tensor>> OF_MANY = new TreeMap<>(Map.ofEntries(
            Map.entry("gelu", Activations::gelu),
            Map.entry("geluTanh", Activations::geluTanh),
            Map.entry("silu", Activations::silu),
            Map.entry("softsign", Activations::softsign),
            Map.entry("elu", x -> Activations.elu(x, 0.75)),
            Map.entry("leakyRelu", x -> Activations.leakyRelu(x, 0.125)),
            Map.entry("clamp", x -> Elementwise.clamp(x, -0.5, 0.5)),
            Map.entry("relu", Elementwise::relu),
            Map.entry("softplus", Elementwise::softplus),
            Map.entry("sigmoid", Elementwise::sigmoid),
            Map.entry("tanh", Elementwise::tanh),
            Map.entry("exp", Elementwise::exp),
            Map.entry("layerNorm", x -> Normalization.layerNorm(x, 1, 1e-5)),
            Map.entry("softmax", x -> Softmax.softmax(x, -1)),
            Map.entry("softmax of columns", x -> Softmax.softmax(x, 0)),
            Map.entry("logSoftmax", x -> Softmax.logSoftmax(x, 1))));

    private static NDArray positive(long seed) {
        return NDArray.random(random(seed), 3, 4).map(v -> DTypes.rounded(DType.BFLOAT16, 0.6 + 0.3 * v));
    }

    /**
     * Where every step's rounding is a half's, each of the few values on the way (result, weight, gradient) is off by at most half an epsilon
     * of its magnitude, which none of these functions makes more than 16 times the largest gradient.
     */
    private static void check(String name, DType dtype, List<Tensor> wide, List<Tensor> halves) {
        for (int i = 0; i < wide.size(); i++) {
            assertEquals(dtype, halves.get(i).dtype(), name);
            NDArray expected = NDArray.of(wide.get(i));
            double largest = Arrays.stream(expected.data()).map(Math::abs).max().orElse(0);
            try {
                Check.close(expected, halves.get(i), 16 * dtype.epsilon() / 2 * largest);
            } catch (AssertionError e) {
                throw new AssertionError(name + " " + dtype + ": " + e.getMessage(), e);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("halves")
    void functionsOfOne(DType dtype) {
        FUNCTIONS.forEach((name, f) -> {
            Tensor wide = positive(1).toTensor(DType.FLOAT32).requiresGrad();
            Tensor half = wide.detach().to(dtype).requiresGrad();
            check(
                    name,
                    dtype,
                    Gradients.of(weighted(f.apply(wide)), wide),
                    Gradients.of(weighted(f.apply(half)), half));
        });
    }

    /** Lines of whole vectors and others, a part of a block, several blocks, and as many elements as halves have values. */
    @ParameterizedTest
    @MethodSource("halves")
    void functionsOfMany(DType dtype) {
        for (long[] shape : new long[][] {{3, 64}, {5, 67}, {70, 128}, {520, 128}, {1, 20_000}}) {
            NDArray values = NDArray.random(random(4), shape).map(v -> DTypes.rounded(dtype, 2 * v - 1));
            OF_MANY.forEach((name, f) -> {
                Tensor wide = values.toTensor(DType.FLOAT32).requiresGrad();
                Tensor half = wide.detach().to(dtype).requiresGrad();
                Tensor expected = f.apply(wide);
                Tensor found = f.apply(half);
                check(name, dtype, List.of(expected.detach()), List.of(found.detach()));
                check(name, dtype, Gradients.of(weighted(expected), wide), Gradients.of(weighted(found), half));
            });
        }
    }

    /** Lines that are whole vectors, and others; with gradients of the weights, which are sums over all lines. */
    @ParameterizedTest
    @MethodSource("halves")
    void normalizedLines(DType dtype) {
        for (long length : new long[] {64, 67, 1200}) {
            NDArray values = NDArray.random(random(5), 40, length).map(v -> DTypes.rounded(dtype, 2 * v - 0.5));
            NDArray weights = NDArray.random(random(6), 2, length).map(v -> DTypes.rounded(dtype, v));
            Tensor[] wide = operands(DType.FLOAT32, values, weights);
            Tensor[] halves = operands(dtype, values, weights);
            for (int n : new int[] {3, 2}) {
                Tensor expected = normalized(n, wide);
                Tensor found = normalized(n, halves);
                check("result " + length, dtype, List.of(expected.detach()), List.of(found.detach()));
                check(
                        "gradients " + length,
                        dtype,
                        Gradients.of(weighted(expected), List.of(Arrays.copyOf(wide, n))),
                        Gradients.of(weighted(found), List.of(Arrays.copyOf(halves, n))));
                check(
                        "again " + length,
                        dtype,
                        Gradients.of(again(normalized(n, wide), wide[0]), wide[0]),
                        Gradients.of(again(normalized(n, halves), halves[0]), halves[0]));
            }
        }
    }

    private static Tensor[] operands(DType dtype, NDArray values, NDArray weights) {
        Tensor w = weights.toTensor(dtype);
        return new Tensor[] {
            values.toTensor(dtype).requiresGrad(),
            w.select(0, 0).copy().requiresGrad(),
            w.select(0, 1).copy().requiresGrad()
        };
    }

    private static Tensor normalized(int operands, Tensor... x) {
        return operands == 3
                ? Normalization.layerNorm(x[0], x[1], x[2], 1e-5)
                : Normalization.rmsNorm(x[0], x[1], 1e-5);
    }

    /** The sum of the gradient's squares. */
    private static Tensor again(Tensor y, Tensor x) {
        Tensor first = Gradients.of(Graph.DIFFERENTIABLE, weighted(y), x).get(0);
        return Reduce.sum(Elementwise.square(first));
    }

    /** Of all values, special ones too: NaN where float32 has NaN, 0 and infinities where it has them. */
    @ParameterizedTest
    @MethodSource("halves")
    void slopesOfAllValues(DType dtype) {
        short[] patterns = new short[1 << 16];
        for (int i = 0; i < patterns.length; i++) {
            patterns[i] = (short) i;
        }
        ByteBuffer bits =
                ByteBuffer.allocateDirect(patterns.length * Short.BYTES).order(ByteOrder.nativeOrder());
        bits.asShortBuffer().put(patterns);
        Tensor x = Tensor.of(dtype, bits, Shape.of(patterns.length));
        for (String name : List.of("gelu", "geluTanh", "silu", "softsign", "softplus", "elu", "relu")) {
            UnaryOperator<Tensor> f = OF_MANY.get(name);
            Tensor half = x.detach().requiresGrad();
            Tensor wide = x.to(DType.FLOAT32).requiresGrad();
            float[] expected =
                    slopes(f.apply(wide), wide).to(dtype).to(DType.FLOAT32).toFloatArray();
            float[] found = slopes(f.apply(half), half).to(DType.FLOAT32).toFloatArray();
            for (int i = 0; i < expected.length; i++) {
                double room = dtype.epsilon() * Math.max(Math.abs(expected[i]), dtype.epsilon());
                boolean close = Float.isNaN(expected[i])
                        ? Float.isNaN(found[i])
                        : expected[i] == found[i] || Math.abs(expected[i] - found[i]) <= room;
                assertTrue(close, name + " " + dtype + " pattern " + i + ": " + expected[i] + " " + found[i]);
            }
        }
    }

    private static Tensor slopes(Tensor y, Tensor x) {
        return Gradients.vjp(y, Creation.full(y.dtype(), 2, y.shape().dims()), x)
                .get(0);
    }

    @ParameterizedTest
    @MethodSource("halves")
    void operationsOnTwo(DType dtype) {
        OPERATIONS.forEach((name, f) -> {
            Tensor x = positive(2).toTensor(DType.FLOAT32).requiresGrad();
            Tensor y = positive(3).toTensor(DType.FLOAT32).requiresGrad();
            Tensor a = x.detach().to(dtype).requiresGrad();
            Tensor b = y.detach().to(dtype).requiresGrad();
            check(
                    name,
                    dtype,
                    Gradients.of(weighted(f.apply(x, y)), x, y),
                    Gradients.of(weighted(f.apply(a, b)), a, b));
        });
    }

    /** A sum with weights between 1/2 and 1 that halves hold. */
    private static Tensor weighted(Tensor y) {
        Tensor weights = NDArray.generate(
                        y.shape().dims(), index -> 1 - (Arrays.stream(index).sum() % 4) / 8.0)
                .toTensor(y.dtype());
        return Reduce.sum(y.multiply(weights));
    }

    /** Each of the 4096 gradients is 1/8: their sum stagnates if it is rounded on the way. */
    @ParameterizedTest
    @MethodSource("halves")
    void gradientsOfManyUsesAddUpInFloat32(DType dtype) {
        Tensor x = Creation.full(dtype, 1, 1).requiresGrad();
        Tensor[] uses = new Tensor[4096];
        Arrays.setAll(uses, i -> x.multiply(0.125));
        Tensor loss = Reduce.sum(Indexing.concat(0, uses));
        Check.same(NDArray.full(512, 1), Gradients.of(loss, x).get(0));
        Tensor table = Creation.full(dtype, 1, 2, 3).requiresGrad();
        Tensor taken = Indexing.take(table, Tensor.zeros(DType.INT64, 4096), 0);
        Tensor byRow = Gradients.of(Reduce.sum(taken.multiply(0.125)), table).get(0);
        Check.same(NDArray.of(new double[] {512, 512, 512, 0, 0, 0}, 2, 3), byRow);
        Tensor windows = x.expand(4096).viewBy(l -> l.unfold(0, 2048, 1));
        Tensor seen = Gradients.of(Reduce.sum(windows.multiply(0x1p-12)), x).get(0);
        Check.same(NDArray.full(1024.5, 1).map(v -> DTypes.rounded(dtype, v)), seen);
    }

    @ParameterizedTest
    @MethodSource("halves")
    void conversionsPassGradientsOn(DType dtype) {
        Tensor wide = Tensor.of(new float[] {1, 2, 3}).requiresGrad();
        Tensor half = wide.to(dtype);
        Tensor gradient = Gradients.of(Reduce.sum(half.multiply(half)), wide).get(0);
        assertEquals(DType.FLOAT32, gradient.dtype());
        Check.same(NDArray.of(new double[] {2, 4, 6}, 3), gradient);
        Tensor other = Tensor.of(new float[] {1, 2, 3}).to(dtype).requiresGrad();
        Tensor back = Gradients.of(Reduce.sum(Elementwise.square(other.to(DType.FLOAT64))), other)
                .get(0);
        assertEquals(dtype, back.dtype());
    }

    @Test
    void gradCheckRefusesHalves() {
        Tensor x = Creation.full(DType.FLOAT16, 1, 2);
        Check.refused(DTypeException.class, () -> GradCheck.jacobian(in -> in[0], x), "float16", "to(DType.FLOAT64)");
    }

    /** The state is float32, so that small numbers and slow averages count; the parameters come out rounded. */
    @ParameterizedTest
    @MethodSource("halves")
    void optimizersKeepFloat32State(DType dtype) {
        double[] gradient = {1e-6, -3e-5, 0.5, 100};
        List<java.util.function.Function<Parameters, Optimizer>> kinds =
                List.of(Adam::new, RmsProp::new, p -> new Sgd(p, 0.9, 0.01));
        for (java.util.function.Function<Parameters, Optimizer> kind : kinds) {
            try (Parameters halves = new Parameters();
                    Parameters floats = new Parameters()) {
                Tensor p = halves.add("p", Creation.full(dtype, 0.25, 4));
                Tensor q = floats.add("p", Creation.full(DType.FLOAT32, 0.25, 4));
                try (Optimizer narrow = kind.apply(halves);
                        Optimizer wide = kind.apply(floats)) {
                    narrow.rate(0.125);
                    wide.rate(0.125);
                    Tensor g = Tensor.of(gradient).to(dtype);
                    narrow.step(List.of(g));
                    wide.step(List.of(g.to(DType.FLOAT32)));
                    Check.same(NDArray.of(q.detach().to(dtype)), p);
                    narrow.state().values().forEach(t -> assertTrue(!t.dtype().isHalf(), "state"));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("halves")
    void clippingTakesNormsInFloat32(DType dtype) {
        Tensor g = Creation.full(dtype, 30_000, 16);
        Tensor clipped = Clipping.byNorm(List.of(g), 8).get(0);
        assertEquals(dtype, clipped.dtype());
        Check.close(NDArray.full(2, 16), clipped, 2 * dtype.epsilon());
    }
}
