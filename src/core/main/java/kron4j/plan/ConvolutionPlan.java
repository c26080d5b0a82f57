package kron4j.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import kron4j.Layout;
import kron4j.Shape;

/**
 * The integers of a convolution over any number of axes: {@code y[n, g, o, p] = sum over c, t of x[n, g, c, p * stride + t * dilation - before] *
 * w[g, o, c, t]}, where x is 0 outside itself. Its adjoints, of x and of w, have the same integers.
 *
 * @param groups number of groups g
 * @param inputs channels c of x in a group
 * @param outputs channels o of y in a group
 */
public record ConvolutionPlan(long groups, long inputs, long outputs, List<Axis> axes) {
    /**
     * One axis: {@code n} elements of x, {@code k} taps of w, {@code out} elements of y.
     *
     * @param before how far the first window begins before the first element; negative: after it
     */
    public record Axis(long n, long k, long stride, long before, long dilation, long out) {
        /** Elements from a window's first tap to its last. */
        public long reach() {
            return (k - 1) * dilation + 1;
        }

        /** Elements from the first of {@code windows} windows to the end of the last. */
        long span(long windows) {
            return (windows - 1) * stride + reach();
        }

        /** The first window, of those from {@code from} on, whose tap t lies in x. */
        public long first(long t, long from) {
            return Math.max(from, Math.floorDiv(before - t * dilation + stride - 1, stride));
        }

        /** The window after the last one, of those before {@code to}, whose tap t lies in x. */
        public long last(long t, long to) {
            return Math.min(to, Math.floorDiv(n - 1 + before - t * dilation, stride) + 1);
        }

        private Axis mirrored() {
            return new Axis(out, k, 1, reach() - 1 - before, dilation, n);
        }

        /** The elements of x whose place in a window leaves the remainder {@code rest} by the stride, as {@link Part}. */
        private Part part(long rest) {
            long divisor =
                    BigInteger.valueOf(stride).gcd(BigInteger.valueOf(dilation)).longValueExact();
            long step = stride / divisor;
            long tap = 0;
            while (tap < Math.min(k, step) && (tap * dilation - rest) % stride != 0) {
                tap++;
            }
            long taps = tap < Math.min(k, step) ? (k - 1 - tap) / step + 1 : 0;
            long window = -Math.floorDiv(rest - before, stride);
            long first = window * stride + rest - before;
            long count = first < n ? (n - 1 - first) / stride + 1 : 0;
            long start = (taps - 1) * (dilation / divisor) + tap * dilation / stride - window;
            return new Part(new Axis(out, taps, 1, start, dilation / divisor, count), tap, step, first);
        }
    }

    /**
     * Along an axis, every {@code stride}-th element of x from {@code first} on: the adjoint of x has there a convolution of y with every {@code step}-th tap
     * from {@code tap} on, in reverse order.
     */
    public record Part(Axis axis, long tap, long step, long first) {}

    /** The images and, along the first axis, the windows that are taken at a time. */
    public record Block(long images, long rows) {}

    public ConvolutionPlan {
        axes = List.copyOf(axes);
    }

    /** The plan of the adjoint, of x, as a convolution of y with the mirrored kernel; for strides of 1. */
    public ConvolutionPlan mirrored() {
        return new ConvolutionPlan(
                groups, outputs, inputs, axes.stream().map(Axis::mirrored).toList());
    }

    /** The parts of the adjoint of x: for each one its axes. */
    public List<List<Part>> parts() {
        List<List<Part>> parts = List.of(List.of());
        for (Axis axis : axes) {
            List<List<Part>> longer = new ArrayList<>();
            for (List<Part> part : parts) {
                for (long rest = 0; rest < axis.stride; rest++) {
                    List<Part> with = new ArrayList<>(part);
                    with.add(axis.part(rest));
                    longer.add(with);
                }
            }
            parts = longer;
        }
        return parts;
    }

    public boolean hasUnitStrides() {
        return axes.stream().allMatch(axis -> axis.stride == 1);
    }

