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
import kron4j.autograd.Tape;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/**
 * Updates parameters by their gradients. Everything that changes from step to step, learning rate and counters included,
 * is kept on the device, so a step waits for nothing and can be recorded and replayed. Owns its state but not the
 * parameters. A complex parameter is updated as its real and imaginary parts, which are a last axis of two for
 * {@link #update}. A subclass implements that.
 */
public abstract class Optimizer implements AutoCloseable {
    private static final Fused COPIED = Fused.compile(x -> x[0].copy());
    /** Puts the values before back where the condition is false. */
    private static final Fused UNDONE =
            Fused.compileRun(x -> InPlace.assign(x[0], Elementwise.where(x[2], x[0], x[1])));

    private final Parameters parameters;
    private final Map<String, Tensor> state = new LinkedHashMap<>();
    /** What {@link #run} was asked for in this step, and is still to be done. */
    private final Map<Fused, List<Tensor[]>> open = new LinkedHashMap<>();
    /** What a conditional step has changed, and the values before; null outside of one. */
    private Map<Tensor, Tensor> before;

    private final Device device;
    private final DType dtype;
    /** Made by the first {@link #rate(double)}. */
    private Tensor rate;

    /**
     * Checks the parameters.
     *
     * @param parameters one or more, of one floating dtype, or of complex numbers of it (halves go with float32), on one
     *     device; not owned
     * @throws TensorException if there are none, or they differ in dtype or device
     */
    protected Optimizer(Parameters parameters) {
        this.parameters = parameters;
        List<Tensor> all = parameters.tensors();
        if (all.isEmpty()) {
            throw new TensorException(name() + ": there are no parameters");
        }
        device = all.get(0).device();
        DType first = all.get(0).dtype();
        dtype = first.realPart().computed();
        parameters.named().forEach((name, p) -> {
            if (p.dtype().realPart().computed() != dtype || !p.device().equals(device)) {
                throw new TensorException(name() + ": parameter '" + name + "' is " + p.dtype() + " on " + p.device()
                        + ", the first is " + first + " on " + device + "; all need one dtype and device");
            }
        });
    }

    private String name() {
        return getClass().getSimpleName();
    }

    /** Refuses to train others than the own parameters. */
    final void requireOf(Parameters others, String whose) {
        if (!parameters.tensors().equals(others.tensors())) {
            throw new TensorException(
                    name() + ": it updates " + parameters.named().keySet() + ", not the tensors of " + whose + " "
                            + others.named().keySet() + "; make it of those");
        }
    }

    /**
     * Sets the learning rate of the following steps; required before the first.
     *
     * @param value the rate
     */
    public final void rate(double value) {
        if (rate == null) {
            rate = scalar(value);
        } else {
            InPlace.fill(rate, value);
        }
    }

    /**
     * Updates all parameters in place, without waiting for the device.
     *
     * @param gradients one for each parameter, in their order, shapes and dtypes
     * @throws TensorException if there is no learning rate yet, or the number of gradients, a dtype or a device differs
     * @throws ShapeException if a gradient's shape is not its parameter's
     * @throws kron4j.GradientException if the gradient of a recorded operation still needs a parameter; as after the other
     *     exceptions, nothing was changed
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
            Tensor g = gradients.get(i);
            if (!g.shape().equals(p.shape())) {
                throw new ShapeException(name() + ": gradient of shape " + g.shape() + " for parameter '" + names.get(i)
                        + "' of shape " + p.shape());
            }
            requireUsable(names.get(i), p, g);
        }
        try (TensorScope scope = device.openScope();
                NoGrad updating = NoGrad.open()) {
            begin();
            if (updateAll(gradients)) {
                return;
            }
            for (int i = 0; i < names.size(); i++) {
                updateOne(names.get(i), parts(parameters.named().get(names.get(i))), parts(gradients.get(i)));
            }
            runOpen();
        } finally {
            open.clear();
        }
    }

    /**
     * Runs steps in place, at the end of the step, together with those of the other parameters.
     *
     * @param steps made by {@link Fused#compileRun}
     * @param operands what {@link #update} got, the state, and what lives until the end of the step
     */
    protected final void run(Fused steps, Tensor... operands) {
        open.computeIfAbsent(steps, s -> new ArrayList<>()).add(operands);
    }

    private void runOpen() {
        open.forEach(Fused::applyEach);
        open.clear();
    }

    /** Refuses what an update would refuse, before anything is changed. */
    private void requireUsable(String parameter, Tensor p, Tensor g) {
        p.view();
        g.view();
        boolean wide = p.dtype().isHalf() && g.dtype() == dtype;
        if ((g.dtype() != p.dtype() && !wide) || !g.device().equals(device)) {
            throw new TensorException(name() + ": gradient of " + g.dtype() + " on " + g.device() + " for parameter '"
                    + parameter + "' of " + p.dtype() + " on " + device);
        }
        NoGrad.run(() -> Tape.requireUpdatable(name(), p));
    }

