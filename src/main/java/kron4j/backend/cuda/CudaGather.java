package kron4j.backend.cuda;

import kron4j.DeviceException;
import kron4j.Layout;
import kron4j.ShapeException;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Reads at and adds to positions that other tensors hold, by the kernels of {@code kernels/gather.cu}. */
final class CudaGather {
    private static final String[] TAKE = KernelNames.ofWidths("take");

    /** Elements that a thread takes at a time: of one row of what is read, or one by one. */
    private static final int TAKEN = 4;

    private final CudaContext context;

    CudaGather(CudaContext context) {
        this.context = context;
    }

    /** Indices outside the axis, which callers refuse, are taken as the nearest inside: finding them would wait for the card. */
    void takeAlong(View a, int axis, View index, View out) {
        long size = a.shape().at(axis);
        long step = a.layout().stride(axis);
        if (size == 0 && out.shape().size() > 0) {
            throw new ShapeException("takeAlong: indices of shape " + index.shape() + " along axis " + axis
                    + " of shape " + a.shape() + ": there is nothing to take");
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

    void addAlong(View a, int axis, View index, View out) {
        throw new DeviceException(context.name() + ": addAlong is not yet on cuda; use cpu");
    }

    /** The same element along the axis, however long. */
    private static Layout along(Layout a, int axis, long size) {
        long[] strides = a.strides();
        strides[axis] = 0;
        return Layout.of(a.shape().with(axis, size), strides, a.offset());
    }
}
