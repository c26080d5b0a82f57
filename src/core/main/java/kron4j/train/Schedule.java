package kron4j.train;

import kron4j.TensorException;

/** The learning rate at each step, counted from 0. */
@FunctionalInterface
public interface Schedule {
    double at(long step);

    /** Always {@code rate}. */
    static Schedule constant(double rate) {
        requirePositive("constant", "rate", rate);
        return step -> rate;
    }

    /** {@code rate * factor^(step / every)}, with an integer quotient: the rate drops every so many steps. */
    static Schedule stepwise(double rate, double factor, long every) {
        requirePositive("stepwise", "rate", rate);
        requirePositive("stepwise", "factor", factor);
        requirePositive("stepwise", "every", every);
        return step -> rate * Math.pow(factor, step / every);
    }

    /** {@code rate * factor^step}. */
    static Schedule exponential(double rate, double factor) {
        requirePositive("exponential", "rate", rate);
        requirePositive("exponential", "factor", factor);
        return step -> rate * Math.pow(factor, step);
    }

    /**
     * Half a cosine from {@code rate} at step 0 to {@code last} at step {@code steps} and after.
     *
     * <p>Source: Loshchilov, Hutter: SGDR (ICLR 2017), without restarts.
     */
    static Schedule cosine(double rate, double last, long steps) {
        requirePositive("cosine", "rate", rate);
        requirePositive("cosine", "steps", steps);
        return step -> last + (rate - last) * (1 + Math.cos(Math.PI * Math.min(step, steps) / steps)) / 2;
    }

    /** This schedule, scaled by {@code (step + 1) / steps} during the first {@code steps} steps. */
    default Schedule warmedUp(long steps) {
        requirePositive("warmedUp", "steps", steps);
        return step -> at(step) * Math.min(1.0, (step + 1.0) / steps);
    }

    private static void requirePositive(String schedule, String what, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new TensorException("Schedule." + schedule + ": " + what + " " + value + " is not positive");
        }
    }
}
