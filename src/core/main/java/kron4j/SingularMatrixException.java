package kron4j;

/** Thrown if a matrix is singular where the operation needs a regular one. */
public class SingularMatrixException extends LinalgException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the operation, the first singular matrix and the remedy
     */
    public SingularMatrixException(String message) {
        super(message);
    }
}
