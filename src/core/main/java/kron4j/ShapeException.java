package kron4j;

/** Thrown if shapes, axes, indices or sizes do not fit. */
public class ShapeException extends TensorException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the operation, the shapes and the remedy
     */
    public ShapeException(String message) {
        super(message);
    }
}
