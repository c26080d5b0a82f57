package kron4j.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.GradientException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.autograd.NoGrad;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/**
 * Trains a model whose parameters are float16 or bfloat16. An optimizer updates float32 copies of them, the master weights, and after each
 * step the parameters are the masters, rounded: so updates too small for a half add up. Parameters of float32 or complex64 among them are
 * their own masters.
 *
 * <p>With float16, whose numbers end at 65504 and 6e-8, the gradients are those of the loss times a scale, and are divided by it in
 * float32. Where one of them is infinite or NaN, the step changes neither masters nor optimizer, and the scale is halved; after
 * {@code interval} good steps in a row it is doubled. All of it is decided on the device, so that a step waits for nothing and can be
 * recorded. bfloat16 has float32's range and needs no scale.
 *
 * <pre>{@code
 * Tensor x = Random.normal(1, DType.BFLOAT16, 64, 16);
 * Tensor labels = Random.randint(2, 0, 10, 64);
 * Linear model = new Linear(new Random.Generator(3), DType.BFLOAT16, 16, 10);
 * try (model; MixedPrecision mixed = new MixedPrecision(model.parameters());
 *         Adam optimizer = new Adam(mixed.masters())) {
 *     Trainer trainer = new Trainer(mixed, optimizer, Schedule.constant(1e-3), 3);
 *     for (int i = 0; i < 100; i++) {
 *         try (TensorScope step = x.device().openScope()) {
 *             Tensor loss = trainer.step(() -> Softmax.crossEntropy(model.apply(x).to(DType.FLOAT32), labels));
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Compute the loss in float32 from the model's results, as above: a loss in float16 has room for scales up to 2^15 only.
 *
 * <p>Source: Micikevicius et al.: Mixed precision training (ICLR 2018).
 */
public final class MixedPrecision implements AutoCloseable {
    private static final double FIRST_SCALE = 0x1p16;
    private static final int INTERVAL = 2000;
    private static final double LARGEST_SCALE = 0x1p30;

    private static final Fused WIDENED = Fused.compile(x -> x[0].to(x[0].dtype().computed()));
    private static final Fused DIVIDED =
            Fused.compile(x -> x[0].to(x[0].dtype().computed()).divide(x[1]));
    private static final Fused ROUNDED = Fused.compileRun(x -> InPlace.assign(x[0], x[1].to(x[0].dtype())));

    private final Parameters halves;
    private final Parameters masters = new Parameters();
    /** The masters made here: those of halves. */
    private final List<Tensor> made = new ArrayList<>();

    private final Map<String, Tensor> state = new LinkedHashMap<>();
    private final DType dtype;
    private final int interval;

    /**
     * Makes master weights; with float16 the scale is 2^16 at first and doubled after 2000 good steps.
     *
     * @param halves the model's parameters on one device, of one half dtype, and float32 or complex64; not owned
     * @throws DTypeException if none is a half, or one does not go with the others
     */
    public MixedPrecision(Parameters halves) {
        this(halves, FIRST_SCALE, INTERVAL);
    }

    /**
     * Makes master weights.
     *
     * @param halves the model's parameters on one device, of one half dtype, and float32 or complex64; not owned
     * @param scale the loss's first scale, a power of 2 from 1 to 2^30; not used for bfloat16
     * @param interval good steps in a row after which the scale is doubled, 1 or more
     * @throws DTypeException if none is a half, or one does not go with the others
     * @throws TensorException if there are no parameters, or a number is outside its range
     */
    public MixedPrecision(Parameters halves, double scale, int interval) {
        if (halves.tensors().isEmpty()) {
            throw new TensorException("MixedPrecision: there are no parameters");
        }
        boolean isPower = scale >= 1 && scale <= LARGEST_SCALE && scale == Math.scalb(1.0, Math.getExponent(scale));
        if (!isPower || interval < 1) {
            throw new TensorException("MixedPrecision: scale " + scale + ", interval " + interval
                    + "; expected a power of 2 from 1 to 2^30, and 1 or more");
        }
        dtype = halves.tensors().stream()
                .map(Tensor::dtype)
                .filter(DType::isHalf)
                .findFirst()
                .orElseThrow(() -> new DTypeException("MixedPrecision: no parameter of "
                        + halves.named().keySet() + " is float16 or bfloat16; make the model in one of them"));
        halves.named().forEach((name, p) -> {
            if (p.dtype() != dtype && p.dtype().realPart() != dtype.computed()) {
                throw new DTypeException("MixedPrecision: parameter '" + name + "' is " + p.dtype() + " " + p.shape()
                        + "; with " + dtype + " go float32 and complex64 only");
            }
        });
        this.halves = halves;
        this.interval = interval;
        try (TensorScope scope = device().openScope();
                NoGrad copying = NoGrad.open()) {
            halves.named().forEach((name, p) -> {
                if (p.dtype() == dtype) {
                    made.add(masters.add(name, p.to(dtype.computed())));
                } else {
                    masters.add(name, p);
                }
            });
            halves.statistics().forEach(masters::addStatistic);
            if (dtype.hasNarrowRange()) {
                state.put("scale", Tensor.full(dtype.computed(), scale).keep());
                state.put("goodSteps", Tensor.zeros(DType.INT64).keep());
            }
        }
    }

