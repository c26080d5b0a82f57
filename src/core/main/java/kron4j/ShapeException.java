package kron4j;

/** Shapes, axes or indices do not fit the operation. */
public class ShapeException extends TensorException {
    private static final long serialVersionUID = 1L;

    public ShapeException(String message) {
        super(message);
    }
}
