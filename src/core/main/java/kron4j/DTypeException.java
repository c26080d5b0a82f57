package kron4j;

/** The operation does not take this dtype, or the operands' dtypes differ. */
public class DTypeException extends TensorException {
    private static final long serialVersionUID = 1L;

    public DTypeException(String message) {
        super(message);
    }
}
