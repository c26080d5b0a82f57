package kron4j.autograd;

import java.util.function.Supplier;

/**
 * A scope of this thread in which nothing is recorded: results carry no history, and tensors that require gradients may be updated in place. Close
 * in the order opened (try-with-resources), or use {@link #of} and {@link #run}.
 */
public final class NoGrad implements AutoCloseable {
    private static final ThreadLocal<Boolean> OFF = new ThreadLocal<>();

    private final Boolean before = OFF.get();

    private NoGrad(boolean off) {
        OFF.set(off);
    }

    public static NoGrad open() {
        return new NoGrad(true);
    }

    /** What the body gives, computed with nothing recorded. */
    public static <T> T of(Supplier<T> body) {
        try (NoGrad off = open()) {
            return body.get();
        }
    }

    /** Runs the body with nothing recorded. */
    public static void run(Runnable body) {
        try (NoGrad off = open()) {
            body.run();
        }
    }

    /** The opposite, for recomputation inside a sweep. */
    static NoGrad recordingAgain() {
        return new NoGrad(false);
    }

    static boolean isOff() {
        return Boolean.TRUE.equals(OFF.get());
    }

    @Override
    public void close() {
        if (before == null) {
            OFF.remove();
        } else {
            OFF.set(before);
        }
    }
}
