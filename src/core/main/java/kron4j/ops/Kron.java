package kron4j.ops;

import java.util.Arrays;
import java.util.function.BinaryOperator;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.ops.Contractions.Labelled;
import kron4j.plan.KronPlan;

/**
 * Kronecker products that are formed, and their relatives; {@link KroneckerOperator} computes with products that are
 * not formed.
 *
 * <pre>{@code
 * Tensor k = Kron.kron(a, b);                                 // [m,n], [p,q] give [m*p, n*q]
 * Tensor pairs = Kron.batchedKron(Tensor.ones(DType.FLOAT64, 100, 10, 10), Tensor.ones(DType.FLOAT64, 100, 2, 2));
 * Tensor columns = Kron.khatriRao(x, y);                      // [m,r], [n,r] give [m*n, r]
 * }</pre>
 *
 * <p>Operands: any strides, never copied or modified. Results: new row-major tensors of the operands' dtype, owned by
 * the current scope. Cost: one multiplication and one write per element of the result. Gradients: the result's
 * gradient, seen as pairs of axes, contracted with the other operand; as differentiable as the forward.
 */
public final class Kron {
    private Kron() {}

    /**
     * {@return the Kronecker product {@code out[i0*p0+j0, i1*p1+j1, ...] = a[i0, i1, ...] * b[j0, j1, ...]}, p being
     * the sizes of b} The last factor is the fastest. As in {@code numpy.kron}, a lower rank is padded with leading 1s,
     * sizes multiply per axis, and rank 3 and higher is not batched ({@link #batchedKron} is).
     *
     * @param factors one or more, of any rank and any one dtype. Three or more are multiplied in the order that writes
     *     the fewest elements, so their rounding may differ from that of {@code kron(kron(a, b), c)}
     * @throws ShapeException without factors, or if a size exceeds 2^63-1
     */
    public static Tensor kron(Tensor... factors) {
        Device device = requireSome("kron", factors);
        if (factors.length > 2 && factors[0].dtype().isHalf()) {
            return Operands.inFloat32(Kron::kron, factors);
        }
        int rank = Arrays.stream(factors).mapToInt(Tensor::rank).max().orElse(0);
        return fold(factors, t -> t.size(), (a, b) -> {
            View x = a.view().with(padded(a.layout(), rank));
            View y = b.view().with(padded(b.layout(), rank));
            long[] sizes = new long[rank];
            Arrays.setAll(
                    sizes, i -> times("kron", a, b, x.shape().at(i), y.shape().at(i)));
            Tensor result = Tensor.make(
                    device, a.dtype(), Shape.of(sizes), out -> device.backend().kron(x, y, out));
            return Tape.record(
                    "kron",
                    result,
                    r -> r.products()
                            .gradient(a, b, (g, other) -> kronSlope(g, a.shape(), other, true))
                            .gradient(b, a, (g, other) -> kronSlope(g, b.shape(), other, false)),
                    a,
                    b);
        });
    }

    /**
     * {@return the Kronecker product of k times the same factor, by squaring: {@code a (x) a (x) ... (x) a}} An operator
     * that is not formed is {@code KroneckerOperator.of(a, a, a)}.
     *
     * @param a of any rank and dtype
     * @param k 1 or more
     * @throws ShapeException if k is below 1, or a size exceeds 2^63-1
     */
    public static Tensor kronPower(Tensor a, int k) {
        if (k < 1) {
            throw new ShapeException(
                    "kronPower: k is " + k + " for a of shape " + a.shape() + "; it must be 1 or more");
        }
        if (a.dtype().isHalf() && k > 2) {
            return Operands.inFloat32(x -> kronPower(x[0], k), a);
        }
        if (k < 3) {
            return k == 1 ? kron(a) : kron(a, a);
        }
        try (TensorScope scope = a.device().openScope()) {
            Tensor half = kronPower(a, k / 2);
            Tensor even = kron(half, half);
            return scope.keep(k % 2 == 0 ? even : kron(even, a));
        }
    }

