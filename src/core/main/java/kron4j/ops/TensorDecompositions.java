package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;

/**
 * The products that tensor decompositions are made of: Tucker's, the canonical polyadic one (CP), and the matricised
 * tensor times a Khatri-Rao product, which their fitting needs.
 *
 * <pre>{@code
 * Tensor a = Random.normal(1, DType.FLOAT64, 30, 5);                     // [n_i, r]: a factor for each axis
 * Tensor b = Random.normal(2, DType.FLOAT64, 40, 5);
 * Tensor c = Random.normal(3, DType.FLOAT64, 50, 5);
 * Tensor x = TensorDecompositions.cp(a, b, c);                           // [30, 40, 50], of rank 5
 * Tensor m = TensorDecompositions.mttkrp(x, 0, a, b, c);                 // X_(0) (b khatri-rao c), [30, 5]
 * Tensor gram = b.transpose().matmul(b).multiply(c.transpose().matmul(c));
 * System.out.println(Linalg.solve(gram, m.transpose()).transpose());     // a again: a step of alternating least squares
 * }</pre>
 *
 * <p>Operands: any strides, one dtype and device; nothing is conjugated. Halves are computed in float32 and rounded once.
 * Results: new row-major tensors. Gradients: to all operands that count, as differentiable as the forward.
 */
// T. Kolda, B. Bader: Tensor decompositions and applications (2009).
public final class TensorDecompositions {
    private TensorDecompositions() {}

    /**
     * {@return the product along one axis, {@code out[.., i, ..] = sum_j u[i, j] x[.., j, ..]}, of the shape of x with
     * u's rows on that axis} Cost: one GEMM, or a batch of them for an inner axis; no copy.
     *
     * @param x of any rank from 1
     * @param u [m, n]
     * @param axis of size n in x; negative ones count from the end
     * @throws ShapeException if u is not a matrix with as many columns as the axis has elements, or there is no such axis
     */
    public static Tensor modeProduct(Tensor x, Tensor u, int axis) {
        int at = Operands.axis("modeProduct", x.shape(), axis);
        if (u.rank() != 2 || u.shape().at(1) != x.shape().at(at)) {
            throw new ShapeException("modeProduct: axis " + axis + " of x " + x.shape() + " needs a matrix u with "
                    + x.shape().at(at) + " columns, got shape " + u.shape());
        }
        int rank = x.rank();
        int[] out = IntStream.range(0, rank).map(i -> i == at ? rank : i).toArray();
        return Contractions.pair(
                "modeProduct",
                u,
                new int[] {rank, at},
                x,
                IntStream.range(0, rank).toArray(),
                rank + 1,
                out,
                x.shape().with(at, u.shape().at(0)));
    }

    /**
     * {@return the tensor of Tucker's decomposition, {@code core x_1 U_1 x_2 U_2 ...}, [n_1, ..., n_d]} The Kronecker
     * product of the factors, never formed, times the core; see {@link KroneckerOperator#apply}. With adjoint factors of
     * orthonormal columns it computes the core of a tensor.
     *
     * @param core [r_1, ..., r_d], floating or complex
     * @param factors [n_i, r_i], one for each axis
     * @throws ShapeException if the factors are not matrices with as many columns as the core's axes have elements
     * @throws kron4j.DTypeException if the dtypes differ or are neither floating nor complex
     */
    public static Tensor tucker(Tensor core, Tensor... factors) {
        boolean fits = core.rank() > 0 && factors.length == core.rank();
        for (int i = 0; fits && i < factors.length; i++) {
            fits = factors[i].rank() == 2
                    && factors[i].shape().at(1) == core.shape().at(i);
        }
        if (!fits) {
            throw new ShapeException("tucker: a core of shape " + core.shape()
                    + " needs a matrix [n, size of the axis] for each axis, got " + shapes(factors));
        }
        Tensor[] all = Stream.concat(Stream.of(core), Arrays.stream(factors)).toArray(Tensor[]::new);
        Operands.requireInexact("tucker", all);
        Operands.sameDType("tucker", all);
        Operands.sameDevice("tucker", all);
        try (TensorScope scope = core.device().openScope()) {
            Tensor product = KroneckerOperator.of(factors).apply(core.reshape(core.size()));
            long[] sizes =
                    Arrays.stream(factors).mapToLong(f -> f.shape().at(0)).toArray();
            return scope.keep(product.reshape(sizes));
        }
    }

