package kron4j.train;

import kron4j.TensorException;

/** Decides when a metric has stopped improving; smaller is better. */
public final class EarlyStopping {
    private final int patience;
    private final double least;
    private double best = Double.POSITIVE_INFINITY;
    private int waited;

    /**
     * Makes a rule that has seen no value yet.
     *
     * @param patience number of values in a row without improvement to stop at, at least 1
     * @param least an improvement is more than this below the best value so far; at least 0
     * @throws TensorException if a number is outside its range
     */
    public EarlyStopping(int patience, double least) {
        if (patience < 1 || !(least >= 0)) {
            throw new TensorException("EarlyStopping: patience " + patience + " and least improvement " + least
                    + "; expected at least 1 and 0");
        }
        this.patience = patience;
        this.least = least;
    }

    /**
     * Takes the next value.
     *
     * @param value of the metric; NaN is no improvement
     * @return whether to stop
     */
    public boolean stop(double value) {
        if (value < best - least) {
            best = value;
            waited = 0;
        } else {
            waited++;
        }
        return waited >= patience;
    }

    /** {@return whether the last value was an improvement} */
    public boolean improved() {
        return waited == 0;
    }

    /** {@return the best value so far; infinity before the first} */
    public double best() {
        return best;
    }
}
