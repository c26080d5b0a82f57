package kron4j;

/**
 * How a tensor came about, as far as gradients need it: every handle of the tensor holds it, and with the last one what it remembers is freed. The
 * root package knows no more of it; {@code kron4j.autograd} does the rest (ADR 0005).
 */
public interface History {
    /** Of tensors through which no gradient flows. */
    History NONE = new History() {
        @Override
        public void retain() {}

        @Override
        public void release() {}
    };

    /** Adds a holder. */
    void retain();

    /** Removes a holder; the last one frees. */
    void release();
}
