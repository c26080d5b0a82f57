package kron4j;

/** A tensor or scope was used after it was closed. */
public class ClosedTensorException extends TensorException {
    private static final long serialVersionUID = 1L;

    public ClosedTensorException(String message) {
        super(message);
    }
}
