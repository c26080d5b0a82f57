package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import kron4j.backend.FusedProgram;
import kron4j.backend.View;

/** Runs {@link ProgramLoops} over elements that lie side by side. What is no whole vector at the end goes through a buffer of vectors. */
final class FusedLoops {
    /** Fewer elements are left to {@link FusedTiles}. */
    private static final long SHORT = 4L * Tile.SIZE;

    /** Elements that a loop takes at a time. */
    private static final int BLOCK = 1 << 12;

    /** Operands and results. */
    private static final int MOST = 16;

    private static final ThreadLocal<ByteBuffer> ENDS = ThreadLocal.withInitial(() ->
            ByteBuffer.allocateDirect(MOST * Loops.BEST.programs().width()).order(ByteOrder.nativeOrder()));

    private final ProgramLoops loops = Loops.BEST.programs();
    private final ProgramLoops.Loop loop;
    private final View[] views;
    private final int reads;
    private final double[] numbers;
    private final int bytes;
    private final long size;

    private FusedLoops(ProgramLoops.Loop loop, FusedProgram program, View... views) {
        this.loop = loop;
        this.views = views;
        this.reads = program.loads().size();
        this.bytes = program.computed().bytes();
        this.size = views[reads].shape().size();
        this.numbers = new double[program.firstStep()];
        for (int i = 0; i < program.constants().size(); i++) {
            numbers[reads + i] = program.constants().get(i);
        }
        for (int k = 0; k < reads; k++) {
            if (loop.isNumber(k)) {
                View v = views[k];
                ByteBuffer one = storage(v).window(v.layout().offset() * bytes, bytes);
                numbers[k] = Real.of(v.dtype()).get(one, 0);
            }
        }
    }

    /** Computes the targets if there is a loop for the program and the layouts allow it; returns whether it did. */
    static boolean run(FusedProgram program, List<View> loads, List<View> targets) {
        View first = targets.get(0);
        if (first.shape().size() < SHORT || Loops.BEST.programs() == null) {
            return false;
        }
        ProgramLoops.Loop loop = Loops.BEST.programs().of(program);
        if (loop == null) {
            return false;
        }
        View[] views = new View[loads.size() + targets.size()];
        for (int k = 0; k < views.length; k++) {
            View v = k < loads.size() ? loads.get(k) : targets.get(k - loads.size());
            boolean number = k < loads.size() && loop.isNumber(k);
            boolean fits = v.dtype() == program.computed()
                    && (number
                            ? v.layout().lowest() == v.layout().highest()
                            : v.layout().isContiguous() && v.shape().equals(first.shape()))
                    && storage(v).fitsOneBuffer();
            if (!fits) {
                return false;
            }
            views[k] = v;
        }
        new FusedLoops(loop, program, views).run();
        return true;
    }

    private static CpuStorage storage(View v) {
        return (CpuStorage) v.storage();
    }

    private void run() {
        Parallel.forRange((size + BLOCK - 1) / BLOCK, Tiles.GRAIN / BLOCK, (from, to) -> {
            Worker worker = new Worker();
            for (long block = from; block < to; block++) {
                worker.compute((int) (block * BLOCK * bytes), (int) Math.min(BLOCK, size - block * BLOCK) * bytes);
            }
        });
    }

    /** The state of one thread. */
    private final class Worker {
        private final ByteBuffer[] buffers = new ByteBuffer[views.length];
        private final Object[] memory = new Object[views.length];

        Worker() {
            for (int k = 0; k < views.length; k++) {
                if (k >= reads || !loop.isNumber(k)) {
                    buffers[k] = storage(views[k]).window(views[k].layout().offset() * bytes, (int) size * bytes);
                    memory[k] = loops.show(buffers[k]);
                }
            }
        }

        void compute(int first, int n) {
            int even = n / loops.width() * loops.width();
            loop.run(memory, first, numbers, even);
            if (even < n) {
                rest(first + even, n - even);
            }
        }

        private void rest(int from, int some) {
            ByteBuffer ends = ENDS.get();
            ByteBuffer[] near = new ByteBuffer[views.length];
            Object[] shown = new Object[views.length];
            for (int k = 0; k < views.length; k++) {
                near[k] = ends.slice(k * loops.width(), loops.width());
                shown[k] = loops.show(near[k]);
                if (k < reads && !loop.isNumber(k)) {
                    near[k].put(0, buffers[k], from, some);
                }
            }
            loop.run(shown, 0, numbers, loops.width());
            for (int k = reads; k < views.length; k++) {
                buffers[k].put(from, near[k], 0, some);
            }
        }
    }
}
