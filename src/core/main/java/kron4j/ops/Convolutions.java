package kron4j.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.plan.ConvolutionPlan;
import kron4j.plan.ConvolutionPlan.Axis;

/**
 * Convolutions of one to three axes and their transposes, as PyTorch's ({@code torch.nn.functional.conv2d}): cross-correlations of images [n, channels,
 * axes..] with a kernel [outputs, channels / groups, taps..], 0 where a window leaves the image.
 *
 * <pre>{@code
 * Tensor x = Random.normal(1, DType.FLOAT32, 32, 3, 64, 64);
 * Tensor kernel = Random.normal(2, DType.FLOAT32, 16, 3, 3, 3);
 * Tensor y = Convolutions.conv2d(x, kernel);                                      // [32,16,62,62]
 * Tensor half = Convolutions.conv2d(x, kernel, Sliding.by(2).padding(1));         // [32,16,32,32]
 * Tensor back = Convolutions.convTranspose2d(half, kernel, Sliding.by(2).padding(1).outputPadding(1)); // as x
 * }</pre>
 *
 * <p>Operands: any dtype but bool, of one dtype and device, any strides; without the first axis of x the result has none either. Results: new row-major
 * tensors in the current scope; a result of halves is rounded once. NaN and infinities of x reach the results whose windows hold them; where the kernel has
 * them, what lies around x counts as zeros (0 times infinity is NaN).
 *
 * <p>Gradients of all operands, to any order: the gradient of x is the transposed convolution with the same kernel, and the reverse; that of the kernel is
 * a convolution of x with the result's gradient. Sync: none; a {@link kron4j.DeviceGraph} records them. Cost: 2 * (elements of the result) * channels /
 * groups * taps flops by GEMM, for which the windows of x are copied to a workspace: 32 MiB at most, or the windows of one row (the first of the axes) of
 * an image where these take more. No window is copied for kernels of one tap with stride 1 and no padding; nor in float32 on a CPU with vectors, where each thread pads
 * 4 MiB of an image at most, beside a copy of the kernel, and the gradient of a kernel takes 16 partial sums (32 MiB at most; windows are copied where it would be more).
 *
 * <p>Source: Chellapilla, Puri and Simard, "High performance convolutional neural networks for document processing", 2006.
 */
public final class Convolutions {
    private Convolutions() {}

    /**
     * {@return the convolution along one axis, [n, outputs, l']; see {@link #conv1d(Tensor, Tensor, Sliding)}}
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param kernel shape [outputs, channels, k]
     * @throws ShapeException if ranks or channels do not fit, or the kernel is longer than x
     */
    public static Tensor conv1d(Tensor x, Tensor kernel) {
        return conv1d(x, kernel, Sliding.ONE);
    }

    /**
     * {@return {@code y[n, o, i] = sum over c, t of x[n, c, i * stride + t * dilation - padding] * kernel[o, c, t]}}
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param kernel shape [outputs, channels / groups, k]
     * @param how stride, padding, dilation and groups
     * @throws ShapeException if ranks, channels or groups do not fit, or the kernel is longer than x with its padding
     */
    public static Tensor conv1d(Tensor x, Tensor kernel, Sliding how) {
        return conv("conv1d", 1, x, kernel, null, how);
    }

    /**
     * {@return {@link #conv1d(Tensor, Tensor, Sliding)} plus {@code bias[o]}}
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param kernel shape [outputs, channels / groups, k]
     * @param bias shape [outputs]
     * @param how stride, padding, dilation and groups
     * @throws ShapeException if ranks, channels, groups or bias do not fit, or the kernel is longer than x with its padding
     */
    public static Tensor conv1d(Tensor x, Tensor kernel, Tensor bias, Sliding how) {
        return conv("conv1d", 1, x, kernel, bias, how);
    }

    /**
     * {@return the convolution along two axes, [n, outputs, h', w']; see {@link #conv2d(Tensor, Tensor, Sliding)}}
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param kernel shape [outputs, channels, kh, kw]
     * @throws ShapeException if ranks or channels do not fit, or the kernel is longer than x
     */
    public static Tensor conv2d(Tensor x, Tensor kernel) {
        return conv2d(x, kernel, Sliding.ONE);
    }

