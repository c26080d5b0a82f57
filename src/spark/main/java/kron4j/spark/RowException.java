package kron4j.spark;

import kron4j.TensorException;

/**
 * Thrown if a DataFrame cannot be used: a column is missing or holds something else, there are no rows or too few, or a row's value does not fit. The text names the
 * column, the remedy and, for a row, its partition and its place there, counted from 0. What is wrong with an argument, whatever the rows are, throws
 * {@link kron4j.ShapeException} or {@link kron4j.DTypeException}, as without Spark.
 */
public class RowException extends TensorException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the operation, the column, the row's place if there is one, and the remedy
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
