package kron4j.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/**
 * Exponential averages of parameters, {@code average := decay average + (1 - decay) parameter} after each step, which often generalize better than the parameters themselves.
 * They begin as the parameters, are float32 for halves, and are updated on the device without waiting, in recorded steps too.
 *
 * <pre>{@code
 * Linear model = new Linear(new Random.Generator(1), DType.FLOAT32, 4, 2);
 * Tensor x = Random.normal(2, DType.FLOAT32, 64, 4);
 * try (model; Adam optimizer = new Adam(model.parameters());
 *         ExponentialAverage average = new ExponentialAverage(model.parameters(), 0.99)) {
 *     Trainer trainer = new Trainer(model.parameters(), optimizer, Schedule.constant(1e-3), 3).average(average);
 *     trainer.step(() -> Elementwise.square(model.apply(x)).mean());
 *     average.with(() -> System.out.println(model.apply(x).sum().item()));
 * }
 * }</pre>
 *
 * <p>Source: Polyak, Juditsky: Acceleration of stochastic approximation by averaging (1992).
 */
public final class ExponentialAverage implements AutoCloseable {
    private final Parameters parameters;
    private final Map<String, Tensor> averages = new LinkedHashMap<>();
    /** Updates an average. */
    private final Fused steps;

    /**
     * Copies the parameters.
     *
     * @param parameters one or more; not owned
     * @param decay in [0, 1), such as 0.999
     * @throws TensorException if the decay is outside its range
     */
    public ExponentialAverage(Parameters parameters, double decay) {
        if (!(decay >= 0 && decay < 1)) {
            throw new TensorException("ExponentialAverage: decay " + decay + "; expected [0, 1)");
        }
        this.parameters = parameters;
        steps = Fused.compileRun(x -> Optimizer.average(x[0], x[1].to(x[0].dtype()), decay));
        NoGrad.run(() -> parameters.named().forEach((name, p) -> {
            try (TensorScope scope = p.device().openScope()) {
                averages.put(name, p.detach().to(p.dtype().computed()).copy().keep());
            }
        }));
    }

    /** Takes the present values of the parameters into the averages; {@link Trainer#average} does it after each step. */
    public void update() {
        try (TensorScope scope = parameters.tensors().get(0).device().openScope();
                NoGrad updating = NoGrad.open()) {
            List<Tensor[]> lists = new ArrayList<>();
            parameters
                    .named()
                    .forEach((name, p) ->
                            lists.add(new Tensor[] {Optimizer.parts(averages.get(name)), Optimizer.parts(p)}));
            steps.applyEach(lists);
        }
    }

    /** {@return the averages by the names of the parameters; owned by this} */
    public Map<String, Tensor> named() {
        return Collections.unmodifiableMap(averages);
    }

    /**
     * Runs something, such as an evaluation, with the averages in place of the parameters, which have their own values again afterwards.
     *
     * @param body runs with nothing recorded
     */
    public void with(Runnable body) {
        List<Tensor> own = new ArrayList<>();
        try (TensorScope scope = parameters.tensors().get(0).device().openScope();
                NoGrad evaluating = NoGrad.open()) {
            parameters.tensors().forEach(p -> own.add(p.copy()));
            try {
                parameters
                        .named()
                        .forEach((name, p) ->
                                InPlace.assign(p, averages.get(name).to(p.dtype())));
                body.run();
            } finally {
                for (int i = 0; i < own.size(); i++) {
                    InPlace.assign(parameters.tensors().get(i), own.get(i));
                }
            }
        }
    }

    @Override
    public void close() {
        averages.values().forEach(Tensor::close);
    }
}