    /** Contracts G, seen as [a0, b0, a1, b1, ...], with the other factor. */
    private static Tensor kronSlope(Tensor g, Shape own, Tensor other, boolean ownFirst) {
        int rank = g.rank();
        int[] ownLabels = IntStream.range(rank - own.rank(), rank).toArray();
        int[] otherLabels = IntStream.range(2 * rank - other.rank(), 2 * rank).toArray();
        int[] labels = new int[ownLabels.length + otherLabels.length];
        long[] sizes = new long[labels.length];
        int n = 0;
        for (int axis = 0; axis < 2 * rank; axis++) {
            int i = axis / 2 - (rank - own.rank());
            int j = axis / 2 - (rank - other.rank());
            boolean isOwn = (axis % 2 == 0) == ownFirst;
            if (isOwn && i >= 0) {
                labels[n] = ownLabels[i];
                sizes[n++] = own.at(i);
            } else if (!isOwn && j >= 0) {
                labels[n] = otherLabels[j];
                sizes[n++] = other.shape().at(j);
            }
        }
        return Contractions.pair(
                "kron",
                new Labelled(g.reshape(sizes), labels),
                new Labelled(other, otherLabels, true),
                2 * rank,
                ownLabels,
                own);
    }

    private static Layout padded(Layout layout, int rank) {
        Layout result = layout;
        while (result.rank() < rank) {
            result = result.unsqueeze(0);
        }
        return result;
    }

    /**
     * {@return the Kronecker product of every pair of matrices:
     * {@code out[..., i*p+k, j*q+l] = a[..., i, j] * b[..., k, l]}} Leading axes broadcast: (100,10,10), (100,2,2) give
     * (100,20,20).
     *
     * @param a [..., m, n]
     * @param b [..., p, q]
     * @throws ShapeException if a rank is below 2 or the leading axes do not broadcast
     */
    public static Tensor batchedKron(Tensor a, Tensor b) {
        requireRank("batchedKron", 2, Integer.MAX_VALUE, a, b);
        return batchedKron(2, a, b);
    }

    /** As {@link #batchedKron(Tensor, Tensor)} of tensors of any rank behind the leading axes. */
    static Tensor batchedKron(int rank, Tensor a, Tensor b) {
        Shape batch = Shape.broadcast(
                "batchedKron", a.shape().slice(0, a.rank() - rank), b.shape().slice(0, b.rank() - rank));
        return pairs("batchedKron", batch, rank, a, b);
    }

    /**
     * {@return {@link #kron} of two tensors by another way to the same bits: a broadcast product of axes in pairs, then
     * a reshape (no copy)}
     *
     * @param a the slow factor
     * @param b the fast factor, of the same dtype and device
     */
    public static Tensor kronByReshape(Tensor a, Tensor b) {
        int rank = Math.max(a.rank(), b.rank());
        try (TensorScope scope = a.device().openScope()) {
            Tensor x = a.viewBy(l -> padded(l, rank));
            Tensor y = b.viewBy(l -> padded(l, rank));
            return scope.keep(pairs("kronByReshape", Shape.SCALAR, rank, x, y));
        }
    }

