package kron4j.backend.cpu;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.Layout;
import kron4j.backend.View;
import kron4j.plan.ConvolutionPlan;
import kron4j.plan.ConvolutionPlan.Axis;

/**
 * Convolutions of float32 by vectors, without copies of windows: a block of rows of an image is padded ({@link PaddedImage}), so that the elements that one tap reads are a run, of which vectors
 * are multiplied by the tap of a few outputs. The adjoint of the kernel multiplies an element by vectors of outputs. Each result is one sum in the order of taps, whatever the blocks and the number of threads. Memory, for each thread: a padded block of at most
 * {@link #MOST} elements, and the results of as many outputs as two vectors have elements, twice.
 */
final class DirectConvolution {
    /** Elements of a padded block that are best, so that it stays in the second-level cache, and that there may be. */
    private static final int BEST = 1 << 16;

    private static final int MOST = 1 << 20;
    /** Taps whose factors stay in the first-level cache. */
    private static final int TAPS = 512;
    /** Multiplications below which a piece is not worth another thread. */
    private static final long GRAIN = 1 << 20;
    /** Elements of the kernel's adjoint, and parts that images are summed in. */
    private static final int MOST_TAPS = 1 << 18;

    private static final int PARTS = 16;

    /** Places, and taps, that are correlated with vectors of outputs at a time. */
    private static final int RUN = 128;

    private static final int TOGETHER = 6;

    private static final Loops LOOPS = Loops.BEST;
    private static final int LANES = LOOPS.bits() / Float.SIZE;

    private final ConvolutionPlan plan;
    /** Three axes, and which of them is the first of the plan. */
    private final List<Axis> axes = new ArrayList<>();

    private final int missing;
    private final int inputs;
    private final int outputs;
    private final int[] out = new int[PaddedImage.RANK];
    private final int[] n = new int[PaddedImage.RANK];
    private final int[] stride = new int[PaddedImage.RANK];
    private final int[] before = new int[PaddedImage.RANK];
    /** Of a block: rows along the first axis, elements of each remainder, and places of windows. */
    private int rows;

    private final int[] width = new int[PaddedImage.RANK];
    private int places;
    private int windows;
    private int[] taps;

    private DirectConvolution(ConvolutionPlan plan) {
        this.plan = plan;
        missing = PaddedImage.RANK - plan.axes().size();
        inputs = (int) plan.inputs();
        outputs = (int) plan.outputs();
        for (int a = 0; a < PaddedImage.RANK; a++) {
            Axis axis = a < missing ? new Axis(1, 1, 1, 0, 1, 1) : plan.axes().get(a - missing);
            axes.add(axis);
            n[a] = (int) axis.n();
            stride[a] = (int) axis.stride();
            out[a] = (int) axis.out();
            before[a] = (int) axis.before();
        }
    }

    /** {@code y = beta y + x * w}; returns whether this can do it. */
    static boolean convolve(ConvolutionPlan plan, View x, View w, double beta, View y) {
        if (!fits(plan, x, w, y)) {
            return false;
        }
        DirectConvolution direct = new DirectConvolution(plan);
        if (!direct.cut(x.shape().at(0) * plan.groups())
                || !direct.isWorth(x.shape().at(0))) {
            return false;
        }
        direct.convolve(x, w, beta != 0, y);
        return true;
    }

    /** {@code w = sum over images of x and y}; returns whether this can do it. */
    static boolean correlate(ConvolutionPlan plan, View x, View y, View w) {
        if (!fits(plan, x, w, y) || w.shape().size() > MOST_TAPS) {
            return false;
        }
        DirectConvolution direct = new DirectConvolution(plan);
        return direct.cut(Integer.MAX_VALUE) && direct.isWorthCorrelating() && direct.correlate(x, y, w);
    }

    private static boolean fits(ConvolutionPlan plan, View x, View w, View y) {
        boolean fits = LOOPS.bits() > 0 && plan.axes().size() <= PaddedImage.RANK;
        for (View v : List.of(x, w, y)) {
            fits &= Primitive.of(v.dtype()) == Primitive.FLOAT && ((CpuStorage) v.storage()).fitsOneBuffer();
        }
        return fits && plan.inputs() * plan.taps() * plan.outputs() < Integer.MAX_VALUE / 8;
    }

    /** Cuts images into blocks of rows, many where there are few tasks; returns whether blocks can be small, and windows are most of the places. */
    private boolean cut(long tasks) {
        int all = out[missing];
        rows = all;
        while (rows > 1 && !(size() <= BEST && tasks * (all / rows) >= Parallel.threads())) {
            rows = (rows + 1) / 2;
        }
        long size = size();
        if (size > MOST) {
            return false;
        }
        windows = 1;
        int last = 0;
        for (int a = 0; a < PaddedImage.RANK; a++) {
            int count = a == missing ? rows : out[a];
            windows *= count;
            last = last * width[a] + count - 1;
        }
        places = last + 1;
        return 2L * windows >= places + LOOPS.most() / 3;
    }

