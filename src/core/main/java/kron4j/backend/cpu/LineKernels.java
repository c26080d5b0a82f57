package kron4j.backend.cpu;

import java.util.List;
import kron4j.backend.FusedKernel;
import kron4j.backend.View;
import kron4j.backend.cpu.LineLoops.Step;

/** Runs {@link LineLoops} for {@link FusedKernel}s of lines of float32 that lie behind each other, each whole vectors. */
final class LineKernels {
    private static final int BYTES = Float.BYTES;

    private final LineLoops loops = Loops.BEST.lines();
    private final View[] views;
    private final Object[] memory;
    private final int length;
    private final long bytes;

    private LineKernels(int length, View... views) {
        this.views = views;
        this.length = length;
        this.bytes = (long) length * BYTES;
        this.memory = new Object[views.length];
        for (int k = 0; k < views.length; k++) {
            memory[k] = loops.show(((CpuStorage) views[k].storage()).whole());
        }
    }

    static boolean run(FusedKernel kernel, List<View> operands, View z) {
        View x = operands.get(0);
        View y = operands.get(1);
        int rank = x.layout().rank();
        if (Loops.BEST.lines() == null
                || !FusedKernels.fit(x, z)
                || !FusedKernels.areDense(operands.toArray(View[]::new))) {
            return false;
        }
        if (kernel.form() == FusedKernel.Form.STANDARDIZE) {
            long positions = x.shape().slice(2, rank).size();
            boolean takes = takes(positions);
            if (takes) {
                new LineKernels((int) positions, x, z).standardize(operands);
            }
            return takes;
        }
        long length = rank == 0 ? 1 : x.shape().at(-1);
        boolean last = kernel.first() == -1 || kernel.first() == rank - 1;
        boolean ofLog = kernel.form() == FusedKernel.Form.LOG_SOFTMAX_SLOPES;
        if (!last && kernel.form() != FusedKernel.Form.SCALED_EXP) {
            int axis = (int) kernel.first();
            return ColumnSoftmax.slopes(axis < 0 ? axis + rank : axis, x, y, ofLog, z);
        }
        if (!last || !takes(length)) {
            return false;
        }
        if (kernel.form() == FusedKernel.Form.SCALED_EXP) {
            boolean each = y.shape().size() * length == x.shape().size();
            if (each) {
                new LineKernels((int) length, x, z).scaledExp(y);
            }
            return each;
        }
        if (!FusedKernels.fit(x, y, z)) {
            return false;
        }
        new LineKernels((int) length, x, y, z).slopes(ofLog);
        return true;
    }

    /** Whether there are loops for lines of that length. */
    static boolean takes(long length) {
        return Loops.BEST.lines() != null
                && length >= LineSoftmax.ALONE
                && length * BYTES % Loops.BEST.lines().width() == 0;
    }

    private interface Line {
        void run(long number);
    }

    private void each(Line line) {
        Parallel.forRange(views[0].shape().size() / length, 1 + Tiles.GRAIN / length, (from, to) -> {
            for (long number = from; number < to; number++) {
                line.run(number);
            }
        });
    }

    private long at(int view, long line) {
        return (views[view].layout().offset() + line * length) * BYTES;
    }

    private static float number(View v, long index) {
        return LineNorms.floats(v).get((int) (v.layout().offset() + index));
    }

    private void slopes(boolean log) {
        each(line -> {
            long g = at(0, line);
            long y = at(1, line);
            Step first = log ? Step.SUM : Step.PRODUCTS;
            float[] lanes = loops.run(first, memory[0], g, memory[1], y, null, 0, bytes, 0, 0, 0);
            float sum = Folds.sum(lanes, 0, lanes.length);
            Step second = log ? Step.LOG_SOFTMAX_SLOPES : Step.SOFTMAX_SLOPES;
            loops.run(second, memory[0], g, memory[1], y, memory[2], at(2, line), bytes, sum, 0, 0);
        });
    }

    private void scaledExp(View factors) {
        each(line -> loops.run(
                Step.SCALED_EXP,
                memory[0],
                at(0, line),
                null,
                0,
                memory[1],
                at(1, line),
                bytes,
                number(factors, line),
                0,
                0));
    }

    /** @param operands behind x, the means, factors and biases of channels */
    private void standardize(List<View> operands) {
        View means = operands.get(1);
        View factors = operands.get(2);
        View biases = operands.get(3);
        long channels = means.shape().size();
        each(line -> {
            long c = line % channels;
            float mean = number(means, c);
            float factor = number(factors, c);
            float bias = number(biases, c);
            loops.run(
                    Step.STANDARDIZE,
                    memory[0],
                    at(0, line),
                    null,
                    0,
                    memory[1],
                    at(1, line),
                    bytes,
                    mean,
                    factor,
                    bias);
        });
    }
}
