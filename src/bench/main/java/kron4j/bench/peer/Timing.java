package kron4j.bench.peer;

import java.util.ArrayList;
import java.util.List;

/**
 * How long a workload is repeated.
 *
 * @param warmUp seconds before anything counts
 * @param seconds seconds that count
 * @param least samples taken even if they take longer, though not ten times as long
 * @param most samples after which it is enough
 */
public record Timing(double warmUp, double seconds, int least, int most) {
    /** Below this a sample is several calls, so that the clock does not count. */
    private static final double SAMPLE = 20e-6;

    private static final double PATIENCE = 10;

    /** Seconds of a call, once for each sample. */
    List<Double> measure(Library.Work work) {
        double call = warm(work);
        int calls = (int) Math.max(1, Math.ceil(SAMPLE / call));
        List<Double> samples = new ArrayList<>();
        long start = System.nanoTime();
        while (samples.isEmpty()
                || (samples.size() < least && since(start) < PATIENCE * seconds)
                || (samples.size() < most && since(start) < seconds)) {
            long begun = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                work.run();
            }
            samples.add(since(begun) / calls);
        }
        return samples;
    }

    /** Seconds of one of the last calls. */
    private double warm(Library.Work work) {
        long start = System.nanoTime();
        double last;
        do {
            long begun = System.nanoTime();
            work.run();
            last = since(begun);
        } while (since(start) < warmUp);
        return Math.max(last, 1e-9);
    }

    private static double since(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }
}
