package kron4j;

/**
 * The precision of float32 matrix products, for the calling thread: {@link #FULL} unless a scope says otherwise.
 *
 * <pre>{@code
 * Tensor y;
 * try (Precision.Scope fast = Precision.TF32.open()) {
 *     y = x.matmul(w);
 * }
 * }</pre>
 *
 * <p>It holds for GEMMs (matmul, einsum and operations built on them) on CUDA cards. The CPU, other dtypes and
 * factorisations always compute in full precision.
 */
public enum Precision {
    /**
     * Products and sums in the dtype of the operands: relative error about {@code k * 2^-24} for an inner size of k.
     */
    FULL,
    /**
     * The tensor cores' TensorFloat-32: operands may be rounded to 11 significant bits (relative error 2^-11 each)
     * before they are multiplied; sums stay in float32. Several times as fast on cards of compute capability 8.0 and
     * newer, the same as FULL on older ones.
     */
    TF32;

    private static final ThreadLocal<Precision> CURRENT = new ThreadLocal<>();

    /** {@return the precision of the calling thread} */
    public static Precision current() {
        Precision chosen = CURRENT.get();
        return chosen == null ? FULL : chosen;
    }

    /**
     * Makes this the calling thread's precision until the scope is closed, in the same thread; scopes nest.
     *
     * @return the scope, which restores the precision before
     */
    public Scope open() {
        Precision before = CURRENT.get();
        CURRENT.set(this);
        return new Scope(before);
    }

    /** A stretch of a thread's work in one precision; {@link #close} ends it. */
    public static final class Scope implements AutoCloseable {
        private final Precision before;
        private final Thread thread = Thread.currentThread();

        private Scope(Precision before) {
            this.before = before;
        }

        /**
         * Restores the precision that was set before.
         *
         * @throws IllegalStateException in a thread other than the one that opened it
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
