package kron4j;

/**
 * Thrown if a matrix is not what the operation needs (regular, positive definite), or if an iteration did not converge.
 */
public class LinalgException extends TensorException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the operation, the matrix and the remedy
     */
    public LinalgException(String message) {
        super(message);
    }
}
