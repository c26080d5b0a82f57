package kron4j.backend.cuda;

import kron4j.Layout;
import kron4j.ShapeException;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/** Reads at and adds to positions that other tensors hold, by the kernels of {@code kernels/gather.cuh}. */
final class CudaGather {
    private static final String[] TAKE = KernelNames.ofWidths("take");
    private static final String[] ADD = KernelNames.ofRings("add");

    /** Elements that a thread takes at a time: of one row of what is read, or one by one. */
    private static final int TAKEN = 4;

    /** So many threads keep a card busy; each reads all indices of its line. */
    private static final long MANY = 1 << 16;

    private final CudaContext context;

    CudaGather(CudaContext context) {
        this.context = context;
    }

    /** Indices outside the axis, which callers refuse, are taken as the nearest inside: finding them would wait for the card. */
    void takeAlong(View a, int axis, View index, View out) {
        long size = a.shape().at(axis);
        long step = a.layout().stride(axis);
        if (size == 0 && out.shape().size() > 0) {
            throw nothingAt("takeAlong", index, axis, a);
        }
        Layout lines = along(a.layout(), axis, out.shape().at(axis));
        Loop loop = Loop.of(out.layout(), index.layout(), lines);
        int width = out.dtype().bytes();
        boolean rows = loop.strides()[1][loop.rank() - 1] == 0 && step % TAKEN == 0;
        new Sweep(
                        context,
                        loop,
                        new long[] {
                            out.storage().address(),
                            index.storage().address(),
                            a.storage().address()
                        },
                        new int[] {width, Long.BYTES, width},
                        rows)
                .launch(TAKE[out.dtype().ordinal()], TAKEN, size, step);
    }

    /** Indices outside the axis as in {@link #takeAlong}. Lines along the axis are cut into parts while threads are few. */
    void addAlong(View a, int axis, View index, View out) {
        if (a.shape().size() == 0) {
            return;
        }
        long length = a.shape().at(axis);
        long size = out.shape().at(axis);
        if (size == 0) {
            throw nothingAt("addAlong", index, axis, out);
        }
        int width = out.dtype().bytes();
        Loop all = Loop.of(along(out.layout(), axis, 1), along(index.layout(), axis, 1), along(a.layout(), axis, 1));
        all.split(Axes.MOST, Sweep.ELEMENTS, lines -> {
            long parts = Math.max(1, Math.min(MANY / lines.size(), Math.min(size, length)));
            Words words = context.words();
            Axes.put(words, lines.sizes(), lines.strides());
            words.put(out.storage().address() + lines.offsets()[0] * width)
                    .put(index.storage().address() + lines.offsets()[1] * Long.BYTES)
                    .put(a.storage().address() + lines.offsets()[2] * width)
                    .put(out.layout().stride(axis))
                    .put(index.layout().stride(axis))
                    .put(a.layout().stride(axis))
                    .put(length)
                    .put(size)
                    .put(parts);
            context.launch(ADD[out.dtype().ordinal()], Sweep.blocks(lines.size() * parts), Sweep.THREADS, 0, words);
        });
    }

    /** The greatest position wins, whatever the order of the threads. */
    void lastAlong(View index, int axis, View out) {
        long[] steps = new long[index.layout().rank()];
        steps[axis] = 1;
        Loop all = Loop.of(
                index.layout(), along(out.layout(), axis, index.shape().at(axis)), Layout.of(index.shape(), steps, 0));
        all.split(Axes.MOST, Sweep.ELEMENTS, part -> {
            Words words = context.words();
            Axes.put(words, part.sizes(), part.strides());
            words.put(Words.address(index, part.offsets()[0]))
                    .put(Words.address(out, part.offsets()[1]))
                    .put(part.offsets()[2])
                    .put(out.shape().at(axis))
                    .put(out.layout().stride(axis));
            context.launch("last_index", Sweep.blocks(part.size()), Sweep.THREADS, 0, words);
        });
    }

    private static ShapeException nothingAt(String operation, View index, int axis, View a) {
        return new ShapeException(operation + ": indices of shape " + index.shape() + " along axis " + axis
                + " of shape " + a.shape() + ", which has nothing there");
    }

    /** The same element along the axis, however long. */
    private static Layout along(Layout a, int axis, long size) {
        long[] strides = a.strides();
        strides[axis] = 0;
        return Layout.of(a.shape().with(axis, size), strides, a.offset());
    }
}
