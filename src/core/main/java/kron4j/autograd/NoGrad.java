package kron4j.autograd;

import java.util.function.Supplier;

/**
 * Stops recording in this thread while open: results carry no history, and tensors that require gradients may be updated
 * in place. Scopes close in the reverse of the order they were opened in (try-with-resources); or use {@link #of} and
 * {@link #run}.
 *
 * <pre>{@code
 * Tensor w = Random.normal(1, DType.FLOAT64, 3).requiresGrad();
 * Tensor g = Gradients.of(Elementwise.square(w).sum(), w).get(0);
 * NoGrad.run(() -> InPlace.subtract(w, g.multiply(0.1)));
 * }</pre>
 */
public final class NoGrad implements AutoCloseable {
    private static final ThreadLocal<Boolean> OFF = new ThreadLocal<>();

    private final Boolean before = OFF.get();

    private NoGrad(boolean off) {
        OFF.set(off);
    }

    /**
     * Stops recording in this thread.
     *
     * @return the scope; recording goes on when it is closed
     */
    public static NoGrad open() {
        return new NoGrad(true);
    }

    /**
     * Returns the body's result, computed with nothing recorded.
     *
     * @param <T> type of the result
     * @param body called once
     * @return its result
     */
    public static <T> T of(Supplier<T> body) {
        try (NoGrad off = open()) {
            return body.get();
        }
    }

    /**
     * Runs the body with nothing recorded.
     *
     * @param body called once
     */
    public static void run(Runnable body) {
        try (NoGrad off = open()) {
            body.run();
        }
    }

    /** Records again, for a recomputation inside a sweep. */
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
