package kron4j.train;

import kron4j.TensorException;

/**
 * A learning rate for each step.
 *
 * <pre>{@code
 * Schedule schedule = Schedule.cosine(1e-3, 1e-5, 10_000).warmedUp(500);
 * System.out.println(schedule.at(0));       // 2.0E-6
 * Schedule own = step -> 0.1 / (1 + step);
 * }</pre>
 */
@FunctionalInterface
public interface Schedule {
    /**
     * Returns the learning rate of a step.
     *
     * @param step counted from 0
     * @return the rate
     */
    double at(long step);

    /**
     * Returns a schedule of one rate.
     *
     * @param rate above 0
     * @return the schedule
     * @throws TensorException if the rate is not positive and finite
     */
    static Schedule constant(double rate) {
        requirePositive("constant", "rate", rate);
        return step -> rate;
    }

    /**
     * Returns {@code rate * factor^floor(step / every)}: the rate changes once every so many steps.
     *
     * @param rate of the first steps, above 0
     * @param factor above 0
     * @param every number of steps between changes, at least 1
     * @return the schedule
     * @throws TensorException if a number is not positive and finite
     */
    static Schedule stepwise(double rate, double factor, long every) {
        requirePositive("stepwise", "rate", rate);
        requirePositive("stepwise", "factor", factor);
        requirePositive("stepwise", "every", every);
        return step -> rate * Math.pow(factor, step / every);
    }

    /**
     * Returns {@code rate * factor^step}.
     *
     * @param rate of step 0, above 0
     * @param factor above 0
     * @return the schedule
     * @throws TensorException if a number is not positive and finite
     */
    static Schedule exponential(double rate, double factor) {
        requirePositive("exponential", "rate", rate);
        requirePositive("exponential", "factor", factor);
        return step -> rate * Math.pow(factor, step);
    }

    /**
     * Returns half a cosine from {@code rate} at step 0 to {@code last} at step {@code steps} and after.
     *
     * <p>Source: Loshchilov, Hutter: SGDR (ICLR 2017), without restarts.
     *
     * @param rate of step 0, above 0
     * @param last of the last steps
     * @param steps length of the descent, at least 1
     * @return the schedule
     * @throws TensorException if {@code rate} or {@code steps} is not positive and finite
     */
    static Schedule cosine(double rate, double last, long steps) {
        requirePositive("cosine", "rate", rate);
        requirePositive("cosine", "steps", steps);
        return step -> last + (rate - last) * (1 + Math.cos(Math.PI * Math.min(step, steps) / steps)) / 2;
    }

    /**
     * Returns this schedule with its first steps scaled by {@code (step + 1) / steps}.
     *
     * @param steps length of the warm-up, at least 1
     * @return the schedule
     * @throws TensorException if {@code steps} is not positive
     */
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
