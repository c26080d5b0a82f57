package kron4j.ops;

import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;

/**
 * Updates of a tensor's elements, which all its views see: for optimizers. The other operand broadcasts to the target and has its dtype and device; it may be the
 * target itself, but not overlap it otherwise. Not recorded for gradients: where one of the tensors requires them, call inside
 * {@link kron4j.autograd.NoGrad}. An update of what the gradient of a recorded operation still needs is refused with its name.
 */
public final class InPlace {
    private InPlace() {}

    /** {@code target = value}. */
    public static Tensor assign(Tensor target, Tensor value) {
        requireUpdatable("InPlace.assign", target, value);
        target.device().backend().copy(Operands.expanded(value, target.shape()), target.view());
        return target;
    }

    /** {@code target = value} everywhere. */
    public static Tensor fill(Tensor target, Number value) {
        requireUpdatable("InPlace.fill", target);
        target.device().backend().fill(Operands.number("InPlace.fill", target, value), target.view());
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
        requireUpdatable(operation, target, value);
        Operands.update(op, target, value);
        return target;
    }

    private static Tensor update(BinaryOp op, String operation, Tensor target, Number value) {
        requireUpdatable(operation, target);
        Operands.update(op, target, value);
        return target;
    }

    private static void requireUpdatable(String operation, Tensor target, Tensor... value) {
        target.view();
        for (Tensor v : value) {
            Operands.sameDType(operation, target, v);
            Operands.sameDevice(operation, target, v);
        }
        Tape.requireUpdatable(operation, target, value);
    }
}