    /** Whether each window is one element, and each element one window. */
    public boolean isPointwise() {
        return axes.stream()
                .allMatch(axis -> axis.k == 1 && axis.stride == 1 && axis.before == 0 && axis.out == axis.n);
    }

    /** Number of taps. */
    public long taps() {
        return product(Axis::k);
    }

    /** Number of windows in an image. */
    public long positions() {
        return product(Axis::out);
    }

    private long product(ToLongFunction<Axis> size) {
        return axes.stream().mapToLong(size).reduce(1, (x, y) -> x * y);
    }

    public Shape images(long count) {
        return shape(List.of(count, groups * inputs), Axis::n);
    }

    public Shape results(long count) {
        return shape(List.of(count, groups * outputs), Axis::out);
    }

    public Shape kernel() {
        return shape(List.of(groups * outputs, inputs), Axis::k);
    }

    private Shape shape(List<Long> leading, ToLongFunction<Axis> size) {
        long[] dims = new long[leading.size() + axes.size()];
        for (int i = 0; i < leading.size(); i++) {
            dims[i] = leading.get(i);
        }
        for (int i = 0; i < axes.size(); i++) {
            dims[leading.size() + i] = size.applyAsLong(axes.get(i));
        }
        return Shape.of(dims);
    }

    /** Windows along each axis where the block takes {@code rows} along the first. */
    private long[] counts(long rows) {
        long[] counts = axes.stream().mapToLong(Axis::out).toArray();
        counts[0] = rows;
        return counts;
    }

    /** The shape of the windows' elements: [images, groups, inputs, taps.., windows..]. */
    public Shape columns(long images, long rows) {
        return shape(List.of(images, groups, inputs), Axis::k).concat(Shape.of(counts(rows)));
    }

    /** The shape of the part of x that so many windows cover, together with what lies around x. */
    public Shape padded(long images, long rows) {
        long[] counts = counts(rows);
        long[] dims = new long[2 + counts.length];
        dims[0] = images;
        dims[1] = groups * inputs;
        for (int i = 0; i < counts.length; i++) {
            dims[2 + i] = axes.get(i).span(counts[i]);
        }
        return Shape.of(dims);
    }

    /** Whether the windows of the rows from {@code from} on stay inside x. */
    public boolean isInside(long from, long rows) {
        long[] counts = counts(rows);
        boolean inside = true;
        for (int i = 0; i < counts.length; i++) {
            long start = start(i, from);
            inside &= start >= 0 && start + axes.get(i).span(counts[i]) <= axes.get(i).n;
        }
        return inside;
    }

    /** Where, along an axis of x, the part of x begins that the rows from {@code from} on cover; may lie outside. */
    public long start(int axis, long from) {
        Axis a = axes.get(axis);
        return (axis == 0 ? from * a.stride : 0) - a.before;
    }

    /**
     * The windows of a part of x, as {@link #columns} has them.
     *
     * @param part [images, channels, elements..] from where the first window begins
     */
    public Layout windows(Layout part, long rows) {
        int rank = axes.size();
        Shape shape = columns(part.shape().at(0), rows);
        long[] strides = new long[3 + 2 * rank];
        strides[0] = part.stride(0);
        strides[1] = part.stride(1) * inputs;
        strides[2] = part.stride(1);
        for (int i = 0; i < rank; i++) {
            strides[3 + i] = part.stride(2 + i) * axes.get(i).dilation;
            strides[3 + rank + i] = part.stride(2 + i) * axes.get(i).stride;
        }
        return Layout.of(shape, strides, part.offset());
    }

    /** The largest block whose windows and padded images have at most {@code limit} elements; at least one row of one image. */
    public Block block(long images, long limit) {
        long rows = axes.get(0).out;
        long image = elements(rows);
        if (image <= limit) {
            return new Block(Math.max(1, Math.min(images, limit / Math.max(1, image))), rows);
        }
        long one = elements(1);
        long more = rows > 1 ? elements(2) - one : 1;
        return new Block(1, Math.max(1, Math.min(rows, 1 + (limit - one) / Math.max(1, more))));
    }

    private long elements(long rows) {
        return columns(1, rows).size() + padded(1, rows).size();
    }
}
