package kron4j.backend.cpu;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import kron4j.Layout;
import kron4j.backend.View;
import kron4j.plan.WindowPlan;
import kron4j.plan.WindowPlan.Axis;

/** Maxima of float32 over windows that slide, by vectors: a channel is padded, so that what one tap reads of a row of windows is a run. */
final class DirectMaxima {
    /** Elements that a padded channel may have. */
    private static final int MOST = 1 << 18;
    /** Strides along the last axis up to which maxima of places between windows take less time than to part a row by remainders. */
    private static final long NEAR = 4;

    private static final Loops LOOPS = Loops.BEST;

    private final List<Axis> axes;
    private final View a;
    private final View out;
    private final View index;
    private final int[] n = new int[PaddedImage.RANK];
    private final int[] stride = new int[PaddedImage.RANK];
    private final int[] width = new int[PaddedImage.RANK];
    private final int[] count = new int[PaddedImage.RANK];
    private final int[] k = new int[PaddedImage.RANK];
    /** Places from a window to the next along the last axis, and of a row of windows, whole vectors. */
    private int between;

    private int places;

    private DirectMaxima(WindowPlan plan, View a, View out, View index) {
        axes = plan.axes();
        this.a = a;
        this.out = out;
        this.index = index;
    }

    /** {@return whether this can do it, and did} */
    static boolean run(WindowPlan plan, View a, View out, View index) {
        boolean fits = LOOPS.bits() > 0
                && Primitive.of(a.dtype()) == Primitive.FLOAT
                && out.shape().size() > 0;
        for (View v : List.of(a, out, index)) {
            fits &= ((CpuStorage) v.storage()).fitsOneBuffer();
        }
        DirectMaxima maxima = new DirectMaxima(plan, a, out, index);
        if (!fits || !maxima.plan()) {
            return false;
        }
        maxima.run();
        return true;
    }

    private boolean plan() {
        double size = 1;
        for (int i = 0; i < PaddedImage.RANK; i++) {
            Axis axis = axes.get(i);
            long taps = (axis.to0() - axis.from0() - 1) / axis.step() + 1;
            long span = (axis.out() - 1) * axis.factor() + axis.to0() - axis.from0();
            size *= (double) (span + axis.factor());
            if (axis.divisor() != 1 || size > MOST) {
                return false;
            }
            n[i] = (int) axis.n();
            stride[i] = i < PaddedImage.RANK - 1 || axis.factor() <= NEAR ? 1 : (int) axis.factor();
            between = (int) axis.factor() / stride[i];
            width[i] = (int) ((span + stride[i] - 1) / stride[i]);
            count[i] = (int) axis.out();
            k[i] = (int) taps;
            int lanes = LOOPS.bits() / Float.SIZE;
            places = ((count[i] - 1) * between / lanes + 1) * lanes;
        }
        return true;
    }

    private void run() {
        int channels = (int) a.shape().at(1);
        long grain = 1L + Tiles.GRAIN / ((long) count[0] * count[1] * places * k[0] * k[1] * k[2]);
        Parallel.forRange(a.shape().at(0) * channels, grain, (from, to) -> {
            Channel channel = new Channel();
            for (long i = from; i < to; i++) {
                channel.run(a.layout().select(0, i / channels).slice(0, i % channels, i % channels + 1, 1), i);
            }
        });
    }

    /** The state of a thread. */
    private final class Channel {
        private final int tail = LOOPS.bits() / Float.SIZE;
        private final PaddedImage image = new PaddedImage(1, n, stride, width, tail, Float.NEGATIVE_INFINITY);
        private final float[] largest = new float[count[1] * places];
        private final float[] distances = new float[count[1] * places];
        private final int windows = count[0] * count[1] * count[2];
        private final float[] found = new float[windows];
        private final long[] at = new long[windows];
        private final int[] taps = new int[k[0] * k[1] * k[2]];
        /** How far a tap's element is from the first tap's in the channel, as bits. */
        private final float[] names = new float[taps.length];

        private final FloatBuffer source = ((CpuStorage) a.storage()).whole().asFloatBuffer();
        private final FloatBuffer target = ((CpuStorage) out.storage()).whole().asFloatBuffer();
        private final LongBuffer targets =
                ((CpuStorage) index.storage()).whole().asLongBuffer();

        Channel() {
            for (int t = 0; t < taps.length; t++) {
                int x = t / (k[1] * k[2]) * (int) axes.get(0).step();
                int y = t / k[2] % k[1] * (int) axes.get(1).step();
                int z = t % k[2] * (int) axes.get(2).step();
                taps[t] = image.place(x, y, z);
                names[t] = Float.intBitsToFloat((int) position(x, y, z));
            }
        }

        private long position(long x, long y, long z) {
            return (x * n[1] + y) * n[2] + z;
        }

        void run(Layout from, long number) {
            image.load(
                    source, from, (int) axes.get(0).from0(), (int) axes.get(1).from0(), (int)
                            axes.get(2).from0());
            int step = image.window(0, (int) axes.get(1).factor(), 0);
            for (int x = 0; x < count[0]; x++) {
                int first = image.window(x * (int) axes.get(0).factor(), 0, 0);
                LOOPS.maxima(image.elements, first, step, count[1], taps, names, largest, distances, places);
                for (int y = 0; y < count[1]; y++) {
                    row(x, y);
                }
            }
            target.put((int) (out.layout().offset() + number * windows), found);
            targets.put((int) (index.layout().offset() + number * windows), at);
        }

        /** A row's maxima and their places; where nothing is above -infinity, of the first element. */
        private void row(int x, int y) {
            Axis last = axes.get(2);
            long begin = position(
                    x * axes.get(0).factor() + axes.get(0).from0(),
                    y * axes.get(1).factor() + axes.get(1).from0(),
                    last.from0());
            int step = (int) last.factor();
            int next = (x * count[1] + y) * count[2];
            int from = y * places;
            for (int z = 0; z < count[2]; z++) {
                int distance = Float.floatToRawIntBits(distances[from + z * between]);
                found[next + z] = largest[from + z * between];
                at[next + z] = distance < 0
                        ? position(axes.get(0).from(x), axes.get(1).from(y), last.from(z))
                        : begin + z * step + distance;
            }
        }
    }
}
