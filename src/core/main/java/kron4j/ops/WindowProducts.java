package kron4j.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Backend;
import kron4j.backend.BinaryOp;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.plan.ConvolutionPlan;
import kron4j.plan.ConvolutionPlan.Axis;
import kron4j.plan.ConvolutionPlan.Block;
import kron4j.plan.ConvolutionPlan.Part;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;

/**
 * A convolution and its two adjoints as GEMMs of the kernel with the windows of x, which are copied a block of images (or rows of an image) at a time:
 * each needs one workspace of at most {@link #WORKSPACE} bytes, or as much as one row of windows. Where the backend convolves without windows, it does, unless a
 * window is one element.
 */
final class WindowProducts {
    /** Bytes of windows that are copied at a time. */
    static final long WORKSPACE = 1 << 25;

    private static final Number ONE = 1.0;

    /** Adding an element to where it goes costs as much as copying so many. */
    private static final int WORTH = 2;

    /** Parts of an adjoint that are worth a convolution each. */
    private static final int MOST_PARTS = 64;

    private final ConvolutionPlan plan;
    private final Backend backend;
    private final DType dtype;
    /** Sizes of the GEMMs: outputs of a group, taps of all its inputs, windows of an image. */
    private final long outputs;

    private final long taps;
    private final long positions;

    private WindowProducts(ConvolutionPlan plan, View like) {
        this.plan = plan;
        backend = like.storage().backend();
        dtype = like.dtype();
        outputs = plan.outputs();
        taps = plan.inputs() * plan.taps();
        positions = plan.positions();
    }

    /**
     * Computes the convolution.
     *
     * @param x any strides
     * @param w row-major
     * @param beta 1 to add to what y holds, else 0
     * @param y row-major
     */
    static void forward(ConvolutionPlan plan, View x, View w, double beta, View y) {
        if (y.shape().size() == 0) {
            return;
        }
        if (w.shape().size() == 0) {
            if (beta == 0) {
                y.storage().backend().fill(0L, y);
            }
            return;
        }
        new WindowProducts(plan, x).forward(x, w, beta, y);
    }

    /** Computes the adjoint of x from y (any strides) and w (row-major). */
    static void adjoint(ConvolutionPlan plan, View y, View w, View x) {
        if (x.shape().size() == 0) {
            return;
        }
        boolean some = w.shape().size() > 0 && y.shape().size() > 0;
        if (some && new WindowProducts(plan, x).parts(y, w, x)) {
            return;
        }
        if (some && plan.hasUnitStrides() && plan.outputs() <= WORTH * plan.inputs()) {
            new WindowProducts(plan, x).mirrored(y, w, x);
            return;
        }
        x.storage().backend().fill(0L, x);
        if (some) {
            new WindowProducts(plan, x).adjoint(y, w, x);
        }
    }

    /** Computes the adjoint of w (row-major) from x and y (any strides). */
    static void correlate(ConvolutionPlan plan, View x, View y, View w) {
        if (w.shape().size() == 0) {
            return;
        }
        if (x.shape().size() == 0 || y.shape().size() == 0) {
            w.storage().backend().fill(0L, w);
            return;
        }
        if (plan.taps() == 1 || !w.storage().backend().correlate(plan, x, y, w)) {
            new WindowProducts(plan, x).correlate(x, y, w);
        }
    }

    /** What is done with a block: its windows are [images, groups, taps, windows]. */
    private interface Work {
        void run(long image, long row, long images, long rows);
    }

    private void blocks(long images, Work work) {
        Block block = plan.block(images, WORKSPACE / dtype.bytes());
        long rows = plan.axes().get(0).out();
        for (long image = 0; image < images; image += block.images()) {
            for (long row = 0; row < rows; row += block.rows()) {
                work.run(image, row, Math.min(block.images(), images - image), Math.min(block.rows(), rows - row));
            }
        }
    }

    /** Number of windows in so many rows of an image. */
    private long windows(long rows) {
        return positions / plan.axes().get(0).out() * rows;
    }

    /** Lends memory. */
    private void borrow(Shape shape, Consumer<View> use) {
        Storage storage = backend.allocate(dtype, shape.size());
        try {
            use.accept(new View(storage, Layout.contiguous(shape)));
        } finally {
            storage.release();
        }
    }

    private void forward(View x, View w, double beta, View y) {
        long images = x.shape().at(0);
        if (plan.isPointwise() && isMatrices(x)) {
            Layout layout = x.layout();
            Matrix all = new Matrix(layout.offset(), Math.max(positions, layout.stride(1)), false);
            multiply(w, x, all, layout.stride(0), beta, y, 0, images, positions);
            return;
        }
        if (plan.taps() > 1 && backend.convolve(plan, x, w.with(groups(w.layout())), beta, y)) {
            return;
        }
        blocks(
                images,
                (image, row, count, rows) -> borrow(plan.columns(count, rows), columns -> {
                    gather(x, image, row, columns);
                    long n = windows(rows);
                    long to = image * plan.groups() * outputs * positions + windows(row);
                    multiply(w, columns, new Matrix(0, n, false), plan.groups() * taps * n, beta, y, to, count, n);
                }));
    }

