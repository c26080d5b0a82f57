package kron4j.backend.cuda;

import jcuda.driver.JCudaDriver;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.DevicePointer;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Scratch;
import kron4j.plan.Loop;

/** Copies between any layouts, with conversion, by the kernels of {@code kernels/permute.cuh}, and by the driver where nothing but bytes move. */
final class CudaPermute {
    private static final String[] CONVERT = KernelNames.of("convert");
    private static final String[] NARROW = KernelNames.of("narrow");

    /** Elements that threads of the copying and converting kernels take at a time; of 16 bytes, half as many. */
    private static final int TAKEN = 4;

    private static final int WIDEST = 16;

    /** Shorter runs waste most of what memory delivers. */
    private static final int LONG_RUN = 64;

    private final CudaContext context;

    CudaPermute(CudaContext context) {
        this.context = context;
    }

    void copy(View a, View out) {
        if (out.shape().size() == 0) {
            return;
        }
        if (a.dtype() != out.dtype()) {
            int to = out.dtype().ordinal();
            String[] kernels = out.dtype().isHalf() ? NARROW : CONVERT;
            Sweep.of(context, out, a).launch(kernels[a.dtype().ordinal()], TAKEN, to);
            return;
        }
        int width = a.dtype().bytes();
        long target = out.storage().address();
        long source = a.storage().address();
        Loop loop = Loop.of(out.layout(), a.layout());
        if (loop.rank() == 1 && loop.strides()[0][0] == 1 && loop.strides()[1][0] == 1) {
            bytes(target + loop.offsets()[0] * width, source + loop.offsets()[1] * width, loop.size() * width);
            return;
        }
        loop.split(Axes.MOST, Sweep.ELEMENTS, part -> move(part, width, target, source));
    }

    /** The view's elements as float32 in a new storage; what stands still along an axis still does. */
    View widened(View a, Scratch scratch) {
        Layout layout = a.layout();
        Shape distinct = layout.shape();
        for (int axis = 0; axis < layout.rank(); axis++) {
            distinct = layout.stride(axis) == 0 && distinct.at(axis) > 0 ? distinct.with(axis, 1) : distinct;
        }
        Storage storage = scratch.allocate(DType.FLOAT32, distinct.size());
        View wide = new View(storage, Layout.contiguous(distinct));
        copy(a.with(Layout.of(distinct, layout.strides(), layout.offset())), wide);
        return wide.with(wide.layout().expand(layout.shape()));
    }

    private void bytes(long target, long source, long count) {
        context.attach();
        context.check(
                JCudaDriver.cuMemcpyDtoDAsync(
                        new DevicePointer(target),
                        new DevicePointer(source),
                        count,
                        context.stream().handle()),
                "cuMemcpyDtoDAsync",
                count);
    }

    private void move(Loop loop, int width, long target, long source) {
        long[] bases = {target + loop.offsets()[0] * width, source + loop.offsets()[1] * width};
        int factor = factor(loop, width, bases);
        Loop wide = widened(loop, factor);
        int bytes = factor * width;
        PermutePlan plan = isRun(wide, bytes) ? null : PermutePlan.of(wide, bytes);
        if (plan == null) {
            new Sweep(context, wide, bases, new int[] {bytes, bytes}, true)
                    .launch("copy_b" + 8 * bytes, bytes == WIDEST ? TAKEN / 2 : TAKEN);
        } else {
            context.launch(
                    "permute_b" + 8 * bytes,
                    plan.blocks(),
                    PermutePlan.THREADS,
                    0,
                    plan.put(context.words(), bases[0], bases[1]));
        }
    }

    /** Whether reads in the order of the target are as good as any. */
    private static boolean isRun(Loop loop, int width) {
        int last = loop.rank() - 1;
        long step = Math.abs(loop.strides()[1][last]);
        return last == 0 || step == 0 || (step == 1 && loop.sizes()[last] * width >= LONG_RUN);
    }

    /** Number of elements that always lie together on both sides, so that they can be moved as one of up to 16 bytes. */
    private static int factor(Loop loop, int width, long[] bases) {
        for (int bytes = WIDEST; bytes > width; bytes /= 2) {
            if (bytes != 2 && isWhole(loop, bytes / width, bytes, bases)) {
                return bytes / width;
            }
        }
        return 1;
    }

    private static boolean isWhole(Loop loop, int factor, int bytes, long[] bases) {
        int last = loop.rank() - 1;
        boolean whole = loop.sizes()[last] % factor == 0;
        for (int k = 0; k < 2; k++) {
            long[] strides = loop.strides()[k];
            whole &= strides[last] == 1 && bases[k] % bytes == 0;
            for (int axis = 0; axis < last; axis++) {
                whole &= strides[axis] % factor == 0;
            }
        }
        return whole;
    }

    /** Counted in elements that are {@code factor} times as wide, from offsets 0. */
    private static Loop widened(Loop loop, int factor) {
        int last = loop.rank() - 1;
        long[] sizes = loop.sizes().clone();
        long[][] strides = {loop.strides()[0].clone(), loop.strides()[1].clone()};
        sizes[last] /= factor;
        for (long[] s : strides) {
            for (int axis = 0; axis < last; axis++) {
                s[axis] /= factor;
            }
        }
        Loop wide = new Loop(sizes, strides, new long[2]);
        return sizes[last] == 1 && last > 0 ? wide.outer() : wide;
    }
}
