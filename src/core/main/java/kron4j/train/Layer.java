package kron4j.train;

import kron4j.Tensor;

/**
 * A differentiable function that owns its parameters. Write your own by implementing {@link #apply} with operations that
 * have gradients.
 *
 * <pre>{@code
 * final class Scaled implements Layer {
 *     private final Parameters parameters = new Parameters();
 *     private final Tensor scale = parameters.add("scale", Tensor.ones(DType.FLOAT32, 16));
 *
 *     public Tensor apply(Tensor x) {
 *         return x.multiply(scale);
 *     }
 *
 *     public Parameters parameters() {
 *         return parameters;
 *     }
 * }
 * }</pre>
 */
public interface Layer extends AutoCloseable {
    /**
     * Applies the function.
     *
     * @param x on the parameters' device, in their dtype; the class says which shapes
     * @return the result, owned by the current scope
     */
    Tensor apply(Tensor x);

    /** {@return the parameters, owned by the layer} */
    Parameters parameters();

    /** Closes the parameters. */
    @Override
    default void close() {
        parameters().close();
    }
}
