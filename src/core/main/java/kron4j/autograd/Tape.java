package kron4j.autograd;

import java.util.function.Consumer;
import kron4j.DTypeException;
import kron4j.GradientException;
import kron4j.History;
import kron4j.Tensor;

/** Remembers how tensors were computed; what operations call. */
public final class Tape {
    private Tape() {}

    /** Marks a tensor as one that gradients are wanted of; returns it. Nothing changes if it has a history already. */
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

    /** Whether operations are recorded now: not inside {@link NoGrad}, and in a sweep only with {@link Graph#DIFFERENTIABLE}. */
    public static boolean isRecording() {
        return !NoGrad.isOff();
    }

    /** Whether results computed from these tensors now are recorded. */
    public static boolean records(Tensor... operands) {
        for (Tensor t : operands) {
            if (t.history() != History.NONE) {
                return !NoGrad.isOff();
            }
        }
        return false;
    }

    /**
     * Remembers how gradients flow back through an operation, if one of its operands has a history; otherwise costs next to nothing.
     *
     * @param operation as error texts name it
     * @param result a handle that nobody else has yet
     * @param gradients says it, for each operand that can have a gradient
     * @return the result
     */
    public static Tensor record(String operation, Tensor result, Consumer<Recorder> gradients, Tensor... operands) {
        if (records(operands)) {
            record(operation, new Tensor[] {result}, gradients, operands);
        }
        return result;
    }

    /** As {@link #record(String, Tensor, Consumer, Tensor...)} for an operation with several results. */
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
     * The operand for use in computations that are not recorded one by one, because {@link #record} will be called for the whole: itself, or a
     * handle without history in the current scope.
     */
    public static Tensor plain(Tensor operand) {
        return operand.history() == History.NONE ? operand : operand.detach();
    }

    /**
     * Refuses an update in place that gradients would not survive.
     *
     * @throws GradientException if it would not be recorded although it had to, or if a recorded operation needs the target's present value
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
