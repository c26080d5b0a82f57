package kron4j.ops;

import java.util.Arrays;
import java.util.stream.LongStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.View;

/**
 * Matrices made of vectors and blocks, by a pattern.
 *
 * <pre>{@code
 * Tensor d = StructuredMatrices.blockDiag(a, b, c);                   // a, b and c along the diagonal, zeros elsewhere
 * Tensor t = StructuredMatrices.toeplitz(x, y);                       // x is the first column, y the first row
 * Tensor v = StructuredMatrices.vander(x, 4, true);                   // columns 1, x, x^2, x^3
 * }</pre>
 */
public final class StructuredMatrices {
    private StructuredMatrices() {}

    /**
     * Returns a matrix with these along its diagonal and zeros elsewhere ({@code scipy.linalg.block_diag}, {@code torch.block_diag}).
     * Vectors are rows, scalars 1 x 1; leading axes broadcast. Gradient: the blocks of it. Cost: one pass.
     *
     * @param blocks one or more, [..., m_i, n_i]; one dtype, any
     * @return [..., sum of m_i, sum of n_i]
     * @throws ShapeException if leading axes do not broadcast
     */
    public static Tensor blockDiag(Tensor... blocks) {
        if (blocks.length == 0) {
            throw new TensorException("blockDiag: needs one matrix or more, got none");
        }
        DType dtype = Operands.sameDType("blockDiag", blocks);
        Device device = Operands.sameDevice("blockDiag", blocks);
        try (TensorScope scope = device.openScope()) {
            Tensor[] all = Arrays.stream(blocks)
                    .map(t -> t.rank() == 0 ? t.reshape(1, 1) : t.rank() == 1 ? t.unsqueeze(0) : t)
                    .toArray(Tensor[]::new);
            Shape batch = Shape.broadcast(
                    "blockDiag", Arrays.stream(all).map(Matrices::batch).toArray(Shape[]::new));
            long[] rows = ends(
                    "blockDiag", Arrays.stream(all).mapToLong(t -> t.shape().at(-2)));
            long[] columns = ends(
                    "blockDiag", Arrays.stream(all).mapToLong(t -> t.shape().at(-1)));
            Shape shape = batch.concat(Shape.of(rows[all.length], columns[all.length]));
            Tensor result = Tensor.make(device, dtype, shape, out -> {
                device.backend().fill(0L, out);
                for (int i = 0; i < all.length; i++) {
                    View part = out.with(
                            out.layout().slice(-2, rows[i], rows[i + 1], 1).slice(-1, columns[i], columns[i + 1], 1));
                    device.backend().copy(Operands.expanded(all[i], part.shape()), part);
                }
            });
            return scope.keep(Tape.record(
                    "blockDiag",
                    result,
                    r -> {
                        for (int i = 0; i < all.length; i++) {
                            int k = i;
                            r.gradient(
                                    all[i],
                                    g -> g.slice(-2, rows[k], rows[k + 1]).slice(-1, columns[k], columns[k + 1]));
                        }
                    },
                    all));
        }
    }

    /** Where each begins, and where the last one ends. */
    private static long[] ends(String operation, LongStream sizes) {
        long[] all = sizes.toArray();
        Operands.total(operation, Arrays.stream(all));
        long[] ends = new long[all.length + 1];
        for (int i = 0; i < all.length; i++) {
            ends[i + 1] = ends[i] + all[i];
        }
        return ends;
    }

    /**
     * {@return the Toeplitz matrix with this first column, whose first row is its conjugate ({@code scipy.linalg.toeplitz})} See
     * {@link #toeplitz(Tensor, Tensor)}.
     *
     * @param column [..., n], any dtype
     */
    public static Tensor toeplitz(Tensor column) {
        requireVector("toeplitz", column);
        try (Tensor row = ComplexNumbers.conj(column)) {
            return toeplitz(column, row);
        }
    }

    /**
     * Returns the matrix {@code t_ij = column_(i-j)} on and below the diagonal, {@code row_(j-i)} above it ({@code scipy.linalg.toeplitz}).
     * The first element of the row is not read. Gradient: sums along diagonals. Cost: one pass.
     *
     * @param column [..., m], any dtype
     * @param row [..., n], the same dtype; leading axes broadcast
     * @return [..., m, n]
     * @throws ShapeException if one is a scalar, or leading axes do not broadcast
     */
    public static Tensor toeplitz(Tensor column, Tensor row) {
        requireVector("toeplitz", column);
        requireVector("toeplitz", row);
        Operands.sameDType("toeplitz", column, row);
        Device device = Operands.sameDevice("toeplitz", column, row);
        long m = column.shape().at(-1);
        long n = row.shape().at(-1);
        Shape batch = Shape.broadcast("toeplitz", withoutLast(column), withoutLast(row));
        if (m == 0 || n == 0) {
            return Operands.empty(column, column.dtype(), batch.concat(Shape.of(m, n)));
        }
        try (TensorScope scope = device.openScope()) {
            Tensor above = row.slice(-1, 1, n)
                    .flip(-1)
                    .expand(batch.concat(Shape.of(n - 1)).dims());
            Tensor below = column.expand(batch.concat(Shape.of(m)).dims());
            Tensor line = n == 1 ? below : Indexing.concat(-1, above, below);
            return scope.keep(line.unfold(-1, n, 1).flip(-1).contiguous());
        }
    }

    private static Shape withoutLast(Tensor t) {
        return t.shape().slice(0, t.rank() - 1);
    }

    private static void requireVector(String operation, Tensor t) {
        if (t.rank() == 0) {
            throw new ShapeException(
                    operation + ": needs a vector or a batch of them, got a scalar; give it an axis with reshape(1)");
        }
    }

    /**
     * {@return the square Vandermonde matrix with falling powers ({@code numpy.vander}); see {@link #vander(Tensor, long, boolean)}}
     *
     * @param x [..., m], any dtype but bool
     */
    public static Tensor vander(Tensor x) {
        requireVector("vander", x);
        return vander(x, x.shape().at(-1), false);
    }

    /**
     * Returns the Vandermonde matrix {@code v_ij = x_i^j}, or {@code x_i^(n-1-j)} ({@code numpy.vander}). Powers are products, so that 0^0
     * is 1 and integers wrap around. Gradient: that of the products. Cost: about log2(n) passes.
     *
     * @param x [..., m], any dtype but bool
     * @param n how many columns, 0 or more
     * @param increasing whether powers rise from left to right, or fall
     * @return [..., m, n]
     * @throws ShapeException if x is a scalar or n is negative
     */
    public static Tensor vander(Tensor x, long n, boolean increasing) {
        requireVector("vander", x);
        if (!x.dtype().isNumber()) {
            throw new DTypeException(
                    "vander: bool is not a number (shape " + x.shape() + "); convert it with to(DType.INT64)");
        }
        if (n < 0) {
            throw new ShapeException("vander: " + n + " columns for shape " + x.shape() + "; give 0 or more");
        }
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(t -> vander(t[0], n, increasing), x);
        }
        try (TensorScope scope = x.device().openScope()) {
            Tensor column = x.unsqueeze(-1);
            Tensor powers = Creation.onesLike(column);
            for (long have = 1; have < n; have = powers.shape().at(-1)) {
                Tensor next = Elementwise.multiply(powers.slice(-1, have - 1, have), column);
                Tensor more = Elementwise.multiply(powers.slice(-1, 0, Math.min(have, n - have)), next);
                powers = Indexing.concat(-1, powers, more);
            }
            Tensor result = powers.slice(-1, 0, n);
            return scope.keep((increasing ? result : result.flip(-1)).contiguous());
        }
    }
}
