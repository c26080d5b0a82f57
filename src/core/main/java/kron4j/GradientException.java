package kron4j;

/** A gradient that does not exist or cannot be had any more: a loss that is not scalar, a graph used twice, an update of a value that is needed. */
public class GradientException extends TensorException {
    private static final long serialVersionUID = 1L;

    public GradientException(String message) {
        super(message);
    }
}
