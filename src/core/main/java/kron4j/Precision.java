package kron4j;

/**
 * How exactly matrix products of float32 are computed, for the calling thread: {@link #FULL} unless a scope says otherwise.
 *
 * <pre>{@code
 * try (Precision.Scope fast = Precision.TF32.open()) {
 *     y = x.matmul(w);
 * }
 * }</pre>
 *
 * It holds for GEMMs (matmul, einsum and what is built on them) on CUDA cards. The CPU, other dtypes and factorisations compute in full always.
 */
public enum Precision {
    /** Products and sums in the dtype of the operands: relative error about {@code k * 2^-24} for an inner size of k. */
    FULL,
    /**
     * The tensor cores' TensorFloat-32: operands may be rounded to 11 significant bits (relative error 2^-11 each) before they are multiplied; sums
     * stay in float32. Several times as fast on cards of compute capability 8.0 and newer, the same as FULL on older ones.
     */
    TF32;

    private static final ThreadLocal<Precision> CURRENT = new ThreadLocal<>();

    /** That of the calling thread. */
    public static Precision current() {
        Precision chosen = CURRENT.get();
        return chosen == null ? FULL : chosen;
    }

    /** Makes this the calling thread's until the scope is closed, in the same thread; scopes nest. */
    public Scope open() {
        Precision before = CURRENT.get();
        CURRENT.set(this);
        return new Scope(before);
    }

    /** Ends with {@link #close}. */
    public static final class Scope implements AutoCloseable {
        private final Precision before;
        private final Thread thread = Thread.currentThread();

        private Scope(Precision before) {
            this.before = before;
        }

        /**
         * Puts the precision of before back.
         *
         * @throws IllegalStateException if called in another thread than it was opened in
         */
        @Override
        public void close() {
            if (Thread.currentThread() != thread) {
                throw new IllegalStateException("Precision: a scope of thread " + thread.getName() + " closed in "
                        + Thread.currentThread().getName());
            }
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
        }
    }
}
