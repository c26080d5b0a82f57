package kron4j.ops;

import java.util.function.Consumer;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;

/**
 * Updates of a tensor's elements, for optimizers; all views of the tensor see them.
 *
 * <pre>{@code
 * Tensor w = Random.normal(1, DType.FLOAT64, 8, 8).requiresGrad();
 * w.multiply(w).sum().backward();
 * NoGrad.run(() -> InPlace.subtract(w, w.grad().multiply(0.1)));  // w -= 0.1 * gradient
 * }</pre>
 *
 * <p>Parts of complex tensors ({@link Tensor#real}, {@link Tensor#imag}, {@link ComplexNumbers#viewAsReal}) are views: an
 * update of them changes the complex numbers.
 *
 * <p>The value may share memory with the target: it is read as it was before, through a copy if it is not the target
 * itself. A target in which several elements lie in one place (expanded, or windows that overlap) throws
 * {@link ShapeException}.
 *
 * <p>Updates are not recorded for gradients: where one of the tensors requires them, call inside
 * {@link kron4j.autograd.NoGrad}. An update of a tensor that the gradient of a recorded operation still needs throws
 * {@link kron4j.GradientException} with the name of the operation.
 */
public final class InPlace {
    private InPlace() {}

    /**
     * Sets {@code target = value}.
     *
     * @param target the tensor to change; no two of its elements lie in one place
     * @param value broadcasts to the target; the same dtype and device
     * @return the target
     */
    public static Tensor assign(Tensor target, Tensor value) {
        return write(
                "InPlace.assign", target, value, v -> target.device().backend().copy(v, target.view()));
    }

    /**
     * Sets {@code target = value} everywhere.
     *
     * @param target the tensor to change; no two of its elements lie in one place
     * @param value a number that the dtype can hold
     * @return the target
     */
    public static Tensor fill(Tensor target, Number value) {
        requireUpdatable("InPlace.fill", target);
        target.device().backend().fill(Numbers.of("InPlace.fill", target, value), target.view());
        return target;
    }

    /**
     * Adds: {@code target += value}.
     *
     * @param target the tensor to change; no two of its elements lie in one place
     * @param value broadcasts to the target; the same dtype and device
     * @return the target
     */
    public static Tensor add(Tensor target, Tensor value) {
        return update(BinaryOp.ADD, "InPlace.add", target, value);
    }

    /**
     * Subtracts: {@code target -= value}.
     *
     * @param target the tensor to change; no two of its elements lie in one place
     * @param value broadcasts to the target; the same dtype and device
     * @return the target
     */
    public static Tensor subtract(Tensor target, Tensor value) {
        return update(BinaryOp.SUBTRACT, "InPlace.subtract", target, value);
    }

    /**
     * Multiplies: {@code target *= value}.
     *
     * @param target the tensor to change; no two of its elements lie in one place
     * @param value broadcasts to the target; the same dtype and device
     * @return the target
     */
    public static Tensor multiply(Tensor target, Tensor value) {
        return update(BinaryOp.MULTIPLY, "InPlace.multiply", target, value);
    }

    /**
     * Divides: {@code target /= value}.
     *
     * @param target the tensor to change; no two of its elements lie in one place
     * @param value broadcasts to the target; the same dtype and device
     * @return the target
     */
    public static Tensor divide(Tensor target, Tensor value) {
        return update(BinaryOp.DIVIDE, "InPlace.divide", target, value);
    }

    /**
     * Adds: {@code target += value}.
     *
     * @param target the tensor to change; no two of its elements lie in one place
     * @param value a number that the dtype can hold
     * @return the target
     */
    public static Tensor add(Tensor target, Number value) {
        return update(BinaryOp.ADD, "InPlace.add", target, value);
    }

    /**
     * Multiplies: {@code target *= value}.
     *
     * @param target the tensor to change; no two of its elements lie in one place
     * @param value a number that the dtype can hold
     * @return the target
     */
    public static Tensor multiply(Tensor target, Number value) {
        return update(BinaryOp.MULTIPLY, "InPlace.multiply", target, value);
    }

    private static Tensor update(BinaryOp op, String operation, Tensor target, Tensor value) {
        return write(operation, target, value, v -> Operands.update(op, target, v));
    }

    private static Tensor update(BinaryOp op, String operation, Tensor target, Number value) {
        requireUpdatable(operation, target);
        Operands.update(op, target, value);
        return target;
    }

    /** Updates by the value, or by a copy of it if writing the target would change it. */
    private static Tensor write(String operation, Tensor target, Tensor value, Consumer<View> update) {
        requireFits(operation, target, value);
        View read = Operands.expanded(value, target.shape());
        if (read.equals(target.view()) || !read.overlaps(target.view())) {
            update.accept(read);
            return target;
        }
        try (Tensor copy = value.copy()) {
            update.accept(Operands.expanded(copy, target.shape()));
        }
        return target;
    }

    private static void requireFits(String operation, Tensor target, Tensor value) {
        requireUpdatable(operation, target, value);
        if (!Shape.broadcast(operation, target.shape(), value.shape()).equals(target.shape())) {
            throw new ShapeException(operation + ": the value of shape " + value.shape()
                    + " does not broadcast to the target of shape " + target.shape());
        }
    }

    static void requireUpdatable(String operation, Tensor target, Tensor... value) {
        target.view();
        for (Tensor v : value) {
            Operands.sameDType(operation, target, v);
            Operands.sameDevice(operation, target, v);
        }
        if (target.layout().overlapsItself()) {
            throw new ShapeException(operation + ": the target of shape " + target.shape()
                    + " is a view in which several " + "elements lie in one place (" + target.layout()
                    + "); update a copy() of it, or the tensor it shows");
        }
        Tape.requireUpdatable(operation, target, value);
    }

    /**
     * Computes {@code mean = beta mean + (1 - beta) value}. From beta 0.5 on, it is computed as {@code mean + (1 - beta)(value - mean)}, since the dtype may
     * round a beta close to 1 to 1.
     *
     * @param mean the tensor to change; no two of its elements lie in one place
     * @param value broadcasts to the mean; the same dtype and device
     * @param beta in [0, 1)
     * @return the mean
     */
    public static Tensor average(Tensor mean, Tensor value, double beta) {
        String operation = "InPlace.average";
        requireFits(operation, mean, value);
        Numbers.of(operation, mean, beta);
        Numbers.of(operation, mean, 1 - beta);
        if (beta < 0.5) {
            multiply(mean, beta);
            return add(mean, value.multiply(1 - beta));
        }
        return add(mean, value.subtract(mean).multiply(1 - beta));
    }
}
