package kron4j.ops;

import java.util.Arrays;
import kron4j.Device;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;

/**
 * Transposed convolutions that are Kronecker products where stride and kernel are of one size; {@link Convolutions} has all others, and bias, dilation and
 * groups.
 */
public final class Convolution {
    private Convolution() {}

    /**
     * {@return {@link #convTranspose2d(Tensor, Tensor, int[], int[])} with one stride and one padding for both axes}
     *
     * @param x shape [n, cin, h, w], or [h, w]
     * @param kernel shape [cin, cout, kh, kw], or [kh, kw]
     * @param stride 1 or more
     * @param padding 0 or more
     * @throws ShapeException if ranks or channels do not fit, or the result would have a negative size
     */
    public static Tensor convTranspose2d(Tensor x, Tensor kernel, int stride, int padding) {
        return convTranspose2d(x, kernel, new int[] {stride, stride}, new int[] {padding, padding});
    }

    /**
     * Computes {@code out[n, o, s*i+k-p, t*j+l-q] += x[n, c, i, j] * kernel[c, o, k, l]}, as
     * {@code torch.nn.functional.conv_transpose2d}: the gradient of the strided convolution. With stride = kernel size
     * and no padding it is the Kronecker product of the last two axes. Gradient: the convolution with the same kernel,
     * and the correlation of the result's gradient with x, as einsums of windows. Cost: 2*n*cin*cout*h*w*kh*kw flops; a
     * buffer of n*cout*h*w elements unless cin is 1 and the taps do not overlap.
     *
     * @param x shape [n, cin, h, w], or [h, w]; any strides
     * @param kernel shape [cin, cout, kh, kw], or [kh, kw]; the same dtype
     * @param stride [s, t], at least 1
     * @param padding [p, q], at least 0: the rows and columns cut off at each side of the result
     * @return shape [n, cout, (h-1)*s - 2p + kh, (w-1)*t - 2q + kw], or the last two; row-major; owned by the current
     *     scope
     * @throws ShapeException if ranks or channels do not fit, or the result would have a negative size
     */
    public static Tensor convTranspose2d(Tensor x, Tensor kernel, int[] stride, int[] padding) {
        String operation = "convTranspose2d";
        Operands.sameDType(operation, x, kernel);
        Device device = Operands.sameDevice(operation, x, kernel);
        boolean plain = x.rank() == 2 && kernel.rank() == 2;
        if (!plain
                && (x.rank() != 4
                        || kernel.rank() != 4
                        || x.shape().at(1) != kernel.shape().at(0))) {
            throw new ShapeException(operation + ": shapes " + x.shape() + " and " + kernel.shape()
                    + " do not fit; expected [n,cin,h,w] and [cin,cout,kh,kw], or [h,w] and [kh,kw]");
        }
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(w -> convTranspose2d(w[0], w[1], stride, padding), x, kernel);
        }
        Axis rows = new Axis(x.shape(), kernel.shape(), -2, stride, padding);
        Axis cols = new Axis(x.shape(), kernel.shape(), -1, stride, padding);
        if (plain) {
            try (TensorScope scope = device.openScope()) {
                Tensor image = x.viewBy(l -> l.unsqueeze(0).unsqueeze(0));
                Tensor taps = kernel.viewBy(l -> l.unsqueeze(0).unsqueeze(0));
                return scope.keep(convTranspose2d(image, taps, stride, padding).get(0, 0));
            }
        }
        Shape shape = Shape.of(x.shape().at(0), kernel.shape().at(1), rows.out, cols.out);
        Tensor result;
        try (Tensor input = x.detach();
                Tensor plainKernel = kernel.detach();
                Tensor taps = plainKernel.permute(2, 3, 1, 0)) {
            result = Tensor.make(device, x.dtype(), shape, out -> {
                if (!rows.covers() || !cols.covers()) {
                    device.backend().fill(0L, out);
                }
                scatter(input, taps, rows, cols, out);
            });
        }
        Shape inputs = x.shape();
        Shape kernels = kernel.shape();
        return Tape.record(
                operation,
                result,
                r -> r.gradient(x, kernel, (g, k) -> correlated("nohwkl,cokl->nchw", g, rows, cols, k, inputs))
                        .gradient(kernel, x, (g, t) -> correlated("nohwkl,nchw->cokl", g, rows, cols, t, kernels)),
                x,
                kernel);
    }

    /** Contracts the windows of g with the other operand; without windows the gradient is 0. */
    private static Tensor correlated(String equation, Tensor g, Axis rows, Axis cols, Tensor other, Shape shape) {
        return rows.isEmpty() || cols.isEmpty()
                ? Tensor.make(
                        g.device(),
                        g.dtype(),
                        shape,
                        out -> out.storage().backend().fill(0L, out))
                : Einsum.einsum(new boolean[] {false, true}, equation, windows(g, rows, cols), other);
    }

    /** Collects the elements [n, o, h, w, kh, kw] of the result, 0 where cut off, to which each input element goes. */
    private static Tensor windows(Tensor g, Axis rows, Axis cols) {
        Shape full = g.shape().with(2, rows.full()).with(3, cols.full());
        Tensor padded = Views.adjoint(g, full, l -> cols.cut(rows.cut(l, 2), 3));
        return padded.viewBy(l -> l.unfold(2, rows.k, rows.stride).unfold(3, cols.k, cols.stride));
    }

    /** The places of the taps of a kernel of size {@code k} along an axis. */
    private static final class Axis {
        final long n;
        final long k;
        final int stride;
        final int padding;
        final long out;

        Axis(Shape x, Shape kernel, int axis, int[] strides, int[] paddings) {
            if (strides.length != 2 || paddings.length != 2) {
                throw new ShapeException("convTranspose2d: strides " + Arrays.toString(strides) + " and paddings "
                        + Arrays.toString(paddings) + " need two numbers each, for rows and columns");
            }
            n = x.at(axis);
            k = kernel.at(axis);
            stride = strides[2 + axis];
            padding = paddings[2 + axis];
            if (!isEmpty() && stride > 0 && n - 1 > (Long.MAX_VALUE - k) / stride) {
                throw new ShapeException("convTranspose2d: stride " + stride + " on axis " + axis + " of shapes " + x
                        + " and " + kernel + " gives a size of more than 2^63-1");
            }
            out = isEmpty() ? 0 : (n - 1) * stride - 2L * padding + k;
            if (stride < 1 || padding < 0 || out < 0) {
                throw new ShapeException("convTranspose2d: stride " + stride + " and padding " + padding + " on axis "
                        + axis + " of shapes " + x + " and " + kernel + " give a size of " + out
                        + "; expected a stride of at least 1, a padding of at least 0 and a size of at least 0");
            }
        }

        boolean isEmpty() {
            return n == 0 || k == 0;
        }

        /** {@return the size before the padding is cut off} */
        long full() {
            return out + 2L * padding;
        }

        Layout cut(Layout full, int axis) {
            return full.slice(axis, padding, padding + out, 1);
        }

        boolean overlaps() {
            return k > stride;
        }

        /** {@return whether every element of the result gets exactly one tap} */
        boolean covers() {
            return k == stride;
        }

        /** {@return the first input whose tap {@code i} lies in the result; {@link #last} is one past the last} */
        long first(long i) {
            return i >= padding ? 0 : (padding - i + stride - 1) / stride;
        }

        long last(long i) {
            long room = out - 1 + padding - i;
            return room < 0 ? 0 : Math.min(n, room / stride + 1);
        }

        Layout slice(Layout target, int axis, long i) {
            long start = i - padding + first(i) * stride;
            return target.slice(axis, start, start + (last(i) - first(i) - 1) * stride + 1, stride);
        }
    }

    /**
     * Adds (or writes, where no other tap goes) {@code taps[i, j] (cout x cin)} times the input to every place it goes.
     */
    private static void scatter(Tensor input, Tensor taps, Axis rows, Axis cols, View out) {
        boolean overlap = rows.overlaps() || cols.overlaps();
        Backend backend = input.device().backend();
        for (long i = 0; i < rows.k; i++) {
            for (long j = 0; j < cols.k; j++) {
                if (rows.first(i) >= rows.last(i) || cols.first(j) >= cols.last(j)) {
                    continue;
                }
                View target = out.with(cols.slice(rows.slice(out.layout(), 2, i), 3, j));
                try (TensorScope scope = input.device().openScope()) {
                    Tensor seen = input.slice(2, rows.first(i), rows.last(i)).slice(3, cols.first(j), cols.last(j));
                    Tensor tap = taps.get(i, j);
                    if (seen.shape().at(1) == 1 && !overlap) {
                        Tensor scale = tap.unsqueeze(2);
                        backend.binary(
                                BinaryOp.MULTIPLY,
                                Operands.expanded(seen, target.shape()),
                                Operands.expanded(scale, target.shape()),
                                target);
                        continue;
                    }
                    Tensor product = Einsum.einsum("oc,nchw->nohw", tap, seen);
                    if (overlap) {
                        backend.binary(BinaryOp.ADD, target, product.view(), target);
                    } else {
                        backend.copy(product.view(), target);
                    }
                }
            }
        }
    }
}
