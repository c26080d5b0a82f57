package kron4j;

/**
 * The root of all exceptions that Kron4J throws. The text names the operation, the shapes of its operands and the
 * remedy.
 */
public class TensorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the operation, the shapes of its operands and the remedy
     */
    public TensorException(String message) {
        super(message);
    }
}
