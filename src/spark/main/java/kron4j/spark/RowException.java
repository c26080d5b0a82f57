package kron4j.spark;

import kron4j.TensorException;

/** Thrown in a task if a row cannot be used. The text names the column, the partition and the row's place in it, counted from 0, and the remedy. */
public class RowException extends TensorException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the operation, the column, the row's place and the remedy
     */
    public RowException(String message) {
        super(message);
    }

    /**
     * Creates the exception with its text and what caused it.
     *
     * @param message the operation, the rows' place and the remedy
     * @param cause thrown by an operation on these rows
     */
    public RowException(String message, Throwable cause) {
        super(message);
        initCause(cause);
    }
}
