package kron4j.train;

import kron4j.Tensor;

/** A differentiable function with parameters of its own. */
public interface Layer extends AutoCloseable {
    /** The function; the result belongs to the current scope. */
    Tensor apply(Tensor x);

    Parameters parameters();

    /** Closes the parameters. */
    @Override
    default void close() {
        parameters().close();
    }
}