    /**
     * Makes a step that changes nothing where the condition is false, which the device decides.
     *
     * @param gradients one for each parameter, in their order and shapes
     * @param condition bool, []
     */
    final void step(List<Tensor> gradients, Tensor condition) {
        before = new LinkedHashMap<>();
        try (TensorScope scope = device.openScope();
                NoGrad updating = NoGrad.open()) {
            List<Tensor> all = new ArrayList<>(parameters.tensors());
            all.addAll(state.values());
            remember(all);
            step(gradients);
            List<Tensor[]> changed = new ArrayList<>();
            before.forEach((t, old) -> changed.add(new Tensor[] {parts(t), old, condition}));
            UNDONE.applyEach(changed);
        } finally {
            before.values().forEach(Tensor::close);
            before = null;
        }
    }

    private void remember(List<Tensor> tensors) {
        List<List<Tensor>> copies = COPIED.applyEach(
                tensors.stream().map(t -> new Tensor[] {parts(t)}).toList());
        for (int i = 0; i < copies.size(); i++) {
            before.put(tensors.get(i), copies.get(i).get(0).keep());
        }
    }

    /** Updates all parameters at once if none is of halves and the optimizer and the device can; else nothing is done. */
    private boolean updateAll(List<Tensor> gradients) {
        List<Tensor> all = new ArrayList<>();
        for (Tensor p : parameters.tensors()) {
            all.add(parts(p));
            if (all.get(all.size() - 1).dtype() != dtype) {
                return false;
            }
        }
        List<Tensor> slopes = gradients.stream().map(Optimizer::parts).toList();
        return updateAll(List.copyOf(parameters.named().keySet()), all, slopes);
    }

    /**
     * Changes all parameters in place.
     *
     * @return false, with nothing but state made, to have them updated one after the other
     */
    boolean updateAll(List<String> names, List<Tensor> all, List<Tensor> gradients) {
        return false;
    }

    /** Updates one parameter: one of halves as a float32 copy, which it becomes, rounded. */
    private void updateOne(String name, Tensor parameter, Tensor gradient) {
        try (TensorScope scope = device.openScope()) {
            if (parameter.dtype() == dtype) {
                update(name, parameter, gradient);
                return;
            }
            Tensor wide = parameter.detach().to(dtype);
            update(name, wide, gradient.to(dtype));
            runOpen();
            InPlace.assign(parameter, wide.to(parameter.dtype()));
        }
    }

    /** {@return a view of complex numbers as pairs of real ones, or the tensor itself} */
    static Tensor parts(Tensor t) {
        return t.dtype().isComplex() ? ComplexNumbers.viewAsReal(t) : t;
    }

    /** Prepares a step; called once, before the updates. */
    protected void begin() {}

    /**
     * Changes one parameter in place; halves come as float32, as all the state is. Tensors made here are freed afterwards; keep others with
     * {@link #state(String, Supplier)}.
     *
     * @param name of the parameter
     * @param parameter to be changed; a complex one as pairs of real numbers, [..., 2]
     * @param gradient in the parameter's shape
     */
    protected abstract void update(String name, Tensor parameter, Tensor gradient);

    /** {@return the learning rate, [], in the parameters' real dtype (float32 for halves) on their device} */
    protected final Tensor rate() {
        return rate;
    }

    /**
     * Returns a number on the parameters' device. It is part of the state only if {@link #state(String, Supplier)} put it
     * there.
     *
     * @param value the number
     * @return it in the parameters' real dtype (float32 for halves), []; caller-owned
     */
    protected final Tensor scalar(double value) {
        try (TensorScope scope = device.openScope()) {
            return Tensor.full(dtype, value).keep();
        }
    }

    /**
     * Computes {@code mean := beta mean + (1 - beta) value} in place. From beta 0.5 on, it is computed as
     * {@code mean + (1 - beta)(value - mean)}, since the dtype may round a beta close to 1 to 1.
     *
     * @param mean updated in place
     * @param value in the shape of the mean
     * @param beta in [0, 1)
     */
    protected static void average(Tensor mean, Tensor value, double beta) {
        InPlace.average(mean, value, beta);
    }

    /**
     * Returns a tensor of the state, made on first use.
     *
     * @param name under which checkpoints store it
     * @param first makes its first value
     * @return the tensor, owned by this; the same one every time
     */
    protected final Tensor state(String name, Supplier<Tensor> first) {
        Tensor known = state.get(name);
        if (known == null) {
            try (TensorScope scope = device.openScope()) {
                known = first.get().keep();
            }
            state.put(name, known);
            if (before != null) {
                remember(List.of(known));
            }
        }
        return known;
    }

    /** {@return the tensors to save with the parameters so that training can go on later, by name; owned by this} */
    public final Map<String, Tensor> state() {
        return Collections.unmodifiableMap(state);
    }

    /** Copies the state of another optimizer of the same kind and parameters. */
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
