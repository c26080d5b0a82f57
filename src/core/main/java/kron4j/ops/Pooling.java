package kron4j.ops;

import java.util.List;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.plan.WindowPlan;

/**
 * Maxima, means and norms of windows over the last one to three axes of images [n, channels, axes..], as PyTorch's
 * ({@code torch.nn.functional.max_pool2d}).
 *
 * <pre>{@code
 * Tensor x = Random.normal(1, DType.FLOAT32, 32, 16, 28, 28);
 * Tensor y = Pooling.maxPool2d(x, 2);                                                     // [32,16,14,14]
 * Tensor z = Pooling.avgPool2d(x, new int[] {3}, Sliding.by(2).padding(1));               // [32,16,14,14]
 * Tensor one = Pooling.adaptiveAvgPool2d(x, 1);                                           // [32,16,1,1]
 * }</pre>
 *
 * <p>Operands: floating, any strides; without the first axis of x the result has none either. Results: new row-major tensors in the current scope. A window
 * is one size for all axes or one for each, and steps by its own size unless a {@link Sliding} says otherwise; padding is at most half of it. With
 * {@link Sliding#ceil()} the last window may reach beyond the end if it begins before it. NaN makes the windows that hold it NaN.
 *
 * <p>Gradients to any order (of maxima to the element that was taken, the first of equal ones), without atomics: the same bits in every run. Sync: none; a
 * {@link kron4j.DeviceGraph} records them. Cost: the elements of all windows are read once; no workspace, except that halves are computed in float32.
 */
public final class Pooling {
    private Pooling() {}

    /**
     * The results of {@link #maxPool}.
     *
     * @param values the largest elements
     * @param indices int64: their row-major places among the elements of their channel
     */
    public record Maxima(Tensor values, Tensor indices) {}

    /**
     * {@return the largest element of each window along one axis, one window beside the other}
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param window its size, or one for each axis
     * @throws ShapeException if the rank does not fit, or a window is larger than x
     */
    public static Tensor maxPool1d(Tensor x, int... window) {
        return maxPool1d(x, window, null);
    }

    /**
     * {@return the largest element of each window along one axis}
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param window its size, or one for each axis
     * @param how stride, padding, dilation and whether windows reach beyond the end
     * @throws ShapeException if the rank does not fit, a window is larger than x, or the padding than half of it
     */
    public static Tensor maxPool1d(Tensor x, int[] window, Sliding how) {
        return max("maxPool1d", 1, x, window, how).values();
    }

    /**
     * {@return the mean of each window along one axis, one window beside the other}
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param window its size, or one for each axis
     * @throws ShapeException if the rank does not fit, or a window is larger than x
     */
    public static Tensor avgPool1d(Tensor x, int... window) {
        return avgPool1d(x, window, null);
    }

    /**
     * {@return the mean of each window along one axis} The zeros around x count in the mean.
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param window its size, or one for each axis
     * @param how stride, padding and whether windows reach beyond the end
     * @throws ShapeException if the rank does not fit, a window is larger than x, or the padding than half of it
     */
    public static Tensor avgPool1d(Tensor x, int[] window, Sliding how) {
        return mean("avgPool1d", 1, x, window, how, true);
    }

    /**
     * {@return the means of parts that make up one axis: part i of m of n elements has those from floor(i n / m) to ceil((i + 1) n / m)}
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param sizes number of parts of all axes, or of each
     * @throws ShapeException if the rank does not fit, or an axis has no element
     */
    public static Tensor adaptiveAvgPool1d(Tensor x, int... sizes) {
        return adaptiveMean("adaptiveAvgPool1d", 1, x, sizes);
    }

    /**
     * {@return the largest elements of the parts of {@link #adaptiveAvgPool1d}}
     *
     * @param x shape [n, channels, l], or [channels, l]
     * @param sizes number of parts of all axes, or of each
     * @throws ShapeException if the rank does not fit, or an axis has no element
     */
    public static Tensor adaptiveMaxPool1d(Tensor x, int... sizes) {
        return adaptiveMax("adaptiveMaxPool1d", 1, x, sizes).values();
    }

    /**
     * {@return the largest element of each window along two axes, one window beside the other}
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param window its size, or one for each axis
     * @throws ShapeException if the rank does not fit, or a window is larger than x
     */
    public static Tensor maxPool2d(Tensor x, int... window) {
        return maxPool2d(x, window, null);
    }

    /**
     * {@return the largest element of each window along two axes}
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param window its size, or one for each axis
     * @param how stride, padding, dilation and whether windows reach beyond the end
     * @throws ShapeException if the rank does not fit, a window is larger than x, or the padding than half of it
     */
    public static Tensor maxPool2d(Tensor x, int[] window, Sliding how) {
        return max("maxPool2d", 2, x, window, how).values();
    }