    /**
     * {@return the convolution along two axes: {@link #conv1d(Tensor, Tensor, Sliding)} with sums over both}
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param kernel shape [outputs, channels / groups, kh, kw]
     * @param how stride, padding, dilation and groups
     * @throws ShapeException if ranks, channels or groups do not fit, or the kernel is longer than x with its padding
     */
    public static Tensor conv2d(Tensor x, Tensor kernel, Sliding how) {
        return conv("conv2d", 2, x, kernel, null, how);
    }

    /**
     * {@return {@link #conv2d(Tensor, Tensor, Sliding)} plus {@code bias[o]}}
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param kernel shape [outputs, channels / groups, kh, kw]
     * @param bias shape [outputs]
     * @param how stride, padding, dilation and groups
     * @throws ShapeException if ranks, channels, groups or bias do not fit, or the kernel is longer than x with its padding
     */
    public static Tensor conv2d(Tensor x, Tensor kernel, Tensor bias, Sliding how) {
        return conv("conv2d", 2, x, kernel, bias, how);
    }

    /**
     * {@return the convolution along three axes, [n, outputs, d', h', w']; see {@link #conv3d(Tensor, Tensor, Sliding)}}
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param kernel shape [outputs, channels, kd, kh, kw]
     * @throws ShapeException if ranks or channels do not fit, or the kernel is longer than x
     */
    public static Tensor conv3d(Tensor x, Tensor kernel) {
        return conv3d(x, kernel, Sliding.ONE);
    }

    /**
     * {@return the convolution along three axes: {@link #conv1d(Tensor, Tensor, Sliding)} with sums over all}
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param kernel shape [outputs, channels / groups, kd, kh, kw]
     * @param how stride, padding, dilation and groups
     * @throws ShapeException if ranks, channels or groups do not fit, or the kernel is longer than x with its padding
     */
    public static Tensor conv3d(Tensor x, Tensor kernel, Sliding how) {
        return conv("conv3d", 3, x, kernel, null, how);
    }

    /**
     * {@return {@link #conv3d(Tensor, Tensor, Sliding)} plus {@code bias[o]}}
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param kernel shape [outputs, channels / groups, kd, kh, kw]
     * @param bias shape [outputs]
     * @param how stride, padding, dilation and groups
     * @throws ShapeException if ranks, channels, groups or bias do not fit, or the kernel is longer than x with its padding
     */
    public static Tensor conv3d(Tensor x, Tensor kernel, Tensor bias, Sliding how) {
        return conv("conv3d", 3, x, kernel, bias, how);
    }

    /**
     * {@return the transposed convolution {@code y[n, o, i * stride + t * dilation - padding] += x[n, c, i] * kernel[c, o, t]}}
     *
     * <p>Shape [n, outputs, ..] of sizes {@code (size - 1) * stride - padding + (k - 1) * dilation + 1 + output padding}.
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param kernel shape [channels, outputs / groups, k]
     * @param how stride, padding (what is cut off at each end), dilation, groups and the output padding
     * @throws ShapeException if ranks, channels or groups do not fit, or a size would be negative
     */
    public static Tensor convTranspose1d(Tensor x, Tensor kernel, Sliding how) {
        return transposed("convTranspose1d", 1, x, kernel, null, how);
    }

    /**
     * {@return {@link #convTranspose1d(Tensor, Tensor, Sliding)} plus {@code bias[o]}}
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param kernel shape [channels, outputs / groups, k]
     * @param bias shape [outputs]
     * @param how stride, padding, dilation, groups and the output padding
     * @throws ShapeException if ranks, channels, groups or bias do not fit, or a size would be negative
     */
    public static Tensor convTranspose1d(Tensor x, Tensor kernel, Tensor bias, Sliding how) {
        return transposed("convTranspose1d", 1, x, kernel, bias, how);
    }

    /**
     * {@return the transposed convolution along two axes: {@link #convTranspose1d(Tensor, Tensor, Sliding)} with sums over all}
     *
     * <p>Shape [n, outputs, ..] of sizes {@code (size - 1) * stride - padding + (k - 1) * dilation + 1 + output padding}.
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param kernel shape [channels, outputs / groups, kh, kw]
     * @param how stride, padding (what is cut off at each end), dilation, groups and the output padding
     * @throws ShapeException if ranks, channels or groups do not fit, or a size would be negative
     */
    public static Tensor convTranspose2d(Tensor x, Tensor kernel, Sliding how) {
        return transposed("convTranspose2d", 2, x, kernel, null, how);
    }

