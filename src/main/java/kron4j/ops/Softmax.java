package kron4j.ops;

import static kron4j.ops.Operands.update;

import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/** Softmax and its logarithm along an axis; floating dtypes, any strides, fresh row-major results, no temporary but the result. */
public final class Softmax {
    private Softmax() {}

    /** {@code exp(a) / sum(exp(a))}, shifted by the maximum; NaN where the axis holds NaN, inf, or nothing but -inf. */
    public static Tensor softmax(Tensor a, int axis) {
        try (TensorScope scope = a.device().openScope()) {
            Tensor result = shifted("softmax", a, axis);
            update(UnaryOp.EXP, result);
            update(BinaryOp.DIVIDE, result, Reduce.sum(result, true, axis));
            return scope.keep(result);
        }
    }

    /** {@code a - logsumexp(a)}, accurate where softmax underflows. Costs a temporary of the operand's size. */
    public static Tensor logSoftmax(Tensor a, int axis) {
        try (TensorScope scope = a.device().openScope()) {
            Tensor result = shifted("logSoftmax", a, axis);
            Tensor logs = Elementwise.exp(result);
            Tensor sums = Reduce.sum(logs, true, axis);
            update(UnaryOp.LOG, sums);
            update(BinaryOp.SUBTRACT, result, sums);
            return scope.keep(result);
        }
    }

    private static Tensor shifted(String operation, Tensor a, int axis) {
        Operands.requireFloating(operation, a);
        Operands.axis(operation, a.shape(), axis);
        return a.size() == 0 ? a.copy() : Elementwise.subtract(a, Reduce.max(a, true, axis));
    }
}
