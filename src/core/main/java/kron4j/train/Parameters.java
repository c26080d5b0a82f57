package kron4j.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kron4j.Tensor;
import kron4j.TensorException;

/**
 * The named tensors that a training changes, in the order they were added. They belong to this, not to a scope, and are closed with it. Updates
 * happen in place, so a tensor from here stays the same tensor for the whole training.
 */
public final class Parameters implements AutoCloseable {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /** Takes ownership of a tensor and asks for its gradient; returns it. */
    public Tensor add(String name, Tensor tensor) {
        if (tensors.containsKey(name)) {
            throw new TensorException("Parameters: there is a '" + name + "' already");
        }
        Tensor parameter = tensor.keep().requiresGrad();
        tensors.put(name, parameter);
        return parameter;
    }

    /** Adds all of {@code others} under {@code prefix.name}; they stay owned by {@code others} too, and closing either closes them. Returns this. */
    public Parameters include(String prefix, Parameters others) {
        others.tensors.forEach((name, tensor) -> {
            if (tensors.putIfAbsent(prefix + "." + name, tensor) != null) {
                throw new TensorException("Parameters: there is a '" + prefix + "." + name + "' already");
            }
        });
        return this;
    }

    /** By name, in order. */
    public Map<String, Tensor> named() {
        return Collections.unmodifiableMap(tensors);
    }

    public List<Tensor> tensors() {
        return List.copyOf(tensors.values());
    }

    /** How many numbers they hold. */
    public long count() {
        return tensors.values().stream().mapToLong(Tensor::size).sum();
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensor::close);
    }
}