    /**
     * {@return the mean of each window along two axes, one window beside the other}
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param window its size, or one for each axis
     * @throws ShapeException if the rank does not fit, or a window is larger than x
     */
    public static Tensor avgPool2d(Tensor x, int... window) {
        return avgPool2d(x, window, null);
    }

    /**
     * {@return the mean of each window along two axes} The zeros around x count in the mean.
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param window its size, or one for each axis
     * @param how stride, padding and whether windows reach beyond the end
     * @throws ShapeException if the rank does not fit, a window is larger than x, or the padding than half of it
     */
    public static Tensor avgPool2d(Tensor x, int[] window, Sliding how) {
        return mean("avgPool2d", 2, x, window, how, true);
    }

    /**
     * {@return the means of parts that make up two axes: part i of m of n elements has those from floor(i n / m) to ceil((i + 1) n / m)}
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param sizes number of parts of all axes, or of each
     * @throws ShapeException if the rank does not fit, or an axis has no element
     */
    public static Tensor adaptiveAvgPool2d(Tensor x, int... sizes) {
        return adaptiveMean("adaptiveAvgPool2d", 2, x, sizes);
    }

    /**
     * {@return the largest elements of the parts of {@link #adaptiveAvgPool2d}}
     *
     * @param x shape [n, channels, h, w], or [channels, h, w]
     * @param sizes number of parts of all axes, or of each
     * @throws ShapeException if the rank does not fit, or an axis has no element
     */
    public static Tensor adaptiveMaxPool2d(Tensor x, int... sizes) {
        return adaptiveMax("adaptiveMaxPool2d", 2, x, sizes).values();
    }

    /**
     * {@return the largest element of each window along three axes, one window beside the other}
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param window its size, or one for each axis
     * @throws ShapeException if the rank does not fit, or a window is larger than x
     */
    public static Tensor maxPool3d(Tensor x, int... window) {
        return maxPool3d(x, window, null);
    }

    /**
     * {@return the largest element of each window along three axes}
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param window its size, or one for each axis
     * @param how stride, padding, dilation and whether windows reach beyond the end
     * @throws ShapeException if the rank does not fit, a window is larger than x, or the padding than half of it
     */
    public static Tensor maxPool3d(Tensor x, int[] window, Sliding how) {
        return max("maxPool3d", 3, x, window, how).values();
    }

    /**
     * {@return the mean of each window along three axes, one window beside the other}
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param window its size, or one for each axis
     * @throws ShapeException if the rank does not fit, or a window is larger than x
     */
    public static Tensor avgPool3d(Tensor x, int... window) {
        return avgPool3d(x, window, null);
    }

    /**
     * {@return the mean of each window along three axes} The zeros around x count in the mean.
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param window its size, or one for each axis
     * @param how stride, padding and whether windows reach beyond the end
     * @throws ShapeException if the rank does not fit, a window is larger than x, or the padding than half of it
     */
    public static Tensor avgPool3d(Tensor x, int[] window, Sliding how) {
        return mean("avgPool3d", 3, x, window, how, true);
    }

    /**
     * {@return the means of parts that make up three axes: part i of m of n elements has those from floor(i n / m) to ceil((i + 1) n / m)}
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param sizes number of parts of all axes, or of each
     * @throws ShapeException if the rank does not fit, or an axis has no element
     */
    public static Tensor adaptiveAvgPool3d(Tensor x, int... sizes) {
        return adaptiveMean("adaptiveAvgPool3d", 3, x, sizes);
    }

    /**
     * {@return the largest elements of the parts of {@link #adaptiveAvgPool3d}}
     *
     * @param x shape [n, channels, d, h, w], or [channels, d, h, w]
     * @param sizes number of parts of all axes, or of each
     * @throws ShapeException if the rank does not fit, or an axis has no element
     */
    public static Tensor adaptiveMaxPool3d(Tensor x, int... sizes) {
        return adaptiveMax("adaptiveMaxPool3d", 3, x, sizes).values();
    }

    /**
     * {@return the largest element of each window, with its place; the window has a size for each axis ({@code return_indices})}
     *
     * @param x shape [n, channels, axes..], or [channels, axes..]
     * @param window one to three sizes
     * @param how stride, padding, dilation and whether windows reach beyond the end
     * @throws ShapeException if the rank does not fit, a window is larger than x, or the padding than half of it
     */
    public static Maxima maxPool(Tensor x, int[] window, Sliding how) {
        return max("maxPool", rank("maxPool", window), x, window, how);
    }

    /**
     * {@return the largest element of each part of {@link #adaptiveAvgPool2d}, with its place; a number for each axis}
     *
     * @param x shape [n, channels, axes..], or [channels, axes..]
     * @param sizes one to three numbers of parts
     * @throws ShapeException if the rank does not fit, or an axis has no element
     */
    public static Maxima adaptiveMaxPool(Tensor x, int... sizes) {
        return adaptiveMax("adaptiveMaxPool", rank("adaptiveMaxPool", sizes), x, sizes);
    }

