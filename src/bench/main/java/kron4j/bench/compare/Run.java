package kron4j.bench.compare;

import java.util.List;

/**
 * What one run of a peer came to.
 *
 * @param status whether there is a time
 * @param detail why there is none, or empty
 * @param seconds the median time of a call; NaN if there is none
 * @param noise half the distance between the quartiles, as a share of the median
 * @param peak bytes by which the process grew at most, -1 if unknown
 */
record Run(Status status, String detail, double seconds, double noise, long peak) {
    /** How a run may end. */
    enum Status {
        /** Checked and timed. */
        OK,
        /** The library is not here. */
        MISSING,
        /** The library has no such operation. */
        UNSUPPORTED,
        /** It threw, or its process ended. */
        FAILS,
        /** It took longer than it may. */
        HANGS,
        /** Its result is wrong. */
        DIFFERS
    }

    static Run none(Status status, String detail) {
        return new Run(status, detail, Double.NaN, Double.NaN, -1);
    }

    static Run of(List<Double> samples, long peak) {
        double[] sorted =
                samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double median = sorted[sorted.length / 2];
        double spread = sorted[sorted.length * 3 / 4] - sorted[sorted.length / 4];
        return new Run(Status.OK, "", median, spread / 2 / median, peak);
    }

    boolean ok() {
        return status == Status.OK;
    }

    /** Two runs as one: the faster median, and the distance between the two as noise if that is larger; what went wrong once is wrong. */
    Run with(Run second) {
        if (!ok() || !second.ok()) {
            return ok() ? second : this;
        }
        Run faster = seconds <= second.seconds ? this : second;
        double drift = Math.abs(seconds - second.seconds) / faster.seconds;
        return new Run(
                Status.OK,
                "",
                faster.seconds,
                Math.max(drift, Math.max(noise, second.noise)),
                Math.max(peak, second.peak));
    }
}
