package kron4j.ops;

import java.util.function.Consumer;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;

/**
 * Updates of a tensor's elements, which all its views see: for optimizers. The other operand broadcasts to the target and has its dtype and device. It may share
 * memory with the target: it is read as it was before, through a copy if it is not the target itself. A target in which several elements lie in one place (expanded,
 * or windows that overlap) is refused. Not recorded for gradients: where one of the tensors requires them, call inside
 * {@link kron4j.autograd.NoGrad}. An update of what the gradient of a recorded operation still needs is refused with its name.
 */
public final class InPlace {
    private InPlace() {}

    /** {@code target = value}. */
    public static Tensor assign(Tensor target, Tensor value) {
        return write(
                "InPlace.assign", target, value, v -> target.device().backend().copy(v, target.view()));
    }

    /** {@code target = value} everywhere. */
    public static Tensor fill(Tensor target, Number value) {
        requireUpdatable("InPlace.fill", target);
        target.device().backend().fill(Numbers.of("InPlace.fill", target, value), target.view());
        return target;
    }

    /** {@code target += value}. */
    public static Tensor add(Tensor target, Tensor value) {
        return update(BinaryOp.ADD, "InPlace.add", target, value);
    }

    /** {@code target -= value}. */
    public static Tensor subtract(Tensor target, Tensor value) {
        return update(BinaryOp.SUBTRACT, "InPlace.subtract", target, value);
    }

    /** {@code target *= value}. */
    public static Tensor multiply(Tensor target, Tensor value) {
        return update(BinaryOp.MULTIPLY, "InPlace.multiply", target, value);
    }

    /** {@code target /= value}. */
    public static Tensor divide(Tensor target, Tensor value) {
        return update(BinaryOp.DIVIDE, "InPlace.divide", target, value);
    }

    /** {@code target += value}. */
    public static Tensor add(Tensor target, Number value) {
        return update(BinaryOp.ADD, "InPlace.add", target, value);
    }

    /** {@code target *= value}. */
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

    /** The update by the value, or by a copy of it if writing the target would change it. */
    private static Tensor write(String operation, Tensor target, Tensor value, Consumer<View> update) {
        requireUpdatable(operation, target, value);
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

    private static void requireUpdatable(String operation, Tensor target, Tensor... value) {
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
}
