package kron4j;

/** A matrix has no inverse: a pivot is exactly zero. The text names the entry of the batch. */
public class SingularMatrixException extends LinalgException {
    private static final long serialVersionUID = 1L;

    public SingularMatrixException(String message) {
        super(message);
    }
}
