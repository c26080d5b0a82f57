package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.List;
import kron4j.backend.Backend.Channels;
import kron4j.backend.Backend.Norm;
import kron4j.backend.View;

/**
 * Normalized channels of float32 or halves, by vectors, as {@link LineNorms}: a set is the channels or the samples that share a mean, each a run of positions with a weight. What a
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
        LineNorms.load(affine, index, all, all.length);
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

    private long at(int run) {
        return (long) run * positions;
    }

    static void forward(Norm norm, View x, List<View> affine, View y, View[] statistics) {
        ChannelNorms plan = new ChannelNorms(norm, affine);
        float[] biases = plan.numbers(affine, 1, -0f);
        int positions = plan.positions;
        NormLoops loops = LOOPS.norms(x.dtype(), positions);
        Parallel.forRange(plan.sets(), 1 + Tiles.GRAIN / norm.length(), (from, to) -> {
            NormLine line = new NormLine(loops, x, positions);
            NormLine result = new NormLine(loops, y, positions);
            double[] lanes = new double[LOOPS.bits() / 32];
            float[] by = new float[4];
            for (long set = from; set < to; set++) {
                float first = norm.centred() ? line.element(plan.at(plan.run(set, 0))) : 0;
                double distances = 0;
                double squares = 0;
                for (int i = 0; i < plan.runs(); i++) {
                    loops.sums(line.read(plan.at(plan.run(set, i)), first), first, lanes);
                    distances += LineNorms.sum(lanes, 0);
                    squares += LineNorms.sum(lanes, lanes.length / 2);
                }
                LineNorms.statistics(norm, first, distances, squares, by);
                for (int i = 0; i < plan.runs(); i++) {
                    int run = plan.run(set, i);
                    int channel = plan.channel(run);
                    line.read(plan.at(run), 0);
                    loops.normalize(line, by, plan.weights[channel], biases[channel], result.begin(plan.at(run)));
                    result.end();
                }
                for (int i = 0; i < statistics.length; i++) {
                    LineNorms.floats(statistics[i])
                            .put((int) (statistics[i].layout().offset() + set), by[i]);
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
        NormLoops loops = LOOPS.norms(x.dtype(), positions);
        Parallel.forRange(plan.sets(), 1 + Tiles.GRAIN / norm.length(), (from, to) -> {
            NormLine line = new NormLine(loops, x, positions);
            NormLine slope = new NormLine(loops, g, positions);
            NormLine result = new NormLine(loops, ofX, positions);
            float[] by = new float[3];
            for (long set = from; set < to; set++) {
                for (int i = 0; i < statistics.length; i++) {
                    View v = statistics[i];
                    by[i] = LineNorms.floats(v).get((int) (v.layout().offset() + set));
                }
                double sum = 0;
                double products = 0;
                for (int i = 0; i < plan.runs(); i++) {
                    int run = plan.run(set, i);
                    line.read(plan.at(run), 0);
                    slope.read(plan.at(run), 0);
                    for (int at = 0; at < positions; at += LineNorms.CHUNK) {
                        int n = Math.min(LineNorms.CHUNK, positions - at);
                        float[] lanes = loops.products(line, by, slope, at, n);
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
                    line.read(plan.at(run), 0);
                    slope.read(plan.at(run), 0);
                    float w = plan.weights[plan.channel(run)];
                    loops.slopes(line, by, slope, w, ofProducts, ofSum, result.begin(plan.at(run)));
                    result.end();
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
        LineNorms.store(sums, out);
    }
}