    /**
     * Whether products of matrices are not faster, as measured: a copy of a window's element takes as long as 42 multiplications here, which are as fast there, and a tap of the kernel, which is
     * packed for each call, as long as 56. What is lost here are places of no window.
     */
    private boolean isWorth(long images) {
        int width = 2 * LOOPS.most() / 6;
        int lost = (places + width - 1) / width * width - windows;
        return outputs * (lost + 56 / images) < 42L * windows;
    }

    /** As {@link #isWorth} for the adjoint of the kernel: to sum lanes takes as long as 350 places, and products are faster there; vectors of outputs have nothing to sum. */
    private boolean isWorthCorrelating() {
        return isWide(correlated(outputs)) || outputs * (places + 350L) < 88L * places;
    }

    /** Elements of a block, whose widths it computes. */
    private long size() {
        long size = inputs;
        for (int a = 0; a < PaddedImage.RANK; a++) {
            long count = a == missing ? rows : out[a];
            long span = (count - 1) * stride[a] + axes.get(a).reach();
            width[a] = (int) ((span + stride[a] - 1) / stride[a]);
            size *= (long) width[a] * stride[a];
        }
        return size;
    }

    private PaddedImage image() {
        return new PaddedImage(inputs, n, stride, width, LOOPS.most(), 0);
    }

    /** Where each tap of each input lies in a padded block. */
    private int[] taps(PaddedImage image) {
        int[] found = new int[inputs * (int) plan.taps()];
        int at = 0;
        for (int c = 0; c < inputs; c++) {
            for (int x = 0; x < axes.get(0).k(); x++) {
                for (int y = 0; y < axes.get(1).k(); y++) {
                    for (int z = 0; z < axes.get(2).k(); z++) {
                        found[at++] = c * image.channel() + image.place(dilated(0, x), dilated(1, y), dilated(2, z));
                    }
                }
            }
        }
        return found;
    }

    private int dilated(int axis, int tap) {
        return tap * (int) axes.get(axis).dilation();
    }

    private static FloatBuffer floats(View v) {
        return ((CpuStorage) v.storage()).whole().asFloatBuffer();
    }

    /** The channels of a group of an image, with three axes. */
    private Layout channels(Layout all, long image, long group, int count) {
        Layout channels = all.select(0, image).slice(0, group * count, (group + 1) * count, 1);
        for (int a = 0; a < missing; a++) {
            channels = channels.unsqueeze(1);
        }
        return channels;
    }

    private void load(PaddedImage image, FloatBuffer from, Layout channels, int row) {
        int[] begin = new int[PaddedImage.RANK];
        for (int a = 0; a < begin.length; a++) {
            begin[a] = (a == missing ? row * stride[a] : 0) - before[a];
        }
        image.load(from, channels, begin);
    }

    private int blocks() {
        return (out[missing] + rows - 1) / rows;
    }

    private long grain() {
        return 1 + GRAIN / Math.max(1, (long) places * inputs * plan.taps() * outputs);
    }

    // ---- convolution ----

    /** Outputs that are computed together: 5, 4 (the last one may be none) or 1, such that few are none. */
    private static int together(int rest) {
        int parts = (rest + 4) / 5;
        int some = (rest + parts - 1) / parts;
        return some == 3 ? 4 : Math.max(1, some == 2 ? 1 : some);
    }

    private void convolve(View x, View w, boolean adds, View y) {
        taps = taps(image());
        float[] factors = factors(w);
        long blocks = blocks();
        Parallel.forRange(x.shape().at(0) * plan.groups() * blocks, grain(), (from, to) -> {
            PaddedImage image = image();
            float[] results = new float[5 * step() + LOOPS.most()];
            FloatBuffer source = floats(x);
            FloatBuffer target = floats(y);
            for (long task = from; task < to; task++) {
                long group = task / blocks % plan.groups();
                long number = task / blocks / plan.groups();
                int row = (int) (task % blocks) * rows;
                load(image, source, channels(x.layout(), number, group, inputs), row);
                Layout result = channels(y.layout(), number, group, outputs);
                int at = (int) group * packed() * taps.length;
                for (int o = 0; o < outputs; ) {
                    int some = together(outputs - o);
                    int real = Math.min(some, outputs - o);
                    move(target, result, o, real, row, adds, results);
                    products(some, factors, at, image.elements, results);
                    store(target, result, o, real, row, results);
                    at += some * taps.length;
                    o += some;
                }
            }
        });
    }

