package kron4j.autograd;

import java.util.concurrent.atomic.AtomicInteger;
import kron4j.DType;
import kron4j.GradientException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.backend.Backend;
import kron4j.backend.ReduceOp;
import kron4j.backend.UnaryOp;

/**
 * A scope of this thread in which every recorded operation and every gradient is looked at for NaN; the first one is an error that names the operation. For
 * finding out what went wrong, as each look waits for the device: run the step again inside it.
 *
 * <pre>{@code
 * try (Anomaly check = Anomaly.detect()) {
 *     step();   // GradientException: log: its result of shape [3] has NaN, its operands have none
 * }
 * }</pre>
 */
public final class Anomaly implements AutoCloseable {
    private static final ThreadLocal<AtomicInteger> DEPTH = ThreadLocal.withInitial(AtomicInteger::new);

    private Anomaly() {
        DEPTH.get().incrementAndGet();
    }

    /** Looks for NaN from now until closed, in this thread. */
    public static Anomaly detect() {
        return new Anomaly();
    }

    static boolean isOn() {
        return DEPTH.get().get() > 0;
    }

    static void check(String operation, Tensor[] results, Tensor... operands) {
        if (!isOn()) {
            return;
        }
        for (Tensor result : results) {
            if (hasNan(result)) {
                String blame = "its operands have none";
                for (Tensor operand : operands) {
                    if (hasNan(operand)) {
                        blame = "as has its operand of shape " + operand.shape();
                    }
                }
                throw new GradientException(
                        operation + ": its result of shape " + result.shape() + " has NaN, " + blame);
            }
        }
    }

    static void checkGradient(Node node, Tensor gradient) {
        if (isOn() && hasNan(gradient)) {
            throw new GradientException("gradient of " + node.operation + ": that of an operand of shape "
                    + gradient.shape() + " has NaN, the incoming one has none");
        }
    }

    static boolean hasNan(Tensor t) {
        if (!t.dtype().isDifferentiable()) {
            return false;
        }
        Backend backend = t.device().backend();
        try (Tensor nan = Tensor.empty(t.device(), DType.BOOL, t.shape());
                Tensor any = Tensor.empty(t.device(), DType.BOOL, Shape.SCALAR)) {
            backend.unary(UnaryOp.IS_NAN, t.view(), nan.view());
            backend.reduce(ReduceOp.ANY, nan.view(), t.rank(), any.view());
            return any.itemLong() != 0;
        }
    }

    @Override
    public void close() {
        DEPTH.get().decrementAndGet();
    }
}
