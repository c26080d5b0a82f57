package kron4j.ops;

import java.util.Arrays;
import kron4j.ShapeException;

/**
 * How windows slide over the last axes of a tensor, for {@link Convolutions} and {@link Pooling}. Immutable.
 *
 * <pre>{@code
 * Sliding every = Sliding.ONE;                       // one element at a time, nothing around
 * Sliding second = Sliding.by(2).padding(1);         // every second element, one element around
 * Sliding each = Sliding.by(2, 1).padding(new int[] {0, 1}, new int[] {1, 1}).dilation(1, 3);
 * }</pre>
 *
 * <p>Each setting is one number for all axes or one for each, the first axis first.
 */
public final class Sliding {
    /** Windows that begin at every element, with nothing around the tensor. */
    public static final Sliding ONE = by(1);

    final int[] stride;
    final int[] before;
    final int[] after;
    final int[] dilation;
    final int[] outputPadding;
    final int groups;
    final boolean same;
    final boolean ceil;

    private Sliding(
            int[] stride,
            int[] before,
            int[] after,
            int[] dilation,
            int[] outputPadding,
            int groups,
            boolean same,
            boolean ceil) {
        this.stride = stride;
        this.before = before;
        this.after = after;
        this.dilation = dilation;
        this.outputPadding = outputPadding;
        this.groups = groups;
        this.same = same;
        this.ceil = ceil;
    }

    /**
     * {@return windows that begin at every {@code stride}-th element, with nothing around the tensor}
     *
     * @param stride 1 or more
     */
    public static Sliding by(int... stride) {
        int[] one = {1};
        int[] zero = {0};
        return new Sliding(stride.clone(), zero, zero, one, zero, 1, false, false);
    }

    /**
     * {@return the same with elements around the tensor: 0 for convolutions, ignored by maxima}
     *
     * @param padding number of elements at each end of an axis, 0 or more
     */
    public Sliding padding(int... padding) {
        return padding(padding, padding);
    }

    /**
     * {@return the same with elements around the tensor, more at one end of an axis than at the other}
     *
     * @param start number of elements before the first, 0 or more
     * @param end number of elements behind the last, 0 or more
     */
    public Sliding padding(int[] start, int[] end) {
        return new Sliding(stride, start.clone(), end.clone(), dilation, outputPadding, groups, false, ceil);
    }

    /**
     * {@return the same with as many elements around the tensor as a convolution's result needs to be of its size} An odd one goes to
     * the end; the stride is 1 ({@code padding="same"} in PyTorch).
     */
    public Sliding same() {
        return new Sliding(stride, before, after, dilation, outputPadding, groups, true, ceil);
    }

    /**
     * {@return the same with taps further apart}
     *
     * @param dilation the distance between neighbouring taps of a window, 1 or more
     */
    public Sliding dilation(int... dilation) {
        return new Sliding(stride, before, after, dilation.clone(), outputPadding, groups, same, ceil);
    }

    /**
     * {@return the same for a convolution of groups of channels, each with its own part of the kernel}
     *
     * @param groups divides the channels of input and output
     * @throws ShapeException if it is not positive
     */
    public Sliding groups(int groups) {
        if (groups < 1) {
            throw new ShapeException("Sliding: groups " + groups + "; must be at least 1");
        }
        return new Sliding(stride, before, after, dilation, outputPadding, groups, same, ceil);
    }

    /** {@return the number of groups of channels} */
    public int groups() {
        return groups;
    }

    /**
     * {@return the same with a larger result of transposed convolutions} Several sizes of x give one size of a convolution with strides; this says
     * which is meant.
     *
     * @param outputPadding elements added at the end of an axis, less than stride or dilation
     */
    public Sliding outputPadding(int... outputPadding) {
        return new Sliding(stride, before, after, dilation, outputPadding.clone(), groups, same, ceil);
    }

    /** {@return the same with pooling windows that reach beyond the end of an axis, if they begin before it} */
    public Sliding ceil() {
        return new Sliding(stride, before, after, dilation, outputPadding, groups, same, true);
    }

    /**
     * {@return the number of a setting for an axis}
     *
     * @throws ShapeException if there are neither one nor {@code rank} numbers, or it is less than {@code least}
     */
    static int at(String operation, String setting, int[] numbers, int rank, int axis, int least) {
        if (numbers.length != 1 && numbers.length != rank) {
            throw new ShapeException(operation + ": " + setting + " " + Arrays.toString(numbers) + " has "
                    + numbers.length + " numbers; give one, or one for each of " + rank + " axes");
        }
        int number = numbers[numbers.length == 1 ? 0 : axis];
        if (number < least) {
            throw new ShapeException(
                    operation + ": " + setting + " " + Arrays.toString(numbers) + " must be at least " + least);
        }
        return number;
    }
}
