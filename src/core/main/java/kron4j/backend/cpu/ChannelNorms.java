package kron4j.backend.cpu;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import kron4j.backend.Backend.Channels;
import kron4j.backend.Backend.Norm;
import kron4j.backend.View;

/**
 * Normalized channels of float32, by vectors, as {@link LineNorms}: a set is the channels or the samples that share a mean, each a run of positions with a weight. What a
 * thread reads of a set again for its variance and its results is still in the second-level cache, mostly.
 */
final class ChannelNorms {
    private static final Loops LOOPS = Loops.BEST;

    private final Channels channels;
    private final int positions;
    private final float[] weights;

    private ChannelNorms(Norm norm, List<View> affine) {
        channels = norm.channels().orElseThrow();
        positions = (int) channels.positions();
        weights = numbers(affine, 0, 1);
    }

    private float[] numbers(List<View> affine, int index, float value) {
        float[] all = new float[(int) (channels.groups() * channels.each())];
        Arrays.fill(all, value);
        if (index < affine.size()) {
            View v = affine.get(index);
            LineNorms.floats(v).get((int) v.layout().offset(), all);
        }
        return all;
    }

    private long sets() {
        return channels.together() ? channels.groups() : channels.samples() * channels.groups();
    }

    /** Runs of a set. */
    private int runs() {
        return (int) (channels.together() ? channels.samples() : channels.each());
    }

    /** The run's number among all. */
    private int run(long set, int number) {
        return (int) (channels.together() ? number * channels.groups() + set : set * channels.each() + number);
    }

    private int channel(int run) {
        return (int) (run % (channels.groups() * channels.each()));
    }

    /** Lines and sums of a thread. */
    private class Worker {
        final float[] line = LineNorms.line(positions, 0);
        final double[] lanes = new double[LOOPS.bits() / 32];
        final float[] by = new float[4];
        private final FloatBuffer source;
        private final long offset;

        Worker(View x) {
            source = LineNorms.floats(x);
            offset = x.layout().offset();
        }

        void read(int run, float behind) {
            source.get((int) (offset + (long) run * positions), line, 0, positions);
            Arrays.fill(line, positions, line.length, behind);
        }

        /** An element of a set. */
        float first(long set) {
            return source.get((int) (offset + (long) run(set, 0) * positions));
        }

        void sums(long set, float shift, double[] sums) {
            Arrays.fill(sums, 0);
            for (int i = 0; i < runs(); i++) {
                read(run(set, i), shift);
                LOOPS.sums(line, shift, positions, lanes);
                sums[0] += LineNorms.sum(lanes, 0);
                sums[1] += LineNorms.sum(lanes, lanes.length / 2);
            }
        }
    }

    static void forward(Norm norm, View x, List<View> affine, View y, View[] statistics) {
        ChannelNorms plan = new ChannelNorms(norm, affine);
        float[] biases = plan.numbers(affine, 1, -0f);
        int positions = plan.positions;
        Parallel.forRange(plan.sets(), 1 + Tiles.GRAIN / norm.length(), (from, to) -> {
            Worker worker = plan.new Worker(x);
            FloatBuffer target = LineNorms.floats(y);
            float[] w = LineNorms.line(positions, 1);
            float[] b = LineNorms.line(positions, 0);
            double[] sums = new double[2];
            for (long set = from; set < to; set++) {
                float first = norm.centred() ? worker.first(set) : 0;
                worker.sums(set, first, sums);
                LineNorms.statistics(norm, first, sums[0], sums[1], worker.by);
                for (int i = 0; i < plan.runs(); i++) {
                    int run = plan.run(set, i);
                    worker.read(run, 0);
                    Arrays.fill(w, plan.weights[plan.channel(run)]);
                    Arrays.fill(b, biases[plan.channel(run)]);
                    LOOPS.normalize(worker.line, worker.by, w, b, worker.line, positions);
                    target.put((int) (y.layout().offset() + (long) run * positions), worker.line, 0, positions);
                }
                for (int i = 0; i < statistics.length; i++) {
                    LineNorms.floats(statistics[i])
                            .put((int) (statistics[i].layout().offset() + set), worker.by[i]);
                }
            }
        });
    }

    static void backward(
            Norm norm, View x, View[] statistics, View g, List<View> affine, View ofX, List<View> ofAffine) {
        ChannelNorms plan = new ChannelNorms(norm, affine);
        int positions = plan.positions;
        int runs = (int) (plan.sets() * plan.runs());
        double[] ofWeights = new double[runs];
        double[] ofBiases = new double[runs];
        Parallel.forRange(plan.sets(), 1 + Tiles.GRAIN / norm.length(), (from, to) -> {
            Worker worker = plan.new Worker(x);
            Worker slopes = plan.new Worker(g);
            FloatBuffer target = LineNorms.floats(ofX);
            float[] w = LineNorms.line(positions, 1);
            for (long set = from; set < to; set++) {
                for (int i = 0; i < statistics.length; i++) {
                    View v = statistics[i];
                    worker.by[i] = LineNorms.floats(v).get((int) (v.layout().offset() + set));
                }
                double sum = 0;
                double products = 0;
                for (int i = 0; i < plan.runs(); i++) {
                    int run = plan.run(set, i);
                    worker.read(run, 0);
                    slopes.read(run, 0);
                    for (int at = 0; at < positions; at += LineNorms.CHUNK) {
                        int n = Math.min(LineNorms.CHUNK, positions - at);
                        float[] lanes = LOOPS.products(worker.line, worker.by, slopes.line, at, n);
                        ofBiases[run] += Folds.sum(lanes, 0, lanes.length / 2);
                        ofWeights[run] += Folds.sum(lanes, lanes.length / 2, lanes.length / 2);
                    }
                    sum += plan.weights[plan.channel(run)] * ofBiases[run];
                    products += plan.weights[plan.channel(run)] * ofWeights[run];
                }
                float ofSum = (float) (sum / norm.length());
                float ofProducts = (float) (products / norm.length());
                for (int i = 0; i < plan.runs(); i++) {
                    int run = plan.run(set, i);
                    worker.read(run, 0);
                    slopes.read(run, 0);
                    Arrays.fill(w, plan.weights[plan.channel(run)]);
                    LOOPS.slopes(worker.line, worker.by, slopes.line, w, ofProducts, ofSum, positions);
                    target.put((int) (ofX.layout().offset() + (long) run * positions), slopes.line, 0, positions);
                }
            }
        });
        for (int i = 0; i < ofAffine.size(); i++) {
            plan.store(i == 0 ? ofWeights : ofBiases, ofAffine.get(i));
        }
    }

    private void store(double[] parts, View out) {
        double[] sums = new double[weights.length];
        for (int i = 0; i < parts.length; i++) {
            sums[channel(i)] += parts[i];
        }
        FloatBuffer target = LineNorms.floats(out);
        for (int i = 0; i < sums.length; i++) {
            target.put((int) out.layout().offset() + i, (float) sums[i]);
        }
    }
}
