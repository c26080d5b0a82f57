package kron4j;

/**
 * Thrown if a gradient does not exist or is no longer available: the loss is not a scalar, a graph is used twice, or a
 * value that a gradient needs would be updated.
 */
public class GradientException extends TensorException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the operation and the remedy
     */
    public GradientException(String message) {
        super(message);
    }
}
