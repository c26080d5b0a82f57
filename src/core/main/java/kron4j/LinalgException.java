package kron4j;

/** A matrix is not what the operation needs (regular, positive definite), or an iteration did not converge. */
public class LinalgException extends TensorException {
    private static final long serialVersionUID = 1L;

    public LinalgException(String message) {
        super(message);
    }
}
