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
 * Checks every recorded operation and every gradient of this thread for NaN while open; the first NaN throws a
 * {@link GradientException} that names the operation. Each check waits for the device, so this is for finding out what
 * went wrong: run the failing step again inside it.
 *
 * <pre>{@code
 * Tensor x = Tensor.of(new double[] {1, -1, 2}).requiresGrad();
 * try (Anomaly check = Anomaly.detect()) {
 *     Elementwise.log(x);   // GradientException: log: its result of shape [3] has NaN, its operands have none
 * }
 * }</pre>
 */
public final class Anomaly implements AutoCloseable {
    private static final ThreadLocal<AtomicInteger> DEPTH = ThreadLocal.withInitial(AtomicInteger::new);

    private Anomaly() {
        DEPTH.get().incrementAndGet();
    }

    /**
     * Starts checking for NaN in this thread.
     *
     * @return the scope of the checks; they end when it is closed
     */
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
