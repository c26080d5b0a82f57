package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import kron4j.backend.Backend.Channels;
import kron4j.backend.Backend.Norm;
import kron4j.backend.View;

/**
 * Normalized lines of float32 or halves, by vectors: a line is read once, and stays in the first-level cache for its statistics and its result.
 * Gradients of weights are summed over blocks of lines whose size is fixed, so that they are the same for any number of threads.
 */
final class LineNorms {
    private static final int SHORTEST = 32;
    private static final int SHORTEST_CHANNEL = 8;
    private static final int LONGEST = 1 << 16;

    /** Elements whose products are summed in float32. */
    static final int CHUNK = 1 << 10;

    /** Lines of a block. */
    private static final int BLOCK = 32;

    private static final Loops LOOPS = Loops.BEST;

    private LineNorms() {}

    /** Also for {@link ChannelNorms}, whose lines are the positions of a channel. */
    static boolean has(Norm norm, View... views) {
        long length = norm.channels().map(Channels::positions).orElse(norm.length());
        return LOOPS.bits() > 0
                && length >= (norm.channels().isPresent() ? SHORTEST_CHANNEL : SHORTEST)
                && length <= LONGEST
                && views[0].shape().size() > 0
                && (FusedKernels.areDense(views) || Arrays.stream(views).allMatch(WideBlocks::isDense));
    }

    static FloatBuffer floats(View v) {
        return ((CpuStorage) v.storage()).whole().asFloatBuffer();
    }

    /** The affine operand at an index, or so many times a value. */
    private static float[] affine(List<View> affine, int index, int length, float value) {
        float[] line = NormLine.line(length, value);
        load(affine, index, line, length);
        return line;
    }

    /** Has the first elements of the affine operand at an index, if there is one. */
    static void load(List<View> affine, int index, float[] numbers, int n) {
        for (int i = 0; i < n && index < affine.size(); i++) {
            numbers[i] = number(affine.get(index), i);
        }
    }

    static double sum(double[] lanes, int from) {
        double sum = 0;
        for (int i = from; i < from + lanes.length / 2; i++) {
            sum += lanes[i];
        }
        return sum;
    }

    private static float number(View v, int index) {
        int at = (int) v.layout().offset() + index;
        ByteBuffer bytes = ((CpuStorage) v.storage()).whole();
        return v.dtype().isHalf()
                ? Half.of(v.dtype()).wide(bytes.getShort(at * Short.BYTES))
                : bytes.getFloat(at * Float.BYTES);
    }

    static void forward(Norm norm, View x, List<View> affine, View y, View[] statistics) {
        int length = (int) norm.length();
        float[] w = affine(affine, 0, length, 1);
        float[] b = affine(affine, 1, length, -0f);
        NormLoops loops = LOOPS.norms(x.dtype(), length);
        Parallel.forRange(x.shape().size() / length, 1 + Tiles.GRAIN / length, (from, to) -> {
            NormLine line = new NormLine(loops, x, length, true);
            NormLine result = new NormLine(loops, y, length);
            FloatBuffer[] found =
                    Arrays.stream(statistics).map(LineNorms::floats).toArray(FloatBuffer[]::new);
            float[] lanes = new float[LOOPS.bits() / 16];
            double[] sums = new double[2];
            float[] by = new float[4];
            for (long row = from; row < to; row++) {
                statistics(norm, loops, line, row * length, lanes, sums, by);
                loops.normalize(line, by, w, b, result.begin(row * length));
                result.end();
                for (int i = 0; i < found.length; i++) {
                    found[i].put((int) (statistics[i].layout().offset() + row), by[i]);
                }
            }
        });
    }

    /**
     * The statistics of the line that begins at an element, of which a copy is left: from distances from the mean of two of its elements, summed in float32 by lanes, or, where the line's own
     * mean is so far from it that the variance would lose more than two bits, from that mean. Lines whose squares leave the range of float32 take sums in double.
     */
    private static void statistics(
            Norm norm, NormLoops loops, NormLine line, long element, float[] lanes, double[] sums, float[] by) {
        int n = line.length;
        float near = norm.centred() ? (line.element(element) + line.element(element + n / 2)) / 2 : 0;
        line.read(element, near);
        moments(loops, line, near, lanes, sums);
        if (norm.centred() && sums[0] * sums[0] > 0.75 * sums[1] * n) {
            near += (float) (sums[0] / n);
            line.pad(near);
            moments(loops, line, near, lanes, sums);
        }
        if (!(sums[1] >= n * Float.MIN_NORMAL && sums[1] <= Float.MAX_VALUE)) {
            double[] wide = new double[lanes.length / 2];
            near = norm.centred() ? line.element(element) : 0;
            line.pad(near);
            loops.sums(line, near, wide);
            sums[0] = sum(wide, 0);
            sums[1] = sum(wide, wide.length / 2);
        }
        statistics(norm, near, sums[0], sums[1], by);
    }

