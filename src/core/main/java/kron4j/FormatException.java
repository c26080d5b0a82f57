package kron4j;

/** A file is malformed, truncated or holds what Kron4J does not read. */
public class FormatException extends TensorException {
    private static final long serialVersionUID = 1L;

    public FormatException(String message) {
        super(message);
    }
}
