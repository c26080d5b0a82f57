package kron4j.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.Device;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.ops.Creation;
import kron4j.ops.InPlace;

/**
 * Changes parameters by their gradients. Everything that changes from step to step, the learning rate and counters too, lies on the device, so that a step enqueues
 * work and waits for nothing, and can be recorded and replayed. Owns its state; the parameters are not closed with it.
 */
public abstract class Optimizer implements AutoCloseable {
    private final Parameters parameters;
    private final Map<String, Tensor> state = new LinkedHashMap<>();
    private final Device device;
    private final DType dtype;
    /** Made by the first {@link #rate(double)}. */
    private Tensor rate;

    /** Of parameters on one device and of one floating dtype. */
    protected Optimizer(Parameters parameters) {
        this.parameters = parameters;
        List<Tensor> all = parameters.tensors();
        if (all.isEmpty()) {
            throw new TensorException(name() + ": there are no parameters");
        }
        device = all.get(0).device();
        dtype = all.get(0).dtype();
        parameters.named().forEach((name, p) -> {
            if (p.dtype() != dtype || !p.device().equals(device)) {
                throw new TensorException(name() + ": parameter '" + name + "' is " + p.dtype() + " on " + p.device()
                        + ", the first is " + dtype + " on " + device + "; all need one dtype and device");
            }
        });
    }

    private String name() {
        return getClass().getSimpleName();
    }

    /** Sets the learning rate for the steps to come. */
    public final void rate(double value) {
        if (rate == null) {
            rate = scalar(value);
        } else {
            InPlace.fill(rate, value);
        }
    }

    /**
     * One update, in place. Enqueues; waits for nothing.
     *
     * @param gradients in the order of the parameters, of their shapes
     */
    public final void step(List<Tensor> gradients) {
        List<String> names = new ArrayList<>(parameters.named().keySet());
        if (rate == null) {
            throw new TensorException(name() + ": no learning rate; set it by rate(double) before the first step");
        }
        if (gradients.size() != names.size()) {
            throw new TensorException(
                    name() + ": " + gradients.size() + " gradients for " + names.size() + " parameters");
        }
        for (int i = 0; i < names.size(); i++) {
            Tensor p = parameters.named().get(names.get(i));
            if (!gradients.get(i).shape().equals(p.shape())) {
                throw new ShapeException(name() + ": gradient of shape "
                        + gradients.get(i).shape() + " for parameter '" + names.get(i) + "' of shape " + p.shape());
            }
        }
        try (TensorScope scope = device.openScope();
                NoGrad updating = NoGrad.open()) {
            begin();
            for (int i = 0; i < names.size(); i++) {
                try (TensorScope one = device.openScope()) {
                    update(names.get(i), parameters.named().get(names.get(i)), gradients.get(i));
                }
            }
        }
    }

    /** Once a step, before the updates. */
    protected void begin() {}

    /** Changes the parameter in place; tensors made here are freed afterwards. */
    protected abstract void update(String name, Tensor parameter, Tensor gradient);

    /** The learning rate, []. */
    protected final Tensor rate() {
        return rate;
    }

    /** A number on the device that belongs to the state only if put there with {@link #state(String, Supplier)}. */
    protected final Tensor scalar(double value) {
        try (TensorScope scope = device.openScope()) {
            return Tensor.full(dtype, value).keep();
        }
    }

    /**
     * {@code mean := beta mean + (1 - beta) value}; for a beta close to 1, which the dtype may round to 1, as {@code mean + (1 - beta)(value - mean)}.
     */
    protected static void average(Tensor mean, Tensor value, double beta) {
        if (beta < 0.5) {
            InPlace.multiply(mean, beta);
            InPlace.add(mean, value.multiply(1 - beta));
        } else {
            InPlace.add(mean, value.subtract(mean).multiply(1 - beta));
        }
    }

    /** The state of that name, made on first use. */
    protected final Tensor state(String name, Supplier<Tensor> first) {
        Tensor known = state.get(name);
        if (known == null) {
            try (TensorScope scope = device.openScope()) {
                known = first.get().keep();
            }
            state.put(name, known);
        }
        return known;
    }

    /** What must be saved with the parameters to go on later, by name; owned by this. */
    public final Map<String, Tensor> state() {
        return Collections.unmodifiableMap(state);
    }

    /** Takes over the state of another optimizer of the same kind and parameters. */
    final void restore(Map<String, Tensor> saved) {
        saved.forEach((name, t) -> InPlace.assign(state(name, () -> Creation.zerosLike(t)), t));
    }

    @Override
    public void close() {
        state.values().forEach(Tensor::close);
        if (rate != null) {
            rate.close();
        }
    }
}
