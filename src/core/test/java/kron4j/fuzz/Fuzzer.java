package kron4j.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import kron4j.Device;
import kron4j.TensorScope;
import kron4j.contract.DeviceUnderTest;
import kron4j.sim.SimCuda;

/**
 * Runs cases on a device, one at a time, and holds each to what all have in common: an answer within seconds, no memory live that was not before, nothing
 * printed. A failure is made as small as it gets by {@link #shrink}. While it is open, it has System.out and System.err.
 */
final class Fuzzer implements AutoCloseable {
    private static final int SHRINK_RUNS = 4000;
    private static final long SHRINK_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** A case that does not end; its thread is lost, and so is this fuzzer. */
    static final class Hang extends RuntimeException {
        private static final long serialVersionUID = 1;

        Hang(String message) {
            super(message);
        }
    }

    private final Device device;
    private final int seconds;
    private final PrintStream out = System.out;
    private final PrintStream err = System.err;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final SimCuda sim;
    private final File log = new File(System.getProperty("fuzz.output", ""));
    private long logged = log.length();
    private Thread worker;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        worker = new Thread(work, "fuzzed");
        worker.setDaemon(true);
        return worker;
    });

    /** @param seconds that a case may take */
    Fuzzer(Device device, int seconds) {
        this.device = device;
        this.seconds = seconds;
        this.sim = !device.equals(Device.cpu()) && DeviceUnderTest.isSimulated() ? SimCuda.open() : null;
        PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(capture);
        System.setErr(capture);
    }

    Draw draw(long seed) {
        return Draw.of(device, seed);
    }

    Draw draw(int... choices) {
        return Draw.of(device, choices);
    }

    /**
     * What is wrong with a case, or null.
     *
     * @throws Hang with the stack of the thread that computes it, if it takes too long
     */
    Throwable run(Consumer<Draw> check, Draw draw) {
        Future<Throwable> result = thread.submit(() -> failure(check, draw));
        try {
            return result.get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            StringBuilder stack = new StringBuilder();
            for (StackTraceElement frame : worker.getStackTrace()) {
                stack.append("\n    at ").append(frame);
            }
            throw new Hang("no answer after " + seconds + " s, choices " + Arrays.toString(draw.choices()) + stack);
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Throwable failure(Consumer<Draw> check, Draw draw) {
        int order = draw.below(1 << 16);
        if (sim != null) {
            sim.seed(order);
        }
        long before = device.memoryReport().live();
        long reports = sim == null ? 0 : sim.reports();
        Throwable thrown = null;
        try (TensorScope scope = device.openScope()) {
            check.accept(draw);
        } catch (Exception | LinkageError | AssertionError | StackOverflowError | OutOfMemoryError e) {
            thrown = e;
        }
        long left = device.memoryReport().live() - before;
        String text = printed.toString(StandardCharsets.UTF_8);
        printed.reset();
        long length = log.length();
        boolean wrote = length != logged;
        logged = length;
        if (thrown != null) {
            return thrown;
        }
        if (sim != null && sim.reports() != reports) {
            return new AssertionError("device: " + sim.lastReport());
        }
        if (left > 0) {
            return new AssertionError("leak: " + left + " bytes are live that were not before");
        }
        if (!text.isEmpty() || wrote) {
            return new AssertionError("printed: " + (wrote ? "by native code, to " + log : text));
        }
        return null;
    }

    /** Choices with the same kind of failure that are as few and as small as a greedy search finds. */
    int[] shrink(Consumer<Draw> check, int[] choices, Throwable failure) {
        Shrinking shrinking = new Shrinking(check, choices, kind(failure));
        while (shrinking.pass()) {}
        return shrinking.best;
    }

    private static String kind(Throwable failure) {
        String text = String.valueOf(failure.getMessage());
        return failure.getClass() + " " + text.split("[ :,(]", 2)[0];
    }

    private final class Shrinking {
        private final Consumer<Draw> check;
        private final String kind;
        private final long end = System.nanoTime() + SHRINK_NANOS;
        private int left = SHRINK_RUNS;
        private int[] best;

        Shrinking(Consumer<Draw> check, int[] choices, String kind) {
            this.check = check;
            this.best = choices;
            this.kind = kind;
        }

        /** Shorter first, then smaller; whether anything helped. */
        boolean pass() {
            boolean better = false;
            for (int length = Math.max(1, best.length / 2); length > 0; length /= 2) {
                for (int at = best.length - length; at >= 0; at--) {
                    better |= at + length <= best.length && takes(without(at, length));
                }
            }
            for (int i = 0; i < best.length; i++) {
                better |= best[i] > 0
                        && (takes(with(i, 0)) || takes(with(i, best[i] / 2)) || takes(with(i, best[i] - 1)));
            }
            return better && left > 0;
        }

        private int[] without(int at, int length) {
            int[] shorter = new int[best.length - length];
            System.arraycopy(best, 0, shorter, 0, at);
            System.arraycopy(best, at + length, shorter, at, shorter.length - at);
            return shorter;
        }

        private int[] with(int i, int value) {
            int[] changed = best.clone();
            changed[i] = value;
            return changed;
        }

        private boolean takes(int[] choices) {
            if (left-- <= 0 || System.nanoTime() > end) {
                left = 0;
                return false;
            }
            Draw draw = draw(choices);
            Throwable thrown = run(check, draw);
            int[] used = trimmed(draw.choices());
            if (thrown == null || !kind(thrown).equals(kind) || !simpler(used)) {
                return false;
            }
            best = used;
            return true;
        }

        private boolean simpler(int[] choices) {
            return choices.length != best.length ? choices.length < best.length : Arrays.compare(choices, best) < 0;
        }
    }

    /** Without the zeros at the end, which are what a record goes on with. */
    static int[] trimmed(int... choices) {
        int n = choices.length;
        while (n > 0 && choices[n - 1] == 0) {
            n--;
        }
        return Arrays.copyOf(choices, n);
    }

    @Override
    public void close() {
        thread.shutdownNow();
        System.setOut(out);
        System.setErr(err);
    }
}