    /**
     * {@return {@link #convTranspose2d(Tensor, Tensor, Sliding)} plus {@code bias[o]}}
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param kernel shape [channels, outputs / groups, kh, kw]
     * @param bias shape [outputs]
     * @param how stride, padding, dilation, groups and the output padding
     * @throws ShapeException if ranks, channels, groups or bias do not fit, or a size would be negative
     */
    public static Tensor convTranspose2d(Tensor x, Tensor kernel, Tensor bias, Sliding how) {
        return transposed("convTranspose2d", 2, x, kernel, bias, how);
    }

    /**
     * {@return the transposed convolution along three axes: {@link #convTranspose1d(Tensor, Tensor, Sliding)} with sums over all}
     *
     * <p>Shape [n, outputs, ..] of sizes {@code (size - 1) * stride - padding + (k - 1) * dilation + 1 + output padding}.
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param kernel shape [channels, outputs / groups, kd, kh, kw]
     * @param how stride, padding (what is cut off at each end), dilation, groups and the output padding
     * @throws ShapeException if ranks, channels or groups do not fit, or a size would be negative
     */
    public static Tensor convTranspose3d(Tensor x, Tensor kernel, Sliding how) {
        return transposed("convTranspose3d", 3, x, kernel, null, how);
    }

    /**
     * {@return {@link #convTranspose3d(Tensor, Tensor, Sliding)} plus {@code bias[o]}}
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param kernel shape [channels, outputs / groups, kd, kh, kw]
     * @param bias shape [outputs]
     * @param how stride, padding, dilation, groups and the output padding
     * @throws ShapeException if ranks, channels, groups or bias do not fit, or a size would be negative
     */
    public static Tensor convTranspose3d(Tensor x, Tensor kernel, Tensor bias, Sliding how) {
        return transposed("convTranspose3d", 3, x, kernel, bias, how);
    }

