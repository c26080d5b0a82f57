package kron4j;

/** The root of everything that Kron4J throws: the text names operation, operands' shapes and what to do. */
public class TensorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TensorException(String message) {
        super(message);
    }
}
