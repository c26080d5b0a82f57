package kron4j.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import kron4j.Device;
import kron4j.Tensor;

/** The lines of a step, its duration, and whether its checks hold. */
public final class Report {
    /**
     * A comparison with an independent computation of the same numbers.
     *
     * @param error |got - expected| of the number that is closest to its tolerance, or exceeds it most
     */
    public record Checked(String what, boolean holds, double error, double tolerance) {}

    private final List<String> lines = new ArrayList<>();
    private final List<Checked> checks = new ArrayList<>();
    private final Runnable tick;
    private final long started = System.nanoTime();
    private double seconds;

    /** @param tick called after every part of the work */
    public Report(Runnable tick) {
        this.tick = tick;
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }

    public List<Checked> checks() {
        return List.copyOf(checks);
    }

    public boolean holds() {
        return checks.stream().allMatch(Checked::holds);
    }

    /** The duration of the step. */
    public double seconds() {
        return seconds;
    }

    /** The step is over. */
    public void finish() {
        seconds = (System.nanoTime() - started) * 1e-9;
    }

    // ---- for steps ----

    void say(String format, Object... arguments) {
        lines.add(String.format(Locale.ROOT, format, arguments));
        tick.run();
    }

    /** Computes, waits for the device and reports the duration and the result's shape. */
    Tensor timed(String what, Supplier<Tensor> computation) {
        long from = System.nanoTime();
        Tensor result = computation.get();
        Device device = result.device();
        device.synchronize();
        double milliseconds = (System.nanoTime() - from) * 1e-6;
        say("%s: %s %s in %.1f ms", what, result.shape(), result.dtype(), milliseconds);
        return result;
    }

    /** Every number within its own tolerance. */
    void check(String what, double[] expected, double[] got, double[] tolerance) {
        double worst = got.length == expected.length ? 0 : Double.POSITIVE_INFINITY;
        double error = 0;
        double allowed = 0;
        for (int i = 0; i < Math.min(got.length, expected.length); i++) {
            double e = Math.abs(got[i] - expected[i]);
            double ratio = e == 0 ? 0 : e / tolerance[i];
            // The comparison is false for a NaN, which must not pass.
            if (!(ratio <= worst)) {
                worst = Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio;
                error = e;
                allowed = tolerance[i];
            }
        }
        boolean holds = worst <= 1;
        add(
                new Checked(what, holds, error, allowed),
                "%s: %d numbers, the worst off by %.2g (%.2g allowed)",
                got.length,
                error,
                allowed);
    }

    void check(String what, double expected, double got, double tolerance) {
        double error = Math.abs(got - expected);
        add(
                new Checked(what, error <= tolerance, error, tolerance),
                "%s: off by %.2g (%.2g allowed)",
                error,
                tolerance);
    }

    /** A check without a tolerance, such as equality to the last bit. */
    void check(String what, boolean holds) {
        add(new Checked(what, holds, 0, 0), "%s");
    }

    private void add(Checked checked, String format, Object... arguments) {
        checks.add(checked);
        Object[] all = new Object[arguments.length + 1];
        all[0] = checked.what();
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        say((checked.holds() ? "check holds: " : "CHECK FAILS: ") + format, all);
    }
}
