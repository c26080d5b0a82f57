package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.training.GradientCollector;
import java.util.concurrent.atomic.AtomicBoolean;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Creation;

/** While one is open, operations on arrays are recorded, in all threads. There is one at a time. */
final class KronGradientCollector implements GradientCollector {
    private static final AtomicBoolean COLLECTING = new AtomicBoolean();

    private final AtomicBoolean closed = new AtomicBoolean();

    KronGradientCollector() {
        if (COLLECTING.getAndSet(true)) {
            throw new IllegalStateException("A gradient collector is open already; close it before opening another");
        }
    }

    static boolean isCollecting() {
        return COLLECTING.get();
    }

    /** Adds the gradients of the sum of the target's elements to those of all arrays that require them, and frees the record. */
    @Override
    public void backward(NDArray target) {
        KronArray array = (KronArray) target;
        array.manager().read(() -> {
            Tensor y = array.tensor();
            Gradients.backward(Graph.FREE, y, Creation.onesLike(y));
            return null;
        });
    }

    @Override
    public void zeroGradients() {
        for (NDArray array : KronManager.SYSTEM.getManagedArrays()) {
            if (array instanceof KronArray a && a.isLeaf()) {
                Gradients.zero(a.tensor());
            }
        }
    }

    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            COLLECTING.set(false);
        }
    }
}
