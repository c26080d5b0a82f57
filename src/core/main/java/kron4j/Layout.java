package kron4j;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The places of a tensor's elements in its storage: element (i0, i1, ...) is at
 * {@code offset + i0*strides[0] + i1*strides[1] + ...}, all counted in elements. Strides may be 0 (broadcast) or
 * negative. Immutable; the view algebra below computes with these integers only and touches no data.
 */
public final class Layout {
    private final Shape shape;
    private final long[] strides;
    private final long offset;

    private Layout(Shape shape, long[] strides, long offset) {
        this.shape = shape;
        this.strides = strides;
        this.offset = offset;
    }

    /**
     * {@return the layout with these strides}
     *
     * @param shape the sizes
     * @param strides one per axis, in elements; copied
     * @param offset the position of element (0, 0, ...), in elements
     * @throws ShapeException if the number of strides is not the rank
     */
    public static Layout of(Shape shape, long[] strides, long offset) {
        if (strides.length != shape.rank()) {
            throw new ShapeException("layout: " + strides.length + " strides for shape " + shape);
        }
        return new Layout(shape, strides.clone(), offset);
    }

    /**
     * {@return the row-major layout from offset 0}
     *
     * @param shape the sizes
     */
    public static Layout contiguous(Shape shape) {
        return new Layout(shape, rowMajor(shape), 0);
    }

    private static long[] rowMajor(Shape shape) {
        long[] strides = new long[shape.rank()];
        long step = 1;
        for (int i = strides.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= Math.max(shape.dim(i), 1);
        }
        return strides;
    }

    /** {@return the sizes of the axes} */
    public Shape shape() {
        return shape;
    }

    /** {@return the number of axes} */
    public int rank() {
        return strides.length;
    }

    /** {@return the number of elements, which may be more than the storage has} */
    public long size() {
        return shape.size();
    }

    /**
     * {@return the distance, in elements, between neighbours along an axis}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     */
    public long stride(int axis) {
        return strides[shape.axis(axis)];
    }

    /** {@return a copy of the strides, in elements} */
    public long[] strides() {
        return strides.clone();
    }

    /** {@return the position of element (0, 0, ...) in the storage, in elements} */
    public long offset() {
        return offset;
    }

    /** {@return whether the elements lie row-major, one right after the other} Axes of size 1 do not matter. */
    public boolean isContiguous() {
        if (shape.size() == 0) {
            return true;
        }
        long step = 1;
        for (int i = strides.length - 1; i >= 0; i--) {
            long d = shape.dim(i);
            if (d != 1 && strides[i] != step) {
                return false;
            }
            step *= d;
        }
        return true;
    }

    /** {@return the highest storage index of an element; {@link #offset} if there is none} */
    public long highest() {
        long high = offset;
        for (int i = 0; i < strides.length && shape.size() > 0; i++) {
            high += Math.max(0, (shape.at(i) - 1) * strides[i]);
        }
        return high;
    }

    /** {@return the lowest storage index of an element; {@link #offset} if there is none} */
    public long lowest() {
        long low = offset;
        for (int i = 0; i < strides.length && shape.size() > 0; i++) {
            low += Math.min(0, (shape.at(i) - 1) * strides[i]);
        }
        return low;
    }

    /** {@return whether two elements lie in one place, as in an expanded axis or in overlapping windows} */
    public boolean overlapsItself() {
        if (isContiguous()) {
            return false;
        }
        int[] axes = IntStream.range(0, rank())
                .filter(i -> shape.at(i) > 1)
                .boxed()
                .sorted(Comparator.comparingLong(i -> Math.abs(strides[i])))
                .mapToInt(i -> i)
                .toArray();
        return shape.size() > 1 && (strides[axes[0]] == 0 || meets(axes, axes.length - 1, 0, false));
    }

