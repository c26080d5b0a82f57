package kron4j.fuzz;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Creation;
import kron4j.ops.Einsum;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.MatMul;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.reference.NDArray;

/**
 * float16 and bfloat16 against float32: an operation on them gives what it gives on the same numbers in float32, rounded. Sums are of whole numbers, which float32
 * adds up exactly in any order.
 */
final class HalfCases {
    /** Of tensors of equal shape and rank 2, of any numbers. */
    private static final Map<String, Function<Tensor[], Tensor>> OF_ANY = new TreeMap<>(Map.ofEntries(
            Map.entry("add", t -> t[0].add(t[1])),
            Map.entry("multiply", t -> t[0].multiply(t[1])),
            Map.entry("divide", t -> t[0].divide(t[1])),
            Map.entry("power", t -> Elementwise.power(t[0], t[1])),
            Map.entry("maximum", t -> Elementwise.maximum(t[0], t[1])),
            Map.entry("scalar", t -> t[0].multiply(0.3).subtract(t[0])),
            Map.entry("exp", t -> Elementwise.exp(t[0])),
            Map.entry("log1p", t -> Elementwise.log1p(t[0])),
            Map.entry("tanh", t -> Elementwise.tanh(t[1])),
            Map.entry("where", t -> Elementwise.where(Elementwise.less(t[0], t[1]), t[0], t[1])),
            Map.entry("transpose", t -> t[0].transpose().contiguous()),
            Map.entry("concat", t -> Indexing.concat(1, t[0], t[1])),
            Map.entry("triangle", t -> Indexing.tril(t[0], 0)),
            Map.entry(
                    "kron",
                    t -> Kron.kron(
                            t[0], t[1].slice(0, 0, Math.min(2, t[1].shape().at(0))))),
            Map.entry("product", t -> Einsum.einsum("ij,ij->ji", t[0], t[1])),
            Map.entry("outer", t -> Einsum.einsum("ij,kl->ljki", t[0].slice(0, 0, 1), t[1]))));

    /** Of small whole numbers. */
    private static final Map<String, Function<Tensor[], Tensor>> OF_WHOLE = new TreeMap<>(Map.ofEntries(
            Map.entry("sum", t -> Reduce.sum(t[0])),
            Map.entry("sum of rows", t -> Reduce.sum(t[0], 1)),
            Map.entry("sum of columns", t -> Reduce.sum(t[0], true, 0)),
            Map.entry("matmul", t -> MatMul.matmul(t[0], false, t[1], true)),
            Map.entry("gram", t -> MatMul.matmul(t[0], true, t[1], false)),
            Map.entry("inner", t -> Einsum.einsum("ij,ij->", t[0], t[1])),
            Map.entry("scaled", t -> Einsum.einsum(0.25, "ij,kj->k", t[0], t[1])),
            Map.entry("chain", t -> Einsum.einsum("ij,kj,kl->il", t[0], t[1], t[0])),
            Map.entry(
                    "gathered",
                    t -> Indexing.take(t[0], Creation.arange(t[0].shape().at(0)), 0)),
            Map.entry("softmax", t -> Softmax.softmax(t[0], 1)),
            Map.entry("logsumexp", t -> Reduce.logsumexp(t[0], 0)),
            Map.entry("var", t -> Reduce.var(t[0], 1)),
            Map.entry("norm", t -> Reduce.norm(t[1]))));

    private HalfCases() {}

    static void check(Draw draw) {
        DType dtype = draw.of(DType.BFLOAT16, DType.FLOAT16);
        boolean whole = draw.oneIn(2);
        Map<String, Function<Tensor[], Tensor>> operations = whole ? OF_WHOLE : OF_ANY;
        String name = List.copyOf(operations.keySet()).get(draw.below(operations.size()));
        long[] shape = {Math.max(1, draw.size(70)), Math.max(1, draw.size(70))};
        Tensor[] halves = new Tensor[2];
        Tensor[] floats = new Tensor[2];
        for (int i = 0; i < 2; i++) {
            NDArray values = whole ? NDArray.integers(draw.elements(), -3, 4, shape) : draw.wild(DType.FLOAT32, shape);
            halves[i] = Operand.any(draw, values, dtype).tensor();
            floats[i] = halves[i].to(DType.FLOAT32);
        }
        Tensor result = operations.get(name).apply(halves);
        Tensor wide = operations.get(name).apply(floats);
        Verify.that(result.dtype() == dtype, name + ": is " + result.dtype());
        if (name.equals("scalar")) {
            wide = floats[0].multiply(0.3).to(dtype).to(DType.FLOAT32).subtract(floats[0]);
        }
        Verify.same(name + " of " + dtype + " " + halves[0].layout(), NDArray.of(wide.to(dtype)), result);
    }
}