    private int step() {
        return places + LOOPS.most();
    }

    /** Outputs of a group with those that are none. */
    private int packed() {
        int count = 0;
        for (int o = 0; o < outputs; o += together(outputs - o)) {
            count += together(outputs - o);
        }
        return count;
    }

    /** The kernel, [groups, outputs, inputs, taps..], as [groups, outputs / some, taps, some]. */
    private float[] factors(View w) {
        FloatBuffer all = floats(w);
        int[] from = new int[taps.length];
        places(w.layout().select(0, 0).select(0, 0), w.layout().offset(), from, 0);
        int k = taps.length;
        float[] packed = new float[(int) plan.groups() * packed() * k];
        int to = 0;
        for (int g = 0; g < plan.groups(); g++) {
            for (int o = 0; o < outputs; ) {
                int some = together(outputs - o);
                for (int i = 0; i < Math.min(some, outputs - o); i++) {
                    int first = (int) w.layout().select(0, g).select(0, o + i).offset();
                    for (int t = 0; t < k; t++) {
                        packed[to + t * some + i] = all.get(first + from[t]);
                    }
                }
                to += some * k;
                o += some;
            }
        }
        return packed;
    }

    /** Where elements lie, in their order, from {@code first} on; returns how many there are with those before. */
    private static int places(Layout elements, long first, int[] found, int before) {
        if (elements.rank() == 0) {
            found[before] = (int) (elements.offset() - first);
            return before + 1;
        }
        int count = before;
        for (int i = 0; i < elements.shape().at(0); i++) {
            count = places(elements.select(0, i), first, found, count);
        }
        return count;
    }

    private void products(int some, float[] factors, int at, float[] x, float[] results) {
        for (int from = 0; from < taps.length; from += TAPS) {
            int to = Math.min(taps.length, from + TAPS);
            LOOPS.windows(some, factors, at, x, taps, from, to, results, step(), places);
        }
    }

    /** What the results are added to. */
    private void move(FloatBuffer y, Layout to, int o, int real, int row, boolean adds, float[] results) {
        Arrays.fill(results, 0);
        if (adds) {
            rows(to, o, real, row, (place, at, count, stride) -> {
                if (stride == 1) {
                    y.get((int) at, results, place, count);
                } else {
                    for (int i = 0; i < count; i++) {
                        results[place + i] = y.get((int) (at + i * stride));
                    }
                }
            });
        }
    }

    private void store(FloatBuffer y, Layout to, int o, int real, int row, float[] results) {
        rows(to, o, real, row, (place, at, count, stride) -> {
            if (stride == 1) {
                y.put((int) at, results, place, count);
            } else {
                for (int i = 0; i < count; i++) {
                    y.put((int) (at + i * stride), results[place + i]);
                }
            }
        });
    }

    /** A row of windows: their places among the results, and where they lie in y. */
    private interface Row {
        void move(int place, long at, int count, long stride);
    }

    /** Walks over the rows of a block of y. */
    private void rows(Layout to, int o, int real, int row, Row work) {
        int[] count = out.clone();
        count[missing] = Math.min(rows, out[missing] - row);
        for (int i = 0; i < real; i++) {
            long at = to.offset() + (o + i) * to.stride(0) + row * to.stride(1 + missing);
            for (int a = 0; a < count[0]; a++) {
                for (int b = 0; b < count[1]; b++) {
                    int place = i * step() + (a * width[1] + b) * width[2];
                    work.move(place, at + a * to.stride(1) + b * to.stride(2), count[2], to.stride(3));
                }
            }
        }
    }

    // ---- adjoint of the kernel ----

    /** Outputs that are correlated together: those of two vectors or of one where they fill most of it, else 4, 3 or 1. */
    private static int correlated(int rest) {
        if (isWide(rest)) {
            return Math.min(rest, 2 * rest < 3 * LANES ? LANES : 2 * LANES);
        }
        return rest >= 3 ? Math.min(rest, 4) : 1;
    }

    private static boolean isWide(int outputs) {
        return 4 * outputs >= 3 * LANES;
    }

    /** Sums of a tap for so many outputs, with those that only fill a vector. */
    private static int room(int some) {
        return isWide(some) ? (some + LANES - 1) / LANES * LANES : some;
    }

