package kron4j;

/** Thrown if a tensor, a scope or a file of tensors is used after it was closed. */
public class ClosedTensorException extends TensorException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its text.
     *
     * @param message the tensor or scope, and how to keep it longer
     */
    public ClosedTensorException(String message) {
        super(message);
    }

    static ClosedTensorException of(Shape shape, DType dtype) {
        return new ClosedTensorException("tensor of shape " + shape + " " + dtype
                + " was closed, or its scope was; keep it with scope.keep(tensor) or tensor.keep() to use it longer");
    }
}