    /** A kernel's layout as [groups, outputs, inputs, taps..]. */
    private Layout groups(Layout w) {
        return w.reshape(Shape.of(plan.groups(), outputs).concat(w.shape().slice(1, w.rank())))
                .orElseThrow();
    }

    /** The adjoint as a convolution for each {@link ConvolutionPlan#parts part} of x; returns whether the device has it. */
    private boolean parts(View y, View w, View x) {
        if (plan.taps() == 1
                || plan.axes().stream().mapToDouble(Axis::stride).reduce(1, (a, b) -> a * b) > MOST_PARTS) {
            return false;
        }
        for (List<Part> part : plan.parts()) {
            Layout kernel = groups(w.layout()).transpose(1, 2);
            Layout to = x.layout();
            List<Axis> axes = new ArrayList<>();
            for (int axis = 0; axis < part.size(); axis++) {
                Part p = part.get(axis);
                axes.add(p.axis());
                long n = to.shape().at(2 + axis);
                to = to.slice(
                        2 + axis,
                        Math.min(p.first(), n),
                        n,
                        plan.axes().get(axis).stride());
                kernel = reversed(kernel, 3 + axis, p);
            }
            ConvolutionPlan convolution = new ConvolutionPlan(plan.groups(), outputs, plan.inputs(), axes);
            View target = x.with(to);
            if (to.size() > 0 && kernel.size() == 0) {
                backend.fill(0L, target);
            } else if (to.size() > 0 && !backend.convolve(convolution, y, w.with(kernel), 0, target)) {
                return false;
            }
        }
        return true;
    }

    /** The taps of a part, in reverse order. */
    private static Layout reversed(Layout kernel, int axis, Part p) {
        long taps = p.axis().k();
        if (taps == 0) {
            return kernel.slice(axis, 0, 0, 1);
        }
        return kernel.slice(axis, p.tap(), p.tap() + (taps - 1) * p.step() + 1, p.step())
                .slice(axis, taps - 1, -taps - 1, -1);
    }

    /** Whether the elements of each channel lie side by side, and channels after one another. */
    private boolean isMatrices(View x) {
        Layout all = x.layout();
        Layout channel = all.select(0, 0).select(0, 0);
        return channel.isContiguous()
                && (all.stride(1) >= positions || all.shape().at(1) == 1)
                && all.stride(0) >= 0;
    }

    /**
     * Multiplies the kernel by matrices of windows.
     *
     * @param first taps of a group times n windows; those of the next group follow
     * @param image the step to the next image's
     * @param to the place in y of the first result
     */
    private void multiply(
            View w, View columns, Matrix first, long image, double beta, View y, long to, long images, long n) {
        List<Batch> batches = new ArrayList<>();
        batch(batches, images, 0, image, plan.groups() * outputs * positions);
        batch(batches, plan.groups(), outputs * taps, taps * first.leading(), outputs * positions);
        Matrix kernel = new Matrix(w.layout().offset(), taps, false);
        Matrix result = new Matrix(y.layout().offset() + to, positions, false);
        backend.gemm(new GemmPlan(outputs, n, taps, kernel, first, result, batches), ONE, w, columns, beta, y);
    }

    private static void batch(List<Batch> batches, long size, long a, long b, long c) {
        if (size > 1) {
            batches.add(new Batch(size, a, b, c));
        }
    }

    /** Copies the windows of a block into a workspace. */
    private void gather(View x, long image, long row, View windows) {
        long count = windows.shape().at(0);
        long rows = windows.shape().at(3 + plan.axes().size());
        Layout images = x.layout().slice(0, image, image + count, 1);
        if (plan.isInside(row, rows)) {
            Layout part = images;
            for (int axis = 0; axis < plan.axes().size(); axis++) {
                long start = plan.start(axis, row);
                part = part.slice(2 + axis, start, plan.axes().get(axis).n(), 1);
            }
            backend.copy(x.with(plan.windows(part, rows)), windows);
            return;
        }
        borrow(plan.padded(count, rows), around -> {
            backend.fill(0L, around);
            Layout from = images;
            Layout to = around.layout();
            for (int axis = 0; axis < plan.axes().size(); axis++) {
                long start = plan.start(axis, row);
                long low = Math.max(0, start);
                long high = Math.max(
                        low,
                        Math.min(
                                plan.axes().get(axis).n(),
                                start + around.shape().at(2 + axis)));
                from = from.slice(2 + axis, low, high, 1);
                to = to.slice(2 + axis, low - start, high - start, 1);
            }
            if (to.size() > 0) {
                backend.copy(x.with(from), around.with(to));
            }
            backend.copy(around.with(plan.windows(around.layout(), rows)), windows);
        });
    }

