package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedKernel.Form;
import kron4j.backend.View;

/** Runs {@link KernelLoops} over float32 elements that lie side by side. What is no whole vector at the end goes through a buffer of vectors. */
final class FusedKernels {
    private static final int BYTES = Float.BYTES;

    /** Elements that a loop takes at a time; sums of so many are added up in double. */
    private static final int BLOCK = 1 << 12;

    /** Operands and results. */
    private static final int MOST = 4;

    /** A logit whose loss is 0. */
    private static final float NO_LOSS = -1e4f;

    private static final ThreadLocal<ByteBuffer> ENDS = ThreadLocal.withInitial(
            () -> ByteBuffer.allocateDirect(MOST * Loops.BEST.kernels().width()).order(ByteOrder.nativeOrder()));

    private final KernelLoops loops = Loops.BEST.kernels();
    private final FusedKernel kernel;
    private final float factor;
    private final View[] views;
    private final int reads;
    private final long size;

    /** @param reads number of views, from the first, that are only read */
    private FusedKernels(FusedKernel kernel, double factor, int reads, View... views) {
        this.kernel = kernel;
        this.factor = (float) factor;
        this.views = views;
        this.reads = reads;
        this.size = views[0].shape().size();
    }

    static boolean run(FusedKernel kernel, List<View> operands, List<View> results) {
        View x = operands.get(0);
        View z = results.get(0);
        View last = operands.get(operands.size() - 1);
        if (z.dtype().isHalf()) {
            return HalfTables.run(kernel, operands, z) || WideBlocks.run(kernel, operands, results);
        }
        if (kernel.form().isOfLines()) {
            return kernel.wanted() == 0 && LineKernels.run(kernel, operands, z);
        }
        if (!has(kernel)) {
            return false;
        }
        if (kernel.form().isLoss()) {
            return loss(kernel, operands, results);
        }
        if (!fit(x, last, z)) {
            return false;
        }
        FusedKernels run = kernel.wanted() == 0
                ? new FusedKernels(kernel, 1, 1, x, z)
                : new FusedKernels(kernel, 1, 2, x, last, z);
        run.run(null);
        return true;
    }

    /** Whether there is a loop for it. */
    static boolean has(FusedKernel kernel) {
        return Loops.BEST.kernels() != null && Loops.BEST.kernels().has(kernel);
    }

    static boolean fit(View... views) {
        boolean fit = views[0].shape().size() > 0 && areDense(views);
        for (View v : views) {
            fit &= v.shape().equals(views[0].shape());
        }
        return fit;
    }

    /** Whether all are float32 and lie side by side, in storages of one buffer. */
    static boolean areDense(View... views) {
        for (View v : views) {
            if (Primitive.of(v.dtype()) != Primitive.FLOAT
                    || !v.layout().isContiguous()
                    || !((CpuStorage) v.storage()).fitsOneBuffer()) {
                return false;
            }
        }
        return true;
    }

    /** What one loss counts in the result. */
    private static double share(FusedKernel kernel, View x) {
        double share = kernel.second() != 0 ? 1.0 / x.shape().size() : 1;
        return kernel.form() == Form.SMOOTH_L1 ? share / kernel.first() : share;
    }

    private static boolean loss(FusedKernel kernel, List<View> operands, List<View> results) {
        View x = operands.get(0);
        View y = operands.get(1);
        View first = results.get(0);
        View last = results.get(results.size() - 1);
        if (kernel.wanted() == 0 && fit(x, y)) {
            double[] sums = new double[(int) ((x.shape().size() + BLOCK - 1) / BLOCK)];
            new FusedKernels(kernel, 1, 2, x, y).run(sums);
            one(first).putFloat(0, (float) (Folds.sum(sums, 0, sums.length) * share(kernel, x)));
            return true;
        }
        boolean ofX = (kernel.wanted() & 1) > 0;
        if (ofX && fit(x, y, first, last)) {
            float g = one(operands.get(operands.size() - 1)).getFloat(0);
            new FusedKernels(kernel, g * share(kernel, x), 2, x, y, first, last).run(null);
            return true;
        }
        return false;
    }

    private static ByteBuffer one(View v) {
        return ((CpuStorage) v.storage()).window(v.layout().offset() * BYTES, BYTES);
    }

    /** @param sums for those of each block, or null */
    private void run(double[] sums) {
        Parallel.forRange((size + BLOCK - 1) / BLOCK, Tiles.GRAIN / BLOCK, (from, to) -> {
            Worker worker = new Worker();
            for (long block = from; block < to; block++) {
                int n = (int) Math.min(BLOCK, size - block * BLOCK);
                double sum = worker.compute(block * BLOCK, n);
                if (sums != null) {
                    sums[(int) block] = sum;
                }
            }
        });
    }

    /** The state of one thread. */
    private final class Worker {
        private final ByteBuffer[] buffers = new ByteBuffer[views.length];
        private final Object[] memory = new Object[MOST];
        private final long[] at = new long[MOST];
        private final ByteBuffer ends = ENDS.get();

        Worker() {
            for (int k = 0; k < views.length; k++) {
                buffers[k] = ((CpuStorage) views[k].storage()).whole();
                memory[k] = loops.show(buffers[k]);
            }
        }

        double compute(long first, int n) {
            for (int k = 0; k < views.length; k++) {
                at[k] = (views[k].layout().offset() + first) * BYTES;
            }
            int even = n * BYTES / loops.width() * loops.width();
            double sum = sum(even > 0 ? loops.run(kernel, factor, memory, at, even) : null);
            return even < n * BYTES ? sum + rest(even, n * BYTES - even) : sum;
        }

        private double sum(float[] lanes) {
            return lanes == null ? 0 : Folds.sum(lanes, 0, lanes.length);
        }

        private double rest(int from, int bytes) {
            int width = loops.width();
            Object[] near = new Object[MOST];
            Arrays.fill(near, loops.show(ends));
            long[] places = new long[MOST];
            for (int k = 0; k < views.length; k++) {
                places[k] = (long) k * width;
                float spare = k == 0 && kernel.form() == Form.BCE_WITH_LOGITS ? NO_LOSS : 0;
                for (int i = bytes; i < width; i += BYTES) {
                    ends.putFloat(k * width + i, spare);
                }
                if (k < reads) {
                    ends.put(k * width, buffers[k], (int) at[k] + from, bytes);
                }
            }
            double sum = sum(loops.run(kernel, factor, near, places, width));
            for (int k = views.length - 1; k >= reads; k--) {
                buffers[k].put((int) at[k] + from, ends, k * width, bytes);
            }
            return sum;
        }
    }
}
