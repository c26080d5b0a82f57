package kron4j.spark;

import java.io.Serializable;
import java.util.List;
import kron4j.Tensor;

/**
 * Computes on a batch of rows in a task. A lambda that uses what can be serialised only; tensors cannot, so pass them as
 * constants.
 */
@FunctionalInterface
public interface BatchFunction extends Serializable {
    /**
     * Computes the results of a batch.
     *
     * @param batch for each input column a tensor [rows, ...] on the task's device; not to be closed
     * @param constants the constants of the call, on the task's device; not to be closed
     * @return for each result column a tensor [rows, ...], owned by the current scope
     */
    List<Tensor> apply(List<Tensor> batch, List<Tensor> constants);
}
