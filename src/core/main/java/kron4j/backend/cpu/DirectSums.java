package kron4j.backend.cpu;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import kron4j.backend.View;
import kron4j.plan.WindowPlan;
import kron4j.plan.WindowPlan.Axis;

/** Sums of float32 over windows, in double as {@link WindowPools}: a channel that lies side by side is read as a whole, and so are its results written. */
final class DirectSums {
    /** Elements that a channel may have. */
    private static final int MOST = 1 << 18;

    private final WindowPlan plan;
    private final View a;
    private final View out;
    private final int size;
    private final int results;

    private DirectSums(WindowPlan plan, View a, View out) {
        this.plan = plan;
        this.a = a;
        this.out = out;
        size = (int) a.shape().slice(2, a.shape().rank()).size();
        results = (int) out.shape().slice(2, out.shape().rank()).size();
    }

    /** {@return whether this can do it, and did} */
    static boolean run(WindowPlan plan, View a, View out) {
        long size = a.shape().slice(2, a.shape().rank()).size();
        long results = out.shape().slice(2, out.shape().rank()).size();
        if (Math.max(size, results) > MOST || out.shape().size() == 0 || !FusedKernels.areDense(a, out)) {
            return false;
        }
        new DirectSums(plan, a, out).run();
        return true;
    }

    private void run() {
        long channels = out.shape().size() / results;
        Parallel.forRange(channels, 1 + Tiles.GRAIN / (4L * Math.max(size, results)), (from, to) -> {
            Channel channel = new Channel();
            for (long i = from; i < to; i++) {
                channel.run(i);
            }
        });
    }

    /** Where the windows of an axis begin and end. */
    private record Windows(int[] begins, int[] ends, int step) {
        static Windows of(Axis axis) {
            int n = (int) axis.out();
            return new Windows(
                    IntStream.range(0, n).map(o -> (int) axis.from(o)).toArray(),
                    IntStream.range(0, n).map(o -> (int) axis.to(o)).toArray(),
                    (int) axis.step());
        }

        boolean isAsBefore(int window) {
            return window > 0 && begins[window] == begins[window - 1] && ends[window] == ends[window - 1];
        }
    }

    /** The state of a thread. */
    private final class Channel {
        private final Windows outer = Windows.of(plan.axes().get(0));
        private final Windows middle = Windows.of(plan.axes().get(1));
        private final Windows inner = Windows.of(plan.axes().get(2));
        private final int rows = (int) plan.axes().get(1).n();
        private final int width = (int) plan.axes().get(2).n();
        private final int count = inner.begins.length;

        private final FloatBuffer source = LineNorms.floats(a);
        private final FloatBuffer target = LineNorms.floats(out);
        private final float[] image = new float[size];
        private final float[] found = new float[results];
        /** The elements of a row, added to those of the rows before. */
        private final double[] sums = new double[width];

        void run(long number) {
            source.get((int) (a.layout().offset() + number * size), image);
            int at = 0;
            for (int x = 0; x < outer.begins.length; x++) {
                for (int y = 0; y < middle.begins.length; y++, at += count) {
                    if (middle.isAsBefore(y)) {
                        System.arraycopy(found, at - count, found, at, count);
                    } else {
                        addRows(x, y);
                        along(at);
                    }
                }
            }
            target.put((int) (out.layout().offset() + number * results), found);
        }

        private void addRows(int x, int y) {
            Arrays.fill(sums, 0);
            for (int j = outer.begins[x]; j < outer.ends[x]; j += outer.step) {
                for (int k = middle.begins[y]; k < middle.ends[y]; k += middle.step) {
                    add((j * rows + k) * width);
                }
            }
        }

        private void add(int row) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += image[row + i];
            }
        }

        private void along(int at) {
            for (int i = 0; i < count; i++) {
                double sum = 0;
                for (int j = inner.begins[i]; j < inner.ends[i]; j += inner.step) {
                    sum += sums[j];
                }
                found[at + i] = (float) sum;
            }
        }
    }
}
