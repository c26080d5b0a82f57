package kron4j.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Pooling;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Sliding;
import kron4j.ops.Softmax;
import kron4j.train.Adam;
import kron4j.train.Batches;
import kron4j.train.Conv;
import kron4j.train.Linear;
import kron4j.train.Parameters;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import kron4j.train.TrainingHistory;
import kron4j.train.TrainingLoop;
import org.junit.jupiter.api.Test;

/** A small convolutional network learns the digits of 8 x 8 pixels in a few epochs. */
class ConvolutionalDigitsTest {
    private static final int HELD = 360;

    @Test
    void tellsDigitsApart() {
        long live = Device.cpu().memoryReport().live();
        try (TensorScope scope = Device.cpu().openScope()) {
            LabelledDigits all = LabelledDigits.optical();
            LabelledDigits[] parts = all.split(1, all.size() - HELD, HELD);
            Random.Generator random = new Random.Generator(2);
            Sliding around = Sliding.ONE.padding(1);
            Conv first = new Conv(random, DType.FLOAT32, 1, 8, around, 3, 3);
            Conv second = new Conv(random, DType.FLOAT32, 8, 16, around, 3, 3);
            Linear out = new Linear(random, DType.FLOAT32, 16 * 4 * 4, 10);
            Parameters parameters = new Parameters()
                    .include("first", first.parameters())
                    .include("second", second.parameters())
                    .include("out", out.parameters());
            try (parameters;
                    Adam adam = new Adam(parameters)) {
                Batches batches = new Batches(3, parts[0].size(), 32);
                Trainer trainer =
                        new Trainer(parameters, adam, Schedule.cosine(1e-2, 1e-4, 3L * batches.perEpoch()), 3);
                TrainingHistory history = new TrainingLoop(
                                trainer,
                                batches,
                                chosen -> Softmax.crossEntropy(
                                        scores(first, second, out, batches.pick(parts[0].images(), chosen)),
                                        batches.pick(parts[0].labels(), chosen)),
                                () -> Map.of(
                                        "accuracy",
                                        accuracy(scores(first, second, out, parts[1].images()), parts[1].labels())))
                        .run(3);
                assertTrue(history.last("accuracy") > 0.92, () -> "accuracy " + history.last("accuracy"));
                // 8 x 9 + 8, 16 x 72 + 16, 10 x 256 + 10
                assertEquals(80 + 1168 + 2570, parameters.count());
            }
        }
        assertEquals(live, Device.cpu().memoryReport().live());
    }

    private static Tensor scores(Conv first, Conv second, Linear out, Tensor images) {
        Tensor x = images.reshape(-1, 1, 8, 8);
        Tensor maps = Pooling.maxPool2d(Elementwise.relu(first.apply(x)), 2);
        Tensor more = Elementwise.relu(second.apply(maps));
        return out.apply(more.reshape(x.shape().at(0), -1));
    }

    private static double accuracy(Tensor scores, Tensor labels) {
        return Elementwise.equal(Reduce.argmax(scores, 1), labels)
                .to(DType.FLOAT32)
                .mean()
                .item();
    }
}