    /** For any number of axes; the bias may be null. */
    private static Tensor conv(String operation, int rank, Tensor x, Tensor kernel, Tensor bias, Sliding how) {
        checkOperands(operation, rank, x, kernel, bias);
        checkBias(operation, bias, kernel.shape().at(0), kernel);
        long groups = how.groups;
        long channels = x.shape().at(-rank - 1);
        if (kernel.shape().at(0) % groups != 0) {
            throw new ShapeException(operation + ": " + groups + " groups do not divide the "
                    + kernel.shape().at(0) + " outputs of kernel " + kernel.shape());
        }
        if (channels != groups * kernel.shape().at(1)) {
            throw new ShapeException(operation + ": x " + x.shape() + " has " + channels + " channels, kernel "
                    + kernel.shape() + " takes " + kernel.shape().at(1) + " in each of " + groups
                    + " groups; the kernel's second size must be channels / groups");
        }
        List<Axis> axes = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            axes.add(axis(operation, x, kernel, how, rank, i));
        }
        ConvolutionPlan plan =
                new ConvolutionPlan(groups, kernel.shape().at(1), kernel.shape().at(0) / groups, axes);
        return batched(rank, x, images -> ConvolutionSteps.forward(operation, plan, images, kernel, bias));
    }

    private static Axis axis(String operation, Tensor x, Tensor kernel, Sliding how, int rank, int i) {
        long n = x.shape().at(i - rank);
        long k = kernel.shape().at(i - rank);
        long stride = Sliding.at(operation, "stride", how.stride, rank, i, 1);
        long dilation = Sliding.at(operation, "dilation", how.dilation, rank, i, 1);
        long before = Sliding.at(operation, "padding", how.before, rank, i, 0);
        long after = Sliding.at(operation, "padding", how.after, rank, i, 0);
        long reach = k == 0 ? 0 : (k - 1) * dilation + 1;
        if (how.same) {
            if (stride != 1) {
                throw new ShapeException(
                        operation + ": same() needs a stride of 1, got " + stride + "; give the padding in numbers");
            }
            before = Math.max(0, reach - 1) / 2;
            after = Math.max(0, reach - 1) - before;
        }
        if (k == 0 || reach > n + before + after) {
            throw new ShapeException(operation + ": kernel " + kernel.shape() + " reaches over " + reach
                    + " elements (dilation " + dilation + ") on axis " + (i - rank) + ", where x " + x.shape() + " has "
                    + n + " and padding " + before + " + " + after
                    + "; expected at least 1 and no more than these together");
        }
        return new Axis(n, k, stride, before, dilation, (n + before + after - reach) / stride + 1);
    }

    /** For any number of axes; the bias may be null. It is the adjoint of the convolution from y to x. */
    private static Tensor transposed(String operation, int rank, Tensor x, Tensor kernel, Tensor bias, Sliding how) {
        checkOperands(operation, rank, x, kernel, bias);
        long groups = how.groups;
        long channels = x.shape().at(-rank - 1);
        checkBias(operation, bias, kernel.shape().at(1) * groups, kernel);
        if (channels != kernel.shape().at(0) || channels % groups != 0) {
            throw new ShapeException(operation + ": x " + x.shape() + " has " + channels + " channels, kernel "
                    + kernel.shape() + " takes " + kernel.shape().at(0) + ", in " + groups
                    + " groups; the kernel's first size must be the channels, and the groups divide them");
        }
        List<Axis> axes = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            axes.add(transposedAxis(operation, x, kernel, how, rank, i));
        }
        ConvolutionPlan plan = new ConvolutionPlan(groups, kernel.shape().at(1), channels / groups, axes);
        return batched(rank, x, images -> {
            Tensor y = ConvolutionSteps.adjoint(operation, plan, images, kernel);
            return bias == null ? y : ConvolutionSteps.plus(y, bias);
        });
    }

    private static Axis transposedAxis(String operation, Tensor x, Tensor kernel, Sliding how, int rank, int i) {
        long size = x.shape().at(i - rank);
        long k = kernel.shape().at(i - rank);
        long stride = Sliding.at(operation, "stride", how.stride, rank, i, 1);
        long dilation = Sliding.at(operation, "dilation", how.dilation, rank, i, 1);
        long before = Sliding.at(operation, "padding", how.before, rank, i, 0);
        long after = Sliding.at(operation, "padding", how.after, rank, i, 0);
        long extra = Sliding.at(operation, "output padding", how.outputPadding, rank, i, 0);
        if (how.same) {
            throw new ShapeException(operation + ": same() is for convolutions; give the padding in numbers");
        }
        if (extra >= Math.max(stride, dilation) && extra > 0) {
            throw new ShapeException(operation + ": output padding " + extra + " on axis " + (i - rank)
                    + " must be less than stride " + stride + " or dilation " + dilation);
        }
        if (size == 0 || k == 0) {
            return new Axis(0, k, stride, before, dilation, size);
        }
        if (size - 1 > (Long.MAX_VALUE - k * dilation - extra) / stride) {
            throw new ShapeException(operation + ": stride " + stride + " on axis " + (i - rank) + " of shapes "
                    + x.shape() + " and " + kernel.shape() + " gives a size of more than 2^63-1");
        }
        long n = (size - 1) * stride - before - after + (k - 1) * dilation + 1 + extra;
        if (n < 0) {
            throw new ShapeException(operation + ": padding " + before + " + " + after + " on axis " + (i - rank)
                    + " of shapes " + x.shape() + " and " + kernel.shape() + " gives a size of " + n
                    + "; cut off less");
        }
        return new Axis(n, k, stride, before, dilation, size);
    }

    private static void checkOperands(String operation, int rank, Tensor x, Tensor kernel, Tensor bias) {
        Tensor[] operands = bias == null ? new Tensor[] {x, kernel} : new Tensor[] {x, kernel, bias};
        Operands.sameDevice(operation, operands);
        if (!Operands.sameDType(operation, operands).isNumber()) {
            throw new DTypeException(operation + ": " + x.dtype()
                    + " has no sums of products; convert the operands with" + " to(DType.FLOAT32)");
        }
        if (x.rank() < rank + 1 || x.rank() > rank + 2 || kernel.rank() != rank + 2) {
            throw new ShapeException(
                    operation + ": x " + x.shape() + " and kernel " + kernel.shape() + "; expected [" + "n, channels"
                            + ", size".repeat(rank) + "] (n may be missing) and a kernel of rank " + (rank + 2));
        }
    }

    private static void checkBias(String operation, Tensor bias, long outputs, Tensor kernel) {
        if (bias != null && !bias.shape().equals(Shape.of(outputs))) {
            throw new ShapeException(operation + ": bias " + bias.shape() + " for kernel " + kernel.shape()
                    + "; expected [" + outputs + "]");
        }
    }

    /** Gives an image a batch of its own for the operation. */
    private static Tensor batched(int rank, Tensor x, UnaryOperator<Tensor> convolution) {
        if (x.rank() == rank + 2) {
            return convolution.apply(x);
        }
        try (TensorScope scope = x.device().openScope()) {
            return scope.keep(convolution.apply(x.unsqueeze(0)).squeeze(0));
        }
    }
}
