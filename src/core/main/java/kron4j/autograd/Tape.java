package kron4j.autograd;

import java.util.function.Consumer;
import kron4j.DTypeException;
import kron4j.GradientException;
import kron4j.History;
import kron4j.Tensor;

/**
 * Records how tensors were computed; called by operations. To give an operation of your own a gradient, compute its result
 * and pass it to {@link #record(String, Tensor, Consumer, Tensor...)}: see the package's description.
 */
public final class Tape {
    private Tape() {}

    /**
     * Marks a tensor as a leaf that gradients are computed for; see {@link Tensor#requiresGrad}. Nothing changes if it has
     * a history already.
     *
     * @param tensor float32 or float64
     * @return the tensor
     * @throws DTypeException if the dtype has no gradients
     */
    public static Tensor leaf(Tensor tensor) {
        tensor.view();
        if (!tensor.dtype().isDifferentiable()) {
            throw new DTypeException("requiresGrad: " + tensor.dtype() + " of shape " + tensor.shape()
                    + " has no gradient; convert it with to(DType.FLOAT64)");
        }
        return tensor.history() != History.NONE
                ? tensor
                : tensor.attach(new Node("requiresGrad", true, tensor).values[0]);
    }

    /**
     * Returns whether operations are recorded now. They are not inside {@link NoGrad}, and in a sweep only with
     * {@link Graph#DIFFERENTIABLE}.
     *
     * @return whether this thread records
     */
    public static boolean isRecording() {
        return !NoGrad.isOff();
    }

    /**
     * Returns whether an operation on these tensors would be recorded now.
     *
     * @param operands any tensors
     * @return whether one of them has a history and this thread records
     */
    public static boolean records(Tensor... operands) {
        for (Tensor t : operands) {
            if (t.history() != History.NONE) {
                return !NoGrad.isOff();
            }
        }
        return false;
    }

    /**
     * Records how gradients flow back through an operation if one of its operands has a history; otherwise costs next to
     * nothing.
     *
     * @param operation name for error texts
     * @param result a handle that nothing else holds yet
     * @param gradients records the gradient of each operand that can have one; called only if the operation is recorded
     * @param operands all operands of the operation
     * @return the result
     */
    public static Tensor record(String operation, Tensor result, Consumer<Recorder> gradients, Tensor... operands) {
        if (records(operands)) {
            record(operation, new Tensor[] {result}, gradients, operands);
        }
        return result;
    }

    /**
     * Records an operation with several results, as {@link #record(String, Tensor, Consumer, Tensor...)}.
     *
     * @param operation name for error texts
     * @param results handles that nothing else holds yet
     * @param gradients records the gradient of each operand that can have one; called only if the operation is recorded
     * @param operands all operands of the operation
     */
    public static void record(String operation, Tensor[] results, Consumer<Recorder> gradients, Tensor... operands) {
        if (!records(operands)) {
            return;
        }
        Recorder recorder = new Recorder(operation, results);
        gradients.accept(recorder);
        recorder.attach();
        Anomaly.check(operation, results, operands);
    }

    /**
     * Returns the operand without its history, for the steps of an operation that is recorded as a whole.
     *
     * @param operand any tensor
     * @return the operand itself if it has no history, else a handle owned by the current scope
     */
    public static Tensor plain(Tensor operand) {
        return operand.history() == History.NONE ? operand : operand.detach();
    }

    /**
     * Refuses an update in place that would make gradients wrong.
     *
     * @param operation name for error texts
     * @param target the tensor to be changed
     * @param operands tensors that the new values are computed from
     * @throws GradientException if the target or an operand requires gradients, since updates in place are not recorded,
     *     or if a recorded operation needs the target's present values
     */
    public static void requireUpdatable(String operation, Tensor target, Tensor... operands) {
        if (records(target) || records(operands)) {
            throw new GradientException(operation + ": the target of shape " + target.shape()
                    + " or an operand requires gradients, and updates in place are not recorded; do it inside NoGrad,"
                    + " or compute a new tensor");
        }
        target.storage().pinnedBy().ifPresent(by -> {
            throw new GradientException(operation + ": the target of shape " + target.shape()
                    + " is needed by the gradient of " + by
                    + "; run the backward before, close the tensors computed from it, or compute those inside NoGrad");
        });
    }
}