    private void adjoint(View y, View w, View x) {
        blocks(x.shape().at(0), (image, row, count, rows) -> {
            Shape part = plan.results(count).with(2, rows);
            borrow(
                    plan.columns(count, rows),
                    columns -> borrow(part, results -> {
                        backend.copy(part(y, image, row, count, rows), results);
                        long n = windows(rows);
                        List<Batch> batches = new ArrayList<>();
                        batch(batches, count, 0, plan.groups() * outputs * n, plan.groups() * taps * n);
                        batch(batches, plan.groups(), outputs * taps, outputs * n, taps * n);
                        Matrix kernel = new Matrix(w.layout().offset(), taps, true);
                        Matrix rowsOfWindows = new Matrix(0, n, false);
                        backend.gemm(
                                new GemmPlan(taps, n, outputs, kernel, rowsOfWindows, rowsOfWindows, batches),
                                ONE,
                                w,
                                results,
                                0,
                                columns);
                        scatter(columns, image, row, x);
                    }));
        });
    }

    /** The adjoint as a convolution with the kernel whose taps are in reverse order, and inputs and outputs exchanged. */
    private void mirrored(View y, View w, View x) {
        ConvolutionPlan mirrored = plan.mirrored();
        Layout reversed = w.layout();
        for (int axis = 0; axis < plan.axes().size(); axis++) {
            long k = plan.axes().get(axis).k();
            reversed = reversed.slice(2 + axis, k - 1, -k - 1, -1);
        }
        Layout kernel = reversed;
        borrow(mirrored.kernel(), exchanged -> {
            for (long group = 0; group < plan.groups(); group++) {
                Layout from = kernel.slice(0, group * outputs, (group + 1) * outputs, 1)
                        .transpose(0, 1);
                Layout to = exchanged.layout().slice(0, group * plan.inputs(), (group + 1) * plan.inputs(), 1);
                backend.copy(w.with(from), exchanged.with(to));
            }
            forward(mirrored, y, exchanged, 0, x);
        });
    }

    /** The rows of a block of y. */
    private static View part(View y, long image, long row, long images, long rows) {
        return y.with(y.layout().slice(0, image, image + images, 1).slice(2, row, row + rows, 1));
    }

    /** Adds the windows of a block to where their taps lie in x, tap by tap. */
    private void scatter(View windows, long image, long row, View x) {
        int rank = plan.axes().size();
        long rows = windows.shape().at(3 + rank);
        Layout images = x.layout().slice(0, image, image + windows.shape().at(0), 1);
        for (long tap = 0; tap < plan.taps(); tap++) {
            Layout from = windows.layout();
            Layout to = images;
            long rest = tap;
            for (int axis = 0; axis < rank; axis++) {
                Axis a = plan.axes().get(axis);
                long t = rest % a.k();
                rest /= a.k();
                long begin = axis == 0 ? row : 0;
                long end = axis == 0 ? row + rows : a.out();
                long first = Math.min(end, a.first(t, begin));
                long last = Math.max(first, a.last(t, end));
                // Of the axes of taps, those before this one are gone.
                from = from.slice(3 + rank, first - begin, last - begin, 1).select(3, t);
                long place = first * a.stride() + t * a.dilation() - a.before();
                to = first == last
                        ? to.slice(2 + axis, 0, 0, 1)
                        : to.slice(2 + axis, place, place + (last - first - 1) * a.stride() + 1, a.stride());
            }
            if (to.size() > 0) {
                View sum = x.with(to);
                View terms = windows.with(from.reshape(to.shape()).orElseThrow());
                backend.binary(BinaryOp.ADD, sum, terms, sum);
            }
        }
    }

    /** The windows of a block's images follow one another, so that one GEMM sums over them; blocks add up. */
    private void correlate(View x, View y, View w) {
        blocks(x.shape().at(0), (image, row, count, rows) -> {
            Shape shape = plan.columns(count, rows);
            Shape part = plan.results(count).with(2, rows);
            borrow(
                    shape,
                    columns -> borrow(part, results -> {
                        gather(
                                x,
                                image,
                                row,
                                columns.with(imagesLast(shape, 3 + plan.axes().size())));
                        backend.copy(part(y, image, row, count, rows), results.with(imagesLast(part, 2)));
                        long n = windows(rows) * count;
                        List<Batch> batches = new ArrayList<>();
                        batch(batches, plan.groups(), outputs * n, taps * n, outputs * taps);
                        Matrix left = new Matrix(0, n, false);
                        Matrix right = new Matrix(0, n, true);
                        Matrix result = new Matrix(w.layout().offset(), taps, false);
                        backend.gemm(
                                new GemmPlan(outputs, taps, n, left, right, result, batches),
                                ONE,
                                results,
                                columns,
                                image + row == 0 ? 0 : 1,
                                w);
                    }));
        });
    }

    /** The layout of a shape whose first axis comes behind the next axes, up to {@code end}. */
    private static Layout imagesLast(Shape shape, int end) {
        long[] strides = Layout.contiguous(shape).strides();
        strides[0] = strides[end - 1];
        for (int axis = 1; axis < end; axis++) {
            strides[axis] *= shape.at(0);
        }
        return Layout.of(shape, strides, 0);
    }
}
