package kron4j;

/** Thrown if an operation does not take a dtype, or if the dtypes of its operands differ. */
public class DTypeException extends TensorException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the operation, the dtypes and the remedy
     */
    public DTypeException(String message) {
        super(message);
    }
}