    private static void moments(NormLoops loops, NormLine line, float shift, float[] lanes, double[] sums) {
        Arrays.fill(sums, 0);
        for (int at = 0; at < line.length; at += CHUNK) {
            loops.moments(line, shift, at, Math.min(CHUNK, line.length - at), lanes);
            sums[0] += Folds.sum(lanes, 0, lanes.length / 2);
            sums[1] += Folds.sum(lanes, lanes.length / 2, lanes.length / 2);
        }
    }

    /**
     * The first mean, the mean of the distances from it, {@code 1 / sqrt(variance + epsilon)} and the variance, or the mean square: from the sums of distances from one of the elements and of their squares: in double the difference loses at most as many bits as the number of elements
     * has, since the square of one distance from the mean is at most the sum of all.
     */
    static void statistics(Norm norm, float from, double distances, double squares, float[] by) {
        double rest = norm.centred() ? distances / norm.length() : 0;
        double mean = from + rest;
        double variance = Math.max(0, squares / norm.length() - rest * rest);
        by[0] = norm.centred() ? (float) mean : 0;
        by[1] = norm.centred() ? (float) (mean - by[0]) : 0;
        by[3] = (float) variance;
        by[2] = (float) (1 / Math.sqrt(variance + norm.epsilon()));
    }

    static void backward(
            Norm norm, View x, View[] statistics, View g, List<View> affine, View ofX, List<View> ofAffine) {
        int length = (int) norm.length();
        long rows = x.shape().size() / length;
        float[] w = affine(affine, 0, length, 1);
        int blocks = (int) ((rows + BLOCK - 1) / BLOCK);
        float[][] ofWeights = new float[blocks][];
        float[][] ofBiases = new float[blocks][];
        NormLoops loops = LOOPS.norms(x.dtype(), length);
        Parallel.forRange(blocks, 1 + Tiles.GRAIN / BLOCK / length, (from, to) -> {
            NormLine line = new NormLine(loops, x, length);
            NormLine slope = new NormLine(loops, g, length);
            NormLine result = new NormLine(loops, ofX, length);
            FloatBuffer[] found =
                    Arrays.stream(statistics).map(LineNorms::floats).toArray(FloatBuffer[]::new);
            float[] by = new float[3];
            for (int block = (int) from; block < to; block++) {
                ofWeights[block] = NormLine.line(length, 0);
                ofBiases[block] = NormLine.line(length, 0);
                for (long row = (long) block * BLOCK; row < Math.min(rows, (block + 1L) * BLOCK); row++) {
                    line.read(row * length, 0);
                    slope.read(row * length, 0);
                    for (int i = 0; i < found.length; i++) {
                        by[i] = found[i].get((int) (statistics[i].layout().offset() + row));
                    }
                    double sum = 0;
                    double products = 0;
                    for (int at = 0; at < length; at += CHUNK) {
                        int n = Math.min(CHUNK, length - at);
                        float[] lanes = loops.weigh(line, by, slope, w, ofWeights[block], ofBiases[block], at, n);
                        sum += Folds.sum(lanes, 0, lanes.length / 2);
                        products += Folds.sum(lanes, lanes.length / 2, lanes.length / 2);
                    }
                    float ofSum = norm.centred() ? (float) (sum / length) : 0;
                    loops.slopes(line, by, slope, w, (float) (products / length), ofSum, result.begin(row * length));
                    result.end();
                }
            }
        });
        for (int i = 0; i < ofAffine.size(); i++) {
            store(i == 0 ? ofWeights : ofBiases, length, ofAffine.get(i));
        }
    }

    private static void store(float[][] parts, int length, View out) {
        double[] sums = new double[length];
        for (float[] part : parts) {
            for (int i = 0; i < length; i++) {
                sums[i] += part[i];
            }
        }
        store(sums, out);
    }

    static void store(double[] sums, View out) {
        int length = sums.length;
        Tile tile = Tile.local()[0];
        Cursor target = Cursor.of(out, Kind.DOUBLE, new long[] {1}, out.layout().offset());
        for (int from = 0; from < length; from += Tile.SIZE) {
            int n = Math.min(Tile.SIZE, length - from);
            System.arraycopy(sums, from, tile.doubles, 0, n);
            target.store(out.layout().offset() + from, 1, n, tile);
        }
    }
}
