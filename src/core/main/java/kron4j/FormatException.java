package kron4j;

/** Thrown if a file is malformed or truncated, or holds something that Kron4J does not read. */
public class FormatException extends TensorException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the file, the place in it and the problem
     */
    public FormatException(String message) {
        super(message);
    }
}
