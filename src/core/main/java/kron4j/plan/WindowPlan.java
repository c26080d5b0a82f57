package kron4j.plan;

import java.util.ArrayList;
import java.util.List;
import kron4j.Shape;

/** Windows over the last three axes of images [n, channels, a, b, c], each along its axis; some axes may have size 1. */
public record WindowPlan(List<Axis> axes) {
    /** Axes of an image. */
    public static final int RANK = 3;

    /**
     * Window o is the elements {@code from + i * step} with {@code from = floor((factor * o + from0) / divisor)} that are less than
     * {@code floor((factor * o + to0) / divisor)} and among the n that there are.
     */
    public record Axis(long n, long out, long factor, long from0, long to0, long divisor, long step) {
        /** Windows of k taps, {@code dilation} apart, at every {@code stride}-th element from {@code -before} on. */
        public static Axis sliding(long n, long out, long k, long stride, long before, long dilation) {
            return new Axis(n, out, stride, -before, (k - 1) * dilation + 1 - before, 1, dilation);
        }

        /** Windows that divide the axis into {@code out} parts, which share an element where that does not come out even. */
        public static Axis adaptive(long n, long out) {
            return new Axis(n, out, n, 0, n + out - 1, out, 1);
        }

        /** The windows that element i is in, as windows over windows; for steps of 1. */
        Axis adjoint() {
            // Window o holds i if floor((f o + from0) / d) <= i < floor((f o + to0) / d).
            return new Axis(out, n, divisor, divisor - to0 + factor - 1, divisor - 1 - from0 + factor, factor, 1);
        }

        /** The first element of window o. */
        public long from(long o) {
            long from = Math.floorDiv(factor * o + from0, divisor);
            return from >= 0 ? from : from + (step - 1 - from) / step * step;
        }

        /** The end of window o. */
        public long to(long o) {
            return Math.min(n, Math.floorDiv(factor * o + to0, divisor));
        }
    }

    public WindowPlan {
        axes = List.copyOf(axes);
    }

    /** The plan of the adjoint of sums over windows. */
    public WindowPlan adjoint() {
        return new WindowPlan(axes.stream().map(Axis::adjoint).toList());
    }

    /** The shape of results for images of so many channels. */
    public Shape results(long images, long channels) {
        return Shape.of(images, channels, axes.get(0).out, axes.get(1).out, axes.get(2).out);
    }

    /** With axes of one element in front, so that there are three. */
    public static WindowPlan of(List<Axis> last) {
        List<Axis> all = new ArrayList<>(last);
        while (all.size() < RANK) {
            all.add(0, new Axis(1, 1, 1, 0, 1, 1, 1));
        }
        return new WindowPlan(all);
    }
}
