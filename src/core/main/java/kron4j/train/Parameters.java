package kron4j.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kron4j.Tensor;
import kron4j.TensorException;

/**
 * Named tensors that a training changes, in the order they were added. They are owned by this, not by a scope, and closed
 * with it. Updates happen in place, so a parameter is the same tensor for the whole training.
 *
 * <pre>{@code
 * Random.Generator random = new Random.Generator(1);
 * Linear hidden = new Linear(random, DType.FLOAT32, 16, 32);
 * Linear out = new Linear(random, DType.FLOAT32, 32, 1);
 * try (Parameters all = new Parameters().include("hidden", hidden.parameters()).include("out", out.parameters())) {
 *     System.out.println(all.named().keySet());   // [hidden.weight, hidden.bias, out.weight, out.bias]
 * }
 * }</pre>
 */
public final class Parameters implements AutoCloseable {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, Tensor> statistics = new LinkedHashMap<>();

    /**
     * Takes ownership of a tensor and marks it by {@link Tensor#requiresGrad}.
     *
     * @param name not used yet
     * @param tensor floating or complex
     * @return the tensor
     * @throws TensorException if the name is used already
     */
    public Tensor add(String name, Tensor tensor) {
        requireNew(name);
        Tensor parameter = tensor.keep().requiresGrad();
        tensors.put(name, parameter);
        return parameter;
    }

    /**
     * Takes ownership of a tensor that is part of the model, and kept in checkpoints, but changed by the layer itself and not by gradients.
     *
     * @param name not used yet
     * @param tensor of any dtype
     * @return the tensor
     * @throws TensorException if the name is used already
     */
    public Tensor addStatistic(String name, Tensor tensor) {
        requireNew(name);
        statistics.put(name, tensor.keep());
        return tensor;
    }

    private void requireNew(String name) {
        if (tensors.containsKey(name) || statistics.containsKey(name)) {
            throw new TensorException("Parameters: there is a '" + name + "' already");
        }
    }

    /**
     * Adds all parameters and statistics of {@code others} as {@code prefix.name}. Both own them then: closing either closes them.
     *
     * @param prefix of the new names
     * @param others such as those of a layer
     * @return this
     * @throws TensorException if a name is used already
     */
    public Parameters include(String prefix, Parameters others) {
        others.tensors.forEach((name, tensor) -> {
            requireNew(prefix + "." + name);
            tensors.put(prefix + "." + name, tensor);
        });
        others.statistics.forEach((name, tensor) -> {
            requireNew(prefix + "." + name);
            statistics.put(prefix + "." + name, tensor);
        });
        return this;
    }

    /** {@return the tensors by name, in the order added; a view} */
    public Map<String, Tensor> named() {
        return Collections.unmodifiableMap(tensors);
    }

    /** {@return the tensors, in the order added} */
    public List<Tensor> tensors() {
        return List.copyOf(tensors.values());
    }

    /** {@return what {@link #addStatistic} added, by name; a view} */
    public Map<String, Tensor> statistics() {
        return Collections.unmodifiableMap(statistics);
    }

    /** {@return how many real numbers all tensors hold together: two in a complex element} */
    public long count() {
        return tensors.values().stream()
                .mapToLong(t -> t.dtype().isComplex() ? 2 * t.size() : t.size())
                .sum();
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensor::close);
        statistics.values().forEach(Tensor::close);
    }
}
