package kron4j.examples;

import static kron4j.DType.FLOAT32;

import java.util.Map;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Random;
import kron4j.train.Adam;
import kron4j.train.Batches;
import kron4j.train.EarlyStopping;
import kron4j.train.KroneckerLinear;
import kron4j.train.Linear;
import kron4j.train.Parameters;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import kron4j.train.TrainingHistory;
import kron4j.train.TrainingLoop;

/** The work of {@code model.fit}: epochs, validation, early stopping. */
public final class FromKeras {
    private FromKeras() {}

    public static void main(String[] args) {
        try (TensorScope scope = Device.best().openScope()) {
            Tensor x = Random.normal(1, FLOAT32, 640, 16);
            Tensor y = Elementwise.tanh(x.sum(1)).unsqueeze(1);
            Tensor learn = x.slice(0, 0, 512);
            Tensor held = x.slice(0, 512, 640);

            Random.Generator random = new Random.Generator(2);
            KroneckerLinear hidden = new KroneckerLinear(random, FLOAT32, new long[] {4, 8}, new long[] {4, 4});
            Linear out = new Linear(random, FLOAT32, 32, 1);
            Parameters parameters =
                    new Parameters().include("hidden", hidden.parameters()).include("out", out.parameters());
            try (parameters;
                    Adam optimizer = new Adam(parameters)) {
                Trainer trainer = new Trainer(parameters, optimizer, Schedule.constant(1e-2), 3);
                Batches batches = new Batches(3, 512, 64);
                TrainingHistory history = new TrainingLoop(
                                trainer,
                                batches,
                                chosen -> error(
                                        out.apply(Elementwise.tanh(hidden.apply(batches.pick(learn, chosen)))),
                                        batches.pick(y.slice(0, 0, 512), chosen)),
                                () -> Map.of(
                                        "validation",
                                        error(out.apply(Elementwise.tanh(hidden.apply(held))), y.slice(0, 512, 640))
                                                .item()))
                        .stopEarly(new EarlyStopping(5, 1e-4), "validation")
                        .run(40);
                System.out.printf("validation error %.4f%n", history.last("validation"));
            }
        }
    }

    private static Tensor error(Tensor got, Tensor expected) {
        return Elementwise.square(got.subtract(expected)).mean();
    }
}