    /**
     * {@return {@link #kron} of two matrices by another way to the same bits: {@link #blocks} of {@code a[i, j] * b}}
     * Takes twice the memory of the result.
     *
     * @param a the slow factor
     * @param b the fast factor, of the same dtype and device
     * @throws ShapeException if an operand is not a matrix
     */
    public static Tensor kronByBlocks(Tensor a, Tensor b) {
        requireRank("kronByBlocks", 2, 2, a, b);
        requireSome("kronByBlocks", a, b);
        int rows = Math.toIntExact(a.shape().at(0));
        int cols = Math.toIntExact(a.shape().at(1));
        if (a.size() == 0) {
            return kronByReshape(a, b);
        }
        try (TensorScope scope = a.device().openScope()) {
            Tensor[][] grid = new Tensor[rows][cols];
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < cols; j++) {
                    grid[i][j] = product(a.get(i, j), b);
                }
            }
            return scope.keep(blocks(grid));
        }
    }

    /**
     * {@return {@link #kron} of two matrices by another way to the same bits:
     * {@link Convolution#convTranspose2d(Tensor, Tensor, int[], int[])} with stride = kernel size}
     *
     * @param a the slow factor
     * @param b the fast factor, of the same dtype and device
     * @throws ShapeException if an operand is not a matrix
     */
    public static Tensor kronByConvolution(Tensor a, Tensor b) {
        requireRank("kronByConvolution", 2, 2, a, b);
        requireSome("kronByConvolution", a, b);
        Operands.requireNumber("kronByConvolution", a);
        if (b.size() == 0) {
            return kronByReshape(a, b);
        }
        int rows = Math.toIntExact(b.shape().at(0));
        int cols = Math.toIntExact(b.shape().at(1));
        return Convolution.convTranspose2d(a, b, new int[] {rows, cols}, new int[] {0, 0});
    }

    /**
     * {@return the Kronecker sum {@code A (x) I (x) ... + I (x) B (x) ... + ...}, [N, N] for the product N of the
     * sizes} Its exponential is the Kronecker product of the exponentials, and its system is Sylvester's:
     * {@code A X + X B = C} is {@code kronSum(A, B^T) vec(X) = vec(C)} for the row-major vec.
     *
     * @param factors one or more square matrices
     * @throws ShapeException if a factor is not a square matrix
     */
    public static Tensor kronSum(Tensor... factors) {
        Device device = requireSome("kronSum", factors);
        if (factors.length > 2 && factors[0].dtype().isHalf()) {
            return Operands.inFloat32(Kron::kronSum, factors);
        }
        requireRank("kronSum", 2, 2, factors);
        long n = 1;
        for (Tensor f : factors) {
            if (f.shape().at(0) != f.shape().at(1)) {
                throw new ShapeException("kronSum: factors must be square matrices, got shapes " + shapes(factors));
            }
            n = times("kronSum", factors[0], f, n, f.shape().at(0));
        }
        long total = n;
        Tensor result = Tensor.make(device, factors[0].dtype(), Shape.of(n, n), out -> {
            device.backend().fill(0L, out);
            long before = 1;
            for (Tensor f : factors) {
                long m = f.shape().at(0);
                long after = total == 0 ? 0 : total / before / m;
                if (total > 0) {
                    // The result as [before, m, after] by itself; f goes where the outer and the inner indices are
                    // equal.
                    Layout diagonal = copies(out.layout(), before, m, after);
                    Layout factor = f.layout().unsqueeze(2).unsqueeze(3).expand(diagonal.shape());
                    View target = out.with(diagonal);
                    device.backend().binary(BinaryOp.ADD, target, f.view().with(factor), target);
                    before *= m;
                }
            }
        });
        return Tape.record(
                "kronSum",
                result,
                r -> {
                    long before = 1;
                    for (Tensor f : factors) {
                        long m = f.shape().at(0);
                        long outer = before;
                        long after = total == 0 ? 0 : total / before / m;
                        r.gradient(f, g -> Reduce.sum(g.viewBy(l -> copies(l, outer, m, after)), 2, 3));
                        before *= Math.max(1, m);
                    }
                },
                factors);
    }

    /** Views the result of kronSum, or its gradient, as [m, m, after, before]: the places of a factor's elements. */
    private static Layout copies(Layout result, long before, long m, long after) {
        return result.reshape(Shape.of(before, m, after, before, m, after))
                .orElseThrow()
                .diagonal(0, 2, 5)
                .diagonal(0, 0, 2);
    }

    /**
     * {@return the product column by column: {@code out[i*n+j, c] = a[i, c] * b[j, c]}} Shapes (m,r), (n,r) give
     * (mn,r).
     *
     * @param factors one or more matrices with equally many columns
     * @throws ShapeException if a factor is not a matrix, or the numbers of columns differ
     */
    public static Tensor khatriRao(Tensor... factors) {
        return columnwise("khatriRao", 0, factors);
    }

    /**
     * {@return the product row by row, the transposed Khatri-Rao product: {@code out[r, i*n+j] = a[r, i] * b[r, j]}}
     * Shapes (r,m), (r,n) give (r,mn).
     *
     * @param factors one or more matrices with equally many rows
     * @throws ShapeException if a factor is not a matrix, or the numbers of rows differ
     */
    public static Tensor faceSplitting(Tensor... factors) {
        return columnwise("faceSplitting", 1, factors);
    }

    /** Multiplies along {@code axis}, elementwise along the other. */
    private static Tensor columnwise(String operation, int axis, Tensor... factors) {
        requireSome(operation, factors);
        if (factors.length > 2 && factors[0].dtype().isHalf()) {
            return Operands.inFloat32(x -> columnwise(operation, axis, x), factors);
        }
        requireRank(operation, 2, 2, factors);
        int shared = 1 - axis;
        long r = factors[0].shape().at(shared);
        for (Tensor f : factors) {
            if (f.shape().at(shared) != r) {
                throw new ShapeException(operation + ": shapes " + shapes(factors) + " differ in the number of "
                        + (shared == 1 ? "columns" : "rows"));
            }
        }
        return fold(factors, t -> t.shape().at(axis), (a, b) -> {
            long m = a.shape().at(axis);
            long n = b.shape().at(axis);
            Shape result = a.shape().with(axis, times(operation, a, b, m, n));
            return multiply(a, l -> l.unsqueeze(axis + 1), b, l -> l.unsqueeze(axis), result);
        });
    }

    /**
     * {@return a matrix put together from a grid of matrices, as {@code numpy.block}}
     *
     * @param grid rows of matrices: those in a row have equally many rows, those in a column equally many columns
     * @throws ShapeException naming the block that does not fit
     */
    public static Tensor blocks(Tensor[][] grid) {
        if (grid.length == 0 || grid[0].length == 0) {
            throw new ShapeException("blocks: the grid is empty; it needs at least one row of at least one matrix");
        }
        Tensor[] all = Arrays.stream(grid).flatMap(Arrays::stream).toArray(Tensor[]::new);
        Device device = requireSome("blocks", all);
        requireRank("blocks", 2, 2, all);
        for (int i = 0; i < grid.length; i++) {
            if (grid[i].length != grid[0].length) {
                throw new ShapeException("blocks: row " + i + " of the grid has " + grid[i].length
                        + " matrices, row 0 has " + grid[0].length);
            }
            for (int j = 0; j < grid[i].length; j++) {
                long rows = grid[i][0].shape().at(0);
                long cols = grid[0][j].shape().at(1);
                if (!grid[i][j].shape().equals(Shape.of(rows, cols))) {
                    throw new ShapeException("blocks: the matrix at [" + i + "," + j + "] has shape "
                            + grid[i][j].shape() + ", expected " + Shape.of(rows, cols)
                            + " after the first of its row and of its column");
                }
            }
        }
        long rows = Operands.total(
                "blocks", Arrays.stream(grid).mapToLong(row -> row[0].shape().at(0)));
        long cols = Operands.total(
                "blocks", Arrays.stream(grid[0]).mapToLong(t -> t.shape().at(1)));
        Tensor result = Tensor.make(device, all[0].dtype(), Shape.of(rows, cols), out -> {
            long top = 0;
            for (Tensor[] row : grid) {
                long bottom = top + row[0].shape().at(0);
                Layout band = out.layout().slice(0, top, bottom, 1);
                long left = 0;
                for (Tensor t : row) {
                    long right = left + t.shape().at(1);
                    device.backend().copy(t.view(), out.with(band.slice(1, left, right, 1)));
                    left = right;
                }
                top = bottom;
            }
        });
        return Tape.record(
                "blocks",
                result,
                r -> {
                    long top = 0;
                    for (Tensor[] row : grid) {
                        long bottom = top + row[0].shape().at(0);
                        long left = 0;
                        for (Tensor t : row) {
                            long right = left + t.shape().at(1);
                            long[] box = {top, bottom, left, right};
                            r.gradient(
                                    t,
                                    g -> g.viewBy(
                                            l -> l.slice(0, box[0], box[1], 1).slice(1, box[2], box[3], 1)));
                            left = right;
                        }
                        top = bottom;
                    }
                },
                all);
    }

    /**
     * {@return the commutation matrix as a permutation, int64 [m*n], on the current device}
     * {@code vec(A^T) = vec(A)[commutation(m, n)]} for A of shape [m, n] and the row-major vec, and
     * {@code kron(B, A) = kron(A, B)} with rows and columns permuted by it.
     *
     * @param m the number of rows of A
     * @param n the number of columns of A
     * @throws ShapeException if a size is negative
     */
    public static Tensor commutation(long m, long n) {
        if (m < 0 || n < 0) {
            throw new ShapeException("commutation: sizes " + m + " and " + n + " must not be negative");
        }
        try (Tensor order = Tensor.arange(DType.INT64, 0, Shape.of(m, n).size());
                Tensor matrix = order.reshape(m, n);
                Tensor transposed = matrix.transpose()) {
            return transposed.reshape(m * n);
        }
    }

    /**
     * The result of {@link #nearestKronecker}.
     *
     * @param a the slow factor
     * @param b the fast factor
     * @param distance the Frobenius norm of {@code m - kron(a, b)}, shape []
     */
    public record NearestKronecker(Tensor a, Tensor b, Tensor distance) {}

    /**
     * Finds the matrices a and b with the least {@code ||m - a (x) b||_F}. They have equal norm, and are unique up to a
     * sign (a factor of modulus 1 if complex) unless the two largest singular values of the rearrangement are equal. Gradient: by that of the SVD, where
     * it is unique.
     *
     * @param m shape [m1*m2, n1*n2]; float32, float64 or complex
     * @param shapeA [m1, n1]
     * @param shapeB [m2, n2]
     * @return a, b and the distance
     * @throws ShapeException if the shapes do not multiply to that of m, or one is empty
     * @throws kron4j.LinalgException if m contains NaN or infinities
     */
    // C. F. Van Loan, N. Pitsianis: Approximation with Kronecker products (1993).
    public static NearestKronecker nearestKronecker(Tensor m, Shape shapeA, Shape shapeB) {
        Operands.requireInexact("nearestKronecker", m);
        boolean fits = m.rank() == 2 && shapeA.rank() == 2 && shapeB.rank() == 2 && m.size() > 0;
        for (int axis = 0; fits && axis < 2; axis++) {
            fits = m.shape().at(axis) == times("nearestKronecker", m, m, shapeA.at(axis), shapeB.at(axis));
        }
        if (!fits) {
            throw new ShapeException("nearestKronecker: shapes " + shapeA + " and " + shapeB
                    + " must multiply to the matrix's shape " + m.shape() + ", which must not be empty");
        }
        try (TensorScope scope = m.device().openScope()) {
            Tensor rearranged = m.reshape(shapeA.at(0), shapeB.at(0), shapeA.at(1), shapeB.at(1))
                    .permute(0, 2, 1, 3)
                    .reshape(shapeA.size(), shapeB.size());
            Linalg.Svd svd =
                    Decompositions.svd("nearestKronecker of shape " + m.shape() + ", rearranged", rearranged, false);
            Tensor root = Operands.in(m.dtype(), Elementwise.sqrt(svd.s().get(0)));
            Tensor a = Elementwise.multiply(svd.u().select(1, 0), root).reshape(shapeA);
            Tensor b = Elementwise.multiply(svd.vh().select(0, 0), root).reshape(shapeB);
            Tensor rest = svd.s().slice(0, 1, Long.MAX_VALUE);
            return new NearestKronecker(scope.keep(a), scope.keep(b), scope.keep(Reduce.norm(rest)));
        }
    }

    // ---- shared ----

    /** Multiplies with the last {@code rank} axes in pairs of a's and b's, behind the batch axes. */
    private static Tensor pairs(String operation, Shape batch, int rank, Tensor a, Tensor b) {
        requireSome(operation, a, b);
        long[] result = new long[rank];
        for (int d = 0; d < rank; d++) {
            result[d] = times(operation, a, b, a.shape().at(d - rank), b.shape().at(d - rank));
        }
        return multiply(a, l -> spread(l, rank, 1), b, l -> spread(l, rank, 0), batch.concat(Shape.of(result)));
    }

    /** Adds an axis of size 1 behind (1) or before (0) each of the last {@code rank} axes. */
    private static Layout spread(Layout layout, int rank, int behind) {
        Layout result = layout;
        for (int d = layout.rank() - 1; d >= layout.rank() - rank; d--) {
            result = result.unsqueeze(d + behind);
        }
        return result;
    }

    private static Tensor product(Tensor a, Tensor b) {
        return a.dtype().isNumber() ? Elementwise.multiply(a, b) : Elementwise.logicalAnd(a, b);
    }

    /** Multiplies the broadcast views and reshapes the product. */
    private static Tensor multiply(Tensor a, UnaryOperator<Layout> x, Tensor b, UnaryOperator<Layout> y, Shape result) {
        try (Tensor left = a.viewBy(x);
                Tensor right = b.viewBy(y);
                Tensor product = product(left, right)) {
            return product.reshape(result);
        }
    }

    /** Multiplies out all factors in the cheapest order. */
    private static Tensor fold(Tensor[] factors, ToLongFunction<Tensor> size, BinaryOperator<Tensor> product) {
        if (factors.length < 3) {
            return factors.length == 1 ? factors[0].copy() : product.apply(factors[0], factors[1]);
        }
        int[][] split = KronPlan.fold(Arrays.stream(factors).mapToLong(size).toArray());
        try (TensorScope scope = factors[0].device().openScope()) {
            return scope.keep(fold(factors, 0, factors.length, split, product));
        }
    }

    private static Tensor fold(Tensor[] factors, int from, int to, int[][] split, BinaryOperator<Tensor> product) {
        if (to - from == 1) {
            return factors[from];
        }
        int middle = split[from][to];
        return product.apply(fold(factors, from, middle, split, product), fold(factors, middle, to, split, product));
    }

    private static long times(String operation, Tensor a, Tensor b, long m, long n) {
        if (n != 0 && m > Long.MAX_VALUE / n) {
            throw new ShapeException(operation + ": shapes " + a.shape() + " and " + b.shape()
                    + " multiply to a size of " + m + "*" + n + ", more than 2^63-1");
        }
        return m * n;
    }

    /** Requires one factor or more, of one dtype on one device, which it returns. */
    private static Device requireSome(String operation, Tensor... operands) {
        if (operands.length == 0) {
            throw new ShapeException(operation + ": no factors; it needs at least one");
        }
        Operands.sameDType(operation, operands);
        return Operands.sameDevice(operation, operands);
    }

    private static void requireRank(String operation, int least, int most, Tensor... operands) {
        for (int i = 0; i < operands.length; i++) {
            if (operands[i].rank() < least || operands[i].rank() > most) {
                throw new ShapeException(operation + ": operand " + i + " of shapes " + shapes(operands) + " has rank "
                        + operands[i].rank() + ", expected " + (least == most ? "" : "at least ") + least);
            }
        }
    }

    private static String shapes(Tensor... operands) {
        return Arrays.stream(operands).map(t -> t.shape().toString()).collect(Collectors.joining(", "));
    }
}
