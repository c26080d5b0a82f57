package kron4j.bench.gpu;

import static kron4j.bench.Inputs.epsilon;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.bench.Inputs;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.ops.Softmax;
import kron4j.train.CapturedStep;
import kron4j.train.KroneckerRecurrentUnit;
import kron4j.train.Linear;
import kron4j.train.Parameters;
import kron4j.train.Schedule;
import kron4j.train.Sgd;
import kron4j.train.Trainer;

/**
 * A step of training a Kronecker recurrent unit of f factors p x p on b sequences of t numbers with a label each: forward, backward and the update by
 * gradient descent, call by call or replayed as one graph.
 */
final class TrainingRow extends Row {
    private static final double RATE = 0.1;
    private static final int CLASSES = 10;

    private final Map<String, Long> sizes;
    private final Model model;
    private final Tensor x;
    private final Tensor labels;
    private final Trainer trainer;
    private final CapturedStep captured;

    TrainingRow(String row, DType dtype, boolean captures) {
        sizes = Inputs.sizes(row);
        model = new Model(sizes, dtype);
        x = uniform(1, dtype, sizes.get("t"), sizes.get("b"), 1);
        labels = Random.randint(2, 0, CLASSES, sizes.get("b"));
        trainer = model.trainer();
        captured = captures ? trainer.capture(() -> model.loss(x, labels)) : null;
    }

    private static final class Model {
        final KroneckerRecurrentUnit unit;
        final Linear out;
        final Parameters parameters;

        Model(Map<String, Long> sizes, DType dtype) {
            Random.Generator random = new Random.Generator(1);
            long[] factors = new long[sizes.get("f").intValue()];
            Arrays.fill(factors, sizes.get("p"));
            unit = new KroneckerRecurrentUnit(random, dtype, 1, factors);
            out = new Linear(random, dtype, unit.width(), CLASSES);
            parameters = new Parameters().include("unit", unit.parameters()).include("out", out.parameters());
        }

        Trainer trainer() {
            return new Trainer(parameters, new Sgd(parameters), Schedule.constant(RATE), 1);
        }

        Tensor loss(Tensor x, Tensor labels) {
            return Softmax.crossEntropy(out.apply(unit.apply(x).select(0, -1)), labels);
        }
    }

    @Override
    Tensor run() {
        return captured == null ? trainer.step(() -> model.loss(x, labels)) : captured.step();
    }

    /**
     * Compares two losses with the CPU's, the second after an update by the gradient. Orthogonal factors and tanh do not amplify errors: a state is off
     * by one rounding of p f terms for each step so far, and the loss by twice the error of a logit.
     */
    @Override
    void check() {
        double width = model.unit.width();
        double terms = sizes.get("t") * (sizes.get("p") * sizes.get("f") + 4);
        double tolerance = 4 * terms * Math.sqrt(width) * epsilon(x.dtype());
        try (TensorScope scope = Device.cpu().openScope()) {
            Model same = new Model(sizes, DType.FLOAT64);
            List<Tensor> from = model.parameters.tensors();
            NoGrad.run(() -> {
                for (int i = 0; i < from.size(); i++) {
                    InPlace.assign(same.parameters.tensors().get(i), reference(from.get(i)));
                }
            });
            Tensor cpuX = reference(x);
            Tensor cpuLabels = labels.to(Device.cpu());
            Trainer reference = same.trainer();
            for (int step = 0; step < 2; step++) {
                double expected =
                        reference.step(() -> same.loss(cpuX, cpuLabels)).item();
                Inputs.check("kru, step " + step, expected, run().item(), tolerance);
            }
        }
    }

    @Override
    void close() {
        if (captured != null) {
            captured.close();
        }
    }
}