    /**
     * Tells whether moving along the axes up to {@code last}, in the order of their strides, can bring one element to
     * another at a {@code distance}. The longest stride comes first: the reach of all shorter ones bounds how often it
     * fits, which is seldom more than once.
     */
    private boolean meets(int[] axes, int last, long distance, boolean moved) {
        if (last < 0) {
            return moved && distance == 0;
        }
        long reach = 0;
        for (int i = 0; i < last; i++) {
            reach += (shape.at(axes[i]) - 1) * Math.abs(strides[axes[i]]);
        }
        long step = Math.abs(strides[axes[last]]);
        long most = shape.at(axes[last]) - 1;
        long from = Math.max(moved ? -most : 0, -Math.floorDiv(reach - distance, step));
        long to = Math.min(most, Math.floorDiv(distance + reach, step));
        for (long i = from; i <= to; i++) {
            if (meets(axes, last - 1, distance - i * step, moved || i != 0)) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@return whether all elements lie in a storage of this size}
     *
     * @param size the number of elements in the storage
     */
    public boolean isWithin(long size) {
        if (isContiguous()) {
            return shape.size() == 0 || (offset >= 0 && offset <= size - shape.size());
        }
        try {
            long low = offset;
            long high = offset;
            for (int i = 0; i < strides.length && shape.size() > 0; i++) {
                long span = Math.multiplyExact(shape.at(i) - 1, strides[i]);
                low = Math.addExact(low, Math.min(0, span));
                high = Math.addExact(high, Math.max(0, span));
            }
            return shape.size() == 0 || (low >= 0 && high < size);
        } catch (ArithmeticException e) {
            return false;
        }
    }

    Layout requireWithin(long size) {
        if (!isWithin(size)) {
            throw new ShapeException("viewAs: layout " + this + " exceeds the storage of " + size + " elements");
        }
        return this;
    }

    /**
     * {@return the layout whose axis i is axis {@code axes[i]} of this one}
     *
     * @param axes a permutation of all axes; negative ones count from the end
     * @throws ShapeException if an axis is missing, repeated or out of range
     */
    public Layout permute(int... axes) {
        if (axes.length != rank()) {
            throw new ShapeException("permute: " + axes.length + " axes " + Arrays.toString(axes) + " for shape "
                    + shape + " of rank " + rank());
        }
        long[] d = new long[axes.length];
        long[] s = new long[axes.length];
        boolean[] seen = new boolean[axes.length];
        for (int i = 0; i < axes.length; i++) {
            int from = shape.axis("permute", axes[i]);
            if (seen[from]) {
                throw new ShapeException(
                        "permute: axis " + from + " appears twice in " + Arrays.toString(axes) + " for shape " + shape);
            }
            seen[from] = true;
            d[i] = shape.at(from);
            s[i] = strides[from];
        }
        return new Layout(Shape.of(d), s, offset);
    }

    /**
     * {@return this layout with two axes exchanged}
     *
     * @param axis0 one axis; negative ones count from the end
     * @param axis1 the other axis
     */
    public Layout transpose(int axis0, int axis1) {
        int[] axes = identity();
        int a = shape.axis("transpose", axis0);
        int b = shape.axis("transpose", axis1);
        axes[a] = b;
        axes[b] = a;
        return permute(axes);
    }

    /** {@return this layout with its axes in reverse order} */
    public Layout reverse() {
        int[] axes = identity();
        for (int i = 0; i < axes.length; i++) {
            axes[i] = axes.length - 1 - i;
        }
        return permute(axes);
    }

    private int[] identity() {
        int[] axes = new int[rank()];
        Arrays.setAll(axes, i -> i);
        return axes;
    }

    /**
     * {@return NumPy's {@code [start:stop:step]} on one axis}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @param start the first index; negative ones count from the end, then clamped
     * @param stop the index before which to end; negative ones count from the end, then clamped
     * @param step not 0; a negative one goes backwards
     * @throws ShapeException if the step is 0 or there is no such axis
     */
    public Layout slice(int axis, long start, long stop, long step) {
        int a = shape.axis("slice", axis);
        if (step == 0) {
            throw new ShapeException("slice: step is 0 on axis " + axis + " of shape " + shape);
        }
        long n = shape.at(a);
        long low = step > 0 ? 0 : -1;
        long high = step > 0 ? n : n - 1;
        long first = Math.max(low, Math.min(high, start < 0 ? start + n : start));
        long last = Math.max(low, Math.min(high, stop < 0 ? stop + n : stop));
        long distance = step > 0 ? last - first : first - last;
        long width = step == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(step);
        long count = distance <= 0 ? 0 : (distance - 1) / width + 1;
        long[] s = strides.clone();
        s[a] = count > 1 ? Math.multiplyExact(strides[a], step) : strides[a];
        return new Layout(shape.with(a, count), s, count == 0 ? offset : offset + first * strides[a]);
    }

    /**
     * {@return the layout at one index of an axis, without that axis}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @param index in [-n, n) for an axis of size n
     * @throws ShapeException if the axis or the index is out of range
     */
    public Layout select(int axis, long index) {
        int a = shape.axis("select", axis);
        long n = shape.at(a);
        if (index < -n || index >= n) {
            throw new ShapeException(
                    "select: index " + index + " is out of range for axis " + axis + " of shape " + shape);
        }
        long i = index < 0 ? index + n : index;
        return new Layout(shape.with(a, 1), strides, offset + i * strides[a]).squeeze(a);
    }

    /**
     * {@return the layout at leading indices, without those axes}
     *
     * @param indices one for each of the first axes
     */
    Layout get(long... indices) {
        if (indices.length > rank()) {
            throw new ShapeException("get: " + indices.length + " indices " + Arrays.toString(indices) + " for shape "
                    + shape + " of rank " + rank() + "; give at most one for each axis");
        }
        Layout at = this;
        for (long index : indices) {
            at = at.select(0, index);
        }
        return at;
    }

    /**
     * {@return this layout broadcast to a shape by NumPy's rule; new axes have stride 0}
     *
     * @param target right-aligned with this shape, the sizes equal to this one's or expanding a 1
     * @throws ShapeException if this shape does not broadcast to it
     */
    public Layout expand(Shape target) {
        if (target.equals(shape)) {
            return this;
        }
        int shift = target.rank() - rank();
        boolean fits = shift >= 0;
        long[] s = new long[Math.max(target.rank(), 0)];
        for (int i = 0; fits && i < rank(); i++) {
            long d = shape.at(i);
            fits = d == target.at(i + shift) || d == 1;
            s[i + shift] = d == target.at(i + shift) ? strides[i] : 0;
        }
        if (!fits) {
            throw new ShapeException("expand: shape " + shape + " does not broadcast to " + target
                    + ": right-aligned sizes must be equal or 1");
        }
        return new Layout(target, s, offset);
    }

    /**
     * {@return this layout without an axis of size 1}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis has another size
     */
    public Layout squeeze(int axis) {
        int a = shape.axis("squeeze", axis);
        if (shape.at(a) != 1) {
            throw new ShapeException(
                    "squeeze: axis " + axis + " of shape " + shape + " has size " + shape.at(a) + ", not 1");
        }
        long[] s = new long[rank() - 1];
        System.arraycopy(strides, 0, s, 0, a);
        System.arraycopy(strides, a + 1, s, a, s.length - a);
        return new Layout(shape.slice(0, a).concat(shape.slice(a + 1, rank())), s, offset);
    }

    /**
     * {@return this layout with a new axis of size 1}
     *
     * @param axis the axis before which it goes, in [-rank-1, rank]
     * @throws ShapeException if the axis is out of range
     */
    public Layout unsqueeze(int axis) {
        if (axis < -rank() - 1 || axis > rank()) {
            throw new ShapeException(
                    "unsqueeze: axis " + axis + " is out of range for shape " + shape + " of rank " + rank());
        }
        int a = axis < 0 ? axis + rank() + 1 : axis;
        long[] s = new long[rank() + 1];
        System.arraycopy(strides, 0, s, 0, a);
        s[a] = a < rank() ? strides[a] * Math.max(shape.at(a), 1) : 1;
        System.arraycopy(strides, a, s, a + 1, rank() - a);
        return new Layout(shape.slice(0, a).concat(Shape.of(1)).concat(shape.slice(a, rank())), s, offset);
    }

    /**
     * {@return the layout of complex elements whose parts are the last axis: the reverse of {@link #pairs}}
     *
     * @throws ShapeException if the last axis is not of size 2 and stride 1, or another stride or the offset is odd
     */
    public Layout complex() {
        int last = rank() - 1;
        boolean fits = last >= 0 && shape.at(last) == 2 && strides[last] == 1 && offset % 2 == 0;
        long[] s = new long[Math.max(0, last)];
        for (int i = 0; i < last; i++) {
            fits &= strides[i] % 2 == 0 || shape.at(i) <= 1;
            s[i] = strides[i] / 2;
        }
        if (!fits) {
            throw new ShapeException("viewAsComplex: " + this + " does not end with pairs of neighbours; the last axis"
                    + " has size 2 and stride 1, other strides and the offset are even; take contiguous()");
        }
        return new Layout(shape.slice(0, last), s, offset / 2);
    }

    /** {@return the layout of the real and imaginary parts of complex elements, as a last axis of size 2} */
    public Layout pairs() {
        long[] s = new long[rank() + 1];
        for (int i = 0; i < rank(); i++) {
            s[i] = Math.multiplyExact(strides[i], 2);
        }
        s[rank()] = 1;
        return new Layout(shape.concat(Shape.of(2)), s, 2 * offset);
    }

    /**
     * {@return the layout of the elements with {@code i[axis0] == i[axis1] - k}} The two axes are removed and the
     * diagonal becomes the last axis, as in {@code numpy.diagonal}.
     *
     * @param k above the main diagonal if positive, below it if negative
     * @param axis0 one axis; negative ones count from the end
     * @param axis1 the other axis
     * @throws ShapeException if the axes are the same
     */
    public Layout diagonal(int k, int axis0, int axis1) {
        int a = shape.axis("diagonal", axis0);
        int b = shape.axis("diagonal", axis1);
        if (a == b) {
            throw new ShapeException(
                    "diagonal: axes " + axis0 + " and " + axis1 + " of shape " + shape + " are the same");
        }
        long rows = shape.at(a);
        long cols = shape.at(b);
        long count = Math.max(0, k >= 0 ? Math.min(rows, cols - k) : Math.min(rows + (long) k, cols));
        long first = count == 0 ? 0 : k >= 0 ? k * strides[b] : -(long) k * strides[a];
        Layout rest = new Layout(shape.with(a, 1).with(b, 1), strides, offset + first)
                .squeeze(Math.max(a, b))
                .squeeze(Math.min(a, b));
        long[] s = Arrays.copyOf(rest.strides, rest.rank() + 1);
        s[rest.rank()] = strides[a] + strides[b];
        return new Layout(rest.shape.concat(Shape.of(count)), s, rest.offset);
    }

    /**
     * {@return the layout of sliding windows along an axis} The axis of size n becomes (n - size) / step + 1 windows,
     * and the elements of a window become a new last axis, as in {@code torch.Tensor.unfold}.
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @param size of a window, in [0, n]
     * @param step the distance between the starts of windows, 1 or more
     * @throws ShapeException if size or step is out of range
     */
    public Layout unfold(int axis, long size, long step) {
        int a = shape.axis("unfold", axis);
        long n = shape.at(a);
        if (size < 0 || size > n || step < 1) {
            throw new ShapeException("unfold: windows of size " + size + " with step " + step + " on axis " + axis
                    + " of shape " + shape + ": need 0 <= size <= " + n + " and step >= 1");
        }
        long[] s = Arrays.copyOf(strides, rank() + 1);
        long windows = (n - size) / step + 1;
        s[a] = windows > 1 ? Math.multiplyExact(strides[a], step) : strides[a];
        s[rank()] = strides[a];
        return new Layout(shape.with(a, windows).concat(Shape.of(size)), s, offset);
    }

    /**
     * {@return the layout with the same elements in row-major order in another shape, or empty if that takes a copy}
     *
     * @param target as many elements
     * @throws ShapeException if the numbers of elements differ
     */
    public Optional<Layout> reshape(Shape target) {
        if (target.size() != shape.size()) {
            throw new ShapeException("reshape: shape " + shape + " has " + shape.size() + " elements, " + target
                    + " has " + target.size());
        }
        if (isContiguous()) {
            return Optional.of(new Layout(target, rowMajor(target), offset));
        }
        int[] axes = IntStream.range(0, rank()).filter(i -> shape.at(i) != 1).toArray();
        long[] s = new long[target.rank()];
        Arrays.fill(s, 1);
        int next = 0;
        int to = 0;
        while (to < s.length) {
            if (target.at(to) == 1) {
                to++;
                continue;
            }
            int firstAxis = next;
            int firstTo = to;
            long have = shape.at(axes[next++]);
            long want = target.at(to++);
            while (have != want) {
                if (have < want) {
                    have *= shape.at(axes[next++]);
                } else {
                    want *= target.at(to++);
                }
            }
            for (int i = firstAxis; i < next - 1; i++) {
                if (strides[axes[i]] != strides[axes[i + 1]] * shape.at(axes[i + 1])) {
                    return Optional.empty();
                }
            }
            long step = strides[axes[next - 1]];
            for (int i = to - 1; i >= firstTo; i--) {
                s[i] = step;
                step *= target.at(i);
            }
        }
        return Optional.of(new Layout(target, s, offset));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Layout l
                && shape.equals(l.shape)
                && Arrays.equals(strides, l.strides)
                && offset == l.offset;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * shape.hashCode() + Arrays.hashCode(strides)) + Long.hashCode(offset);
    }

    @Override
    public String toString() {
        return shape + " strides " + Arrays.toString(strides) + " offset " + offset;
    }
}