    /** Images are summed in parts that depend on sizes only; returns false where 0 times what is not finite may have come in between windows. */
    private boolean correlate(View x, View y, View w) {
        PaddedImage first = image();
        int[] found = taps(first);
        int k = found.length;
        taps = Arrays.copyOf(found, (k + TOGETHER - 1) / TOGETHER * TOGETHER);
        Arrays.fill(taps, k, taps.length, found[k - 1]);
        int size = 0;
        for (int o = 0; o < outputs; o += correlated(outputs - o)) {
            size += room(correlated(outputs - o)) * taps.length;
        }
        long images = x.shape().at(0);
        long parts = Math.min(images, PARTS);
        float[][] sums = new float[(int) (parts * plan.groups())][size]; // [outputs / some, taps, some]
        Parallel.forRange(sums.length, grain() / Math.max(1, images / parts), (from, to) -> {
            Correlation some = new Correlation(x, y, k);
            for (long task = from; task < to; task++) {
                long part = task / plan.groups();
                for (long i = part * images / parts; i < (part + 1) * images / parts; i++) {
                    for (int row = 0; row < out[missing]; row += rows) {
                        some.add(i, task % plan.groups(), row, sums[(int) task]);
                    }
                }
            }
        });
        float[] all = new float[(int) plan.groups() * outputs * k];
        for (int g = 0; g < plan.groups(); g++) {
            double[] total = new double[size];
            for (int p = 0; p < parts; p++) {
                float[] part = sums[p * (int) plan.groups() + g];
                for (int i = 0; i < size; i++) {
                    total[i] += part[i];
                }
            }
            int at = 0;
            for (int o = 0; o < outputs; ) {
                int some = correlated(outputs - o);
                for (int i = 0; i < some; i++) {
                    for (int t = 0; t < k; t++) {
                        double sum = total[at + t * room(some) + i];
                        if (!Double.isFinite(sum)) {
                            return false;
                        }
                        all[(g * outputs + o + i) * k + t] = (float) sum;
                    }
                }
                at += room(some) * taps.length;
                o += some;
            }
        }
        floats(w).put((int) w.layout().offset(), all, 0, all.length);
        return true;
    }

    /** The state of a thread. */
    private final class Correlation {
        private final PaddedImage image = image();
        private final float[] results = new float[Math.min(outputs + 4, 2 * LANES) * step()];
        /** Results, [places, outputs]. */
        private final float[] turned = new float[2 * LANES * places];

        private final float[] lanes = new float[8 * LANES];
        private final View x;
        private final View y;
        private final int k;
        private final FloatBuffer ofX;
        private final FloatBuffer ofY;

        Correlation(View x, View y, int k) {
            this.x = x;
            this.y = y;
            this.k = k;
            ofX = floats(x);
            ofY = floats(y);
        }

        void add(long number, long group, int row, float[] sums) {
            load(image, ofX, channels(x.layout(), number, group, inputs), row);
            Layout from = channels(y.layout(), number, group, outputs);
            int at = 0;
            for (int o = 0; o < outputs; ) {
                int real = correlated(outputs - o);
                move(ofY, from, o, real, row, true, results);
                if (isWide(real)) {
                    outer(real, at, sums);
                } else {
                    inner(real, at, sums);
                }
                at += room(real) * taps.length;
                o += real;
            }
        }

        /** Adds products of elements and vectors of outputs. */
        private void outer(int real, int to, float[] sums) {
            int room = room(real);
            for (int p = 0; p < places; p += RUN) {
                int end = Math.min(places, p + RUN);
                for (int o = 0; o < room; o++) {
                    int from = o < real ? o * step() : -1;
                    for (int i = p; i < end; i++) {
                        turned[i * room + o] = from < 0 ? 0 : results[from + i];
                    }
                }
                for (int t = 0; t < taps.length; t += TOGETHER) {
                    LOOPS.outer(room / LANES, turned, image.elements, taps, t, p, end, sums, to + t * room);
                }
            }
        }

        /** Adds products of vectors of places. */
        private void inner(int real, int to, float[] sums) {
            int some = real == 1 ? 1 : 4;
            int together = some == 1 ? 6 : 2;
            for (int t = 0; t < k; t += together) {
                LOOPS.correlations(some, results, 0, step(), image.elements, taps, t, places, lanes);
                add(to + t * real, real, Math.min(together, k - t), together, sums);
            }
        }

        private void add(int to, int real, int count, int together, float[] sums) {
            int next = to;
            for (int t = 0; t < count; t++) {
                for (int o = 0; o < real; o++) {
                    double even = 0;
                    double odd = 0;
                    int at = (o * together + t) * LANES;
                    for (int i = 0; i < LANES; i += 2) {
                        even += lanes[at + i];
                        odd += lanes[at + i + 1];
                    }
                    sums[next++] += (float) (even + odd);
                }
            }
        }
    }
}