    private Device device() {
        return halves.tensors().get(0).device();
    }

    /** {@return the float32 weights, by the names of the model's parameters; for the optimizer, and owned by this} */
    public Parameters masters() {
        return masters;
    }

    /** {@return the dtype of the model's parameters} */
    public DType dtype() {
        return dtype;
    }

    /** {@return the numbers that a checkpoint keeps, by name, which every step may change: none for bfloat16; owned by this} */
    public Map<String, Tensor> state() {
        return java.util.Collections.unmodifiableMap(state);
    }

    /**
     * Makes one step from a loss: gradients, masters and the model's parameters. {@link Trainer} does it for a whole training.
     *
     * @param optimizer of {@link #masters()}
     * @param loss a real floating tensor of one element, computed from the model's parameters; its record is freed
     * @throws TensorException if the optimizer is of other tensors, such as the model's parameters; nothing has changed then
     * @throws GradientException if the loss is not one real number
     */
    public void step(Optimizer optimizer, Tensor loss) {
        step(optimizer, loss, UnaryOperator.identity());
    }

    /** As the other, with gradients changed before they are used. */
    void step(Optimizer optimizer, Tensor loss, UnaryOperator<List<Tensor>> change) {
        optimizer.requireOf(masters, "MixedPrecision.masters()");
        if (loss.size() != 1 || loss.dtype().isComplex()) {
            throw new GradientException("MixedPrecision: the loss is " + loss.dtype() + " " + loss.shape()
                    + ", not one real number; sum it, or take real, imag or abs of it");
        }
        try (TensorScope scope = device().openScope();
                NoGrad updating = NoGrad.open()) {
            if (state.isEmpty()) {
                optimizer.step(change.apply(wide(Gradients.of(loss, halves.tensors()))));
            } else {
                scaled(optimizer, loss, change);
            }
            round();
        }
    }

    private void scaled(Optimizer optimizer, Tensor loss, UnaryOperator<List<Tensor>> change) {
        Tensor scale = state.get("scale");
        Tensor weight = scale.to(loss.dtype()).reshape(loss.shape());
        List<Tensor> scaled =
                Gradients.vjp(Graph.FREE, loss, weight, halves.tensors().toArray(Tensor[]::new));
        List<Tensor[]> lists = scaled.stream()
                .map(g -> new Tensor[] {Optimizer.parts(g), scale})
                .toList();
        List<Tensor> parts =
                DIVIDED.applyEach(lists).stream().map(each -> each.get(0)).toList();
        Tensor finite = Elementwise.isFinite(Clipping.largest(Clipping.together(parts)));
        List<Tensor> gradients = IntStream.range(0, scaled.size())
                .mapToObj(i -> Clipping.like(scaled.get(i), parts.get(i)))
                .toList();
        optimizer.step(change.apply(gradients), finite);
        Tensor goodSteps = state.get("goodSteps");
        Tensor good = Elementwise.where(finite, goodSteps.add(1), 0);
        Tensor grows = Elementwise.equal(good, interval);
        InPlace.assign(goodSteps, Elementwise.where(grows, 0, good));
        Tensor larger = Elementwise.where(grows, Elementwise.minimum(scale.multiply(2), LARGEST_SCALE), scale);
        InPlace.assign(scale, Elementwise.where(finite, larger, Elementwise.maximum(scale.multiply(0.5), 1)));
    }

    private static List<Tensor> wide(List<Tensor> gradients) {
        List<List<Tensor>> parts = WIDENED.applyEach(
                gradients.stream().map(g -> new Tensor[] {Optimizer.parts(g)}).toList());
        return IntStream.range(0, parts.size())
                .mapToObj(i -> Clipping.like(gradients.get(i), parts.get(i).get(0)))
                .toList();
    }

    /** Makes the model's parameters the masters, rounded. */
    void round() {
        List<Tensor[]> lists = new ArrayList<>();
        halves.named().forEach((name, p) -> {
            if (p.dtype() == dtype) {
                lists.add(new Tensor[] {p, masters.named().get(name)});
            }
        });
        ROUNDED.applyEach(lists);
    }

    /** Frees the masters and the scale; the model's parameters stay. */
    @Override
    public void close() {
        made.forEach(Tensor::close);
        state.values().forEach(Tensor::close);
    }
}