    /**
     * {@return the mean of each window; the window has a size for each axis ({@code count_include_pad})}
     *
     * @param x shape [n, channels, axes..], or [channels, axes..]
     * @param window one to three sizes
     * @param how stride, padding and whether windows reach beyond the end
     * @param countPadding whether the zeros around x count in the mean
     * @throws ShapeException if the rank does not fit, a window is larger than x, or the padding than half of it
     */
    public static Tensor avgPool(Tensor x, int[] window, Sliding how, boolean countPadding) {
        return mean("avgPool", rank("avgPool", window), x, window, how, countPadding);
    }

    /**
     * {@return {@code (sum |x|^p)^(1/p)} over each window; the window has a size for each axis ({@code lp_pool2d}, for x of at least 0)} Gradient: 0 where
     * the norm is 0. A window that reaches beyond the end is the norm of what it holds; PyTorch scales that up.
     *
     * @param x shape [n, channels, axes..], or [channels, axes..]
     * @param p positive and finite; infinity is {@link #maxPool2d} of |x|
     * @param window one to three sizes
     * @param how stride and whether windows reach beyond the end
     * @throws ShapeException if the rank does not fit, or a window is larger than x
     */
    public static Tensor lpPool(Tensor x, double p, int[] window, Sliding how) {
        if (!(p > 0) || Double.isInfinite(p)) {
            throw new TensorException("lpPool: p is " + p + " for x " + x.shape() + "; need a positive, finite number");
        }
        int rank = rank("lpPool", window);
        undilated("lpPool", how);
        WindowPlan plan = PoolingSteps.sliding("lpPool", rank, x, window, how).plan();
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(t -> lpPool(t[0], p, window, how), x);
        }
        return PoolingSteps.inForm(rank, x, t -> List.of(PoolingSteps.norms("lpPool", plan, t, p)))
                .get(0);
    }

    private static int rank(String operation, int... sizes) {
        if (sizes.length < 1 || sizes.length > WindowPlan.RANK) {
            throw new ShapeException(
                    operation + ": " + sizes.length + " sizes; give one for each of the last one to three axes");
        }
        return sizes.length;
    }

    private static Maxima max(String operation, int rank, Tensor x, int[] window, Sliding how) {
        WindowPlan plan = PoolingSteps.sliding(operation, rank, x, window, how).plan();
        List<Tensor> both = PoolingSteps.inForm(rank, x, t -> PoolingSteps.maxima(operation, plan, t));
        return new Maxima(both.get(0), both.get(1));
    }

    private static Maxima adaptiveMax(String operation, int rank, Tensor x, int... sizes) {
        WindowPlan plan = PoolingSteps.adaptive(operation, rank, x, sizes);
        List<Tensor> both = PoolingSteps.inForm(rank, x, t -> PoolingSteps.maxima(operation, plan, t));
        return new Maxima(both.get(0), both.get(1));
    }

    private static void undilated(String operation, Sliding how) {
        for (int i = 0; how != null && i < how.dilation.length; i++) {
            if (how.dilation[i] != 1) {
                throw new ShapeException(
                        operation + ": dilation " + how.dilation[i] + "; only maxima have dilated windows");
            }
        }
    }

    private static Tensor mean(String operation, int rank, Tensor x, int[] window, Sliding how, boolean countPadding) {
        undilated(operation, how);
        PoolingSteps.Windows windows = PoolingSteps.sliding(operation, rank, x, window, how);
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(t -> mean(operation, rank, t[0], window, how, countPadding), x);
        }
        boolean all = windows.whole() || (countPadding && windows.paddedWhole());
        return PoolingSteps.inForm(rank, x, t -> {
                    Tensor counts = all
                            ? Tensor.full(t.dtype(), windows.taps())
                            : PoolingSteps.counts(countPadding ? windows.padded() : windows.plan(), t.dtype());
                    return List.of(PoolingSteps.means(operation, windows.plan(), t, counts));
                })
                .get(0);
    }

    private static Tensor adaptiveMean(String operation, int rank, Tensor x, int... sizes) {
        WindowPlan plan = PoolingSteps.adaptive(operation, rank, x, sizes);
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(t -> adaptiveMean(operation, rank, t[0], sizes), x);
        }
        boolean whole = plan.axes().stream().allMatch(axis -> axis.out() == 1);
        return PoolingSteps.inForm(rank, x, t -> {
                    if (whole) {
                        return List.of(Reduce.mean(t, true, 2, 3, 4));
                    }
                    Tensor counts = PoolingSteps.counts(plan, t.dtype());
                    return List.of(PoolingSteps.means(operation, plan, t, counts));
                })
                .get(0);
    }
}
