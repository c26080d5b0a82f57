package kron4j.train;

import kron4j.TensorException;

/** Says when a metric has stopped to improve; smaller is better. */
public final class EarlyStopping {
    private final int patience;
    private final double least;
    private double best = Double.POSITIVE_INFINITY;
    private int waited;

    /**
     * @param patience how many values in a row may bring no improvement
     * @param least what counts as an improvement of the best value so far
     */
    public EarlyStopping(int patience, double least) {
        if (patience < 1 || !(least >= 0)) {
            throw new TensorException("EarlyStopping: patience " + patience + " and least improvement " + least
                    + "; need at least 1 and 0");
        }
        this.patience = patience;
        this.least = least;
    }

    /** Takes the next value (NaN never improves); whether to stop. */
    public boolean stop(double value) {
        if (value < best - least) {
            best = value;
            waited = 0;
        } else {
            waited++;
        }
        return waited >= patience;
    }

    /** Whether the last value was the best so far. */
    public boolean improved() {
        return waited == 0;
    }

    public double best() {
        return best;
    }
}
