package kron4j;

/**
 * The origin of a tensor, as far as gradients need it. Every handle of the tensor holds it, and the last one to go
 * frees what it remembers. The root package knows no more of it; {@code kron4j.autograd} does the rest (ADR 0005).
 */
public interface History {
    /** The history of tensors through which no gradient flows. */
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