    /**
     * {@return the tensor of a canonical polyadic decomposition, {@code sum_r a_r (o) b_r (o) c_r ...}, [n_1, ..., n_d]}
     * One GEMM of the Khatri-Rao products of the first and of the last factors, split where these are smallest.
     *
     * @param factors one or more, [n_i, r]
     * @throws ShapeException without factors, if one is not a matrix, or the numbers of columns differ
     * @throws kron4j.DTypeException if the dtypes differ
     */
    public static Tensor cp(Tensor... factors) {
        requireColumns("cp", factors);
        if (factors[0].dtype().isHalf()) {
            return Operands.inFloat32(TensorDecompositions::cp, factors);
        }
        long[] sizes = Arrays.stream(factors).mapToLong(f -> f.shape().at(0)).toArray();
        if (factors.length == 1) {
            return Reduce.sum(factors[0], 1);
        }
        int split = 1;
        double least = Double.POSITIVE_INFINITY;
        for (int s = 1; s < sizes.length; s++) {
            double both = product(sizes, 0, s) + product(sizes, s, sizes.length);
            if (both < least) {
                least = both;
                split = s;
            }
        }
        try (TensorScope scope = factors[0].device().openScope()) {
            Tensor first = Kron.khatriRao(Arrays.copyOfRange(factors, 0, split));
            Tensor last = Kron.khatriRao(Arrays.copyOfRange(factors, split, factors.length));
            return scope.keep(MatMul.matmul(first, false, last, true).reshape(sizes));
        }
    }

    private static double product(long[] sizes, int from, int to) {
        return Arrays.stream(sizes, from, to).mapToDouble(n -> n).reduce(1, (a, b) -> a * b);
    }

    /**
     * {@return the matricised tensor times the Khatri-Rao product of all factors but one, which is never formed:
     * {@code out[i, r] = sum x[.., i, ..] prod_{k != axis} A_k[i_k, r]}, [n_axis, r]} Cost: the first contraction, over
     * the longest axis, is a GEMM of {@code 2 r} flops per element of x; each further one reads what the last one wrote,
     * x shortened by the axes that are gone and r times.
     *
     * @param x [n_1, ..., n_d], d from 1
     * @param axis the axis that stays; negative ones count from the end
     * @param factors [n_k, r], one for each axis; that of {@code axis} gives its number of columns only
     * @throws ShapeException if the factors are not matrices with the rows of the axes and equally many columns
     * @throws kron4j.DTypeException if the dtypes differ
     */
    public static Tensor mttkrp(Tensor x, int axis, Tensor... factors) {
        int own = Operands.axis("mttkrp", x.shape(), axis);
        requireColumns("mttkrp", factors);
        boolean fits = factors.length == x.rank();
        for (int i = 0; fits && i < factors.length; i++) {
            fits = factors[i].shape().at(0) == x.shape().at(i);
        }
        if (!fits) {
            throw new ShapeException("mttkrp: x of shape " + x.shape()
                    + " needs a factor [size of the axis, r] for each axis, got " + shapes(factors));
        }
        Operands.sameDType("mttkrp", x, factors[0]);
        Operands.sameDevice("mttkrp", x, factors[0]);
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(
                    t -> mttkrp(t[0], own, Arrays.copyOfRange(t, 1, t.length)),
                    Stream.concat(Stream.of(x), Arrays.stream(factors)).toArray(Tensor[]::new));
        }
        int rank = x.rank();
        long columns = factors[0].shape().at(1);
        if (rank == 1) {
            try (Tensor column = x.unsqueeze(1);
                    Tensor wide = column.expand(x.shape().at(0), columns)) {
                return wide.contiguous();
            }
        }
        List<Integer> order = new ArrayList<>(
                IntStream.range(0, rank).filter(i -> i != own).boxed().toList());
        order.sort((i, k) -> Long.compare(x.shape().at(k), x.shape().at(i)));
        try (TensorScope scope = x.device().openScope()) {
            Tensor data = x;
            int[] labels = IntStream.range(0, rank).toArray();
            for (int k : order) {
                boolean last = k == order.get(order.size() - 1);
                int[] left =
                        Arrays.stream(labels).filter(i -> i != k && i < rank).toArray();
                // The columns go first, as the batch of products of matrices with vectors; the result has them last.
                int[] out = last
                        ? new int[] {own, rank}
                        : IntStream.concat(IntStream.of(rank), Arrays.stream(left))
                                .toArray();
                long[] sizes = Arrays.stream(out)
                        .mapToLong(i -> i == rank ? columns : x.shape().at(i))
                        .toArray();
                data = Contractions.pair(
                        "mttkrp", data, labels, factors[k], new int[] {k, rank}, rank + 1, out, Shape.of(sizes));
                labels = out;
            }
            return scope.keep(data);
        }
    }

    private static void requireColumns(String operation, Tensor... factors) {
        if (factors.length == 0) {
            throw new ShapeException(operation + ": no factors; it needs one for each axis");
        }
        for (Tensor f : factors) {
            if (f.rank() != 2 || f.shape().at(1) != factors[0].shape().at(1)) {
                throw new ShapeException(
                        operation + ": factors must be matrices with equally many columns, got " + shapes(factors));
            }
        }
        Operands.sameDType(operation, factors);
        Operands.requireNumber(operation, factors[0]);
        Operands.sameDevice(operation, factors);
    }

    private static String shapes(Tensor... factors) {
        return Arrays.stream(factors).map(t -> t.shape().toString()).collect(Collectors.joining(", "));
    }
}
