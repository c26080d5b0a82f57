package kron4j.contract;

import static kron4j.contract.DeviceUnderTest.GPU;
import static kron4j.contract.DeviceUnderTest.SIM;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import kron4j.DType;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.ops.Convolutions;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Pooling;
import kron4j.ops.Random;
import kron4j.ops.Sliding;
import kron4j.ops.Softmax;
import kron4j.reference.NDArray;
import kron4j.train.Adam;
import kron4j.train.CapturedStep;
import kron4j.train.Conv;
import kron4j.train.ConvTranspose;
import kron4j.train.Layer;
import kron4j.train.Linear;
import kron4j.train.Parameters;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import org.junit.jupiter.api.Test;

/** Convolutional layers, and a small network of them that is trained step by step and as a graph. */
public class ConvolutionalNetworkContract extends Contract {
    private final Random.Generator random = new Random.Generator(5);

    @Test
    void layersAreTheOperationsWithTheirParameters() {
        Sliding how = Sliding.by(2).padding(1).groups(2);
        for (int rank = 1; rank <= 3; rank++) {
            int[] taps = {3, 2, 1};
            int[] some = Arrays.copyOf(taps, rank);
            long[] shape = {2, 4, 5, 4, 3};
            try (Conv conv = new Conv(random, DType.FLOAT64, 4, 6, how, some);
                    ConvTranspose back = new ConvTranspose(random, DType.FLOAT64, 4, 6, how, some)) {
                for (Layer layer : new Layer[] {conv, back}) {
                    NoGrad.run(() -> layer.parameters().tensors().forEach(p -> InPlace.add(p, 0.25)));
                }
                Tensor x = random.normal(DType.FLOAT64, Arrays.copyOf(shape, 2 + rank));
                Tensor w = conv.parameters().named().get("weight");
                Tensor b = conv.parameters().named().get("bias");
                Tensor v = back.parameters().named().get("weight");
                Tensor c = back.parameters().named().get("bias");
                Tensor y = switch (rank) {
                    case 1 -> Convolutions.conv1d(x, w, b, how);
                    case 2 -> Convolutions.conv2d(x, w, b, how);
                    default -> Convolutions.conv3d(x, w, b, how);
                };
                Tensor z = switch (rank) {
                    case 1 -> Convolutions.convTranspose1d(x, v, c, how);
                    case 2 -> Convolutions.convTranspose2d(x, v, c, how);
                    default -> Convolutions.convTranspose3d(x, v, c, how);
                };
                same(NDArray.of(y), conv.apply(x));
                same(NDArray.of(z), back.apply(x));
                assertEquals(6, y.shape().at(1));
                assertEquals(6, z.shape().at(1));
            }
        }
        try (Conv plain = new Conv(random, DType.FLOAT32, 3, 8, 5, 5)) {
            assertEquals(
                    Shape.of(2, 8, 2, 3),
                    plain.apply(random.normal(DType.FLOAT32, 2, 3, 6, 7)).shape());
            double bound = Math.sqrt(6.0 / (11 * 25));
            Tensor weight = plain.parameters().named().get("weight");
            assertTrue(weight.abs().max().item() <= bound && weight.abs().max().item() > 0.9 * bound);
        }
        refused(ShapeException.class, () -> new Conv(random, DType.FLOAT32, 3, 8), "Conv: taps []");
        refused(
                ShapeException.class,
                () -> new Conv(random, DType.FLOAT32, 4, 8, Sliding.ONE.groups(3), 1),
                "Conv: 3 groups do not divide the channels 8 and 4");
        refused(
                ShapeException.class,
                () -> new ConvTranspose(random, DType.FLOAT32, 4, 8, 0),
                "ConvTranspose: taps [0]");
    }

    /** The batch is always in the same tensors. */
    private static final class Model implements AutoCloseable {
        final Random.Generator random = new Random.Generator(3);
        final Conv first = new Conv(random, DType.FLOAT64, 1, 3, Sliding.by(2).padding(1), 3, 3);
        final Conv second = new Conv(random, DType.FLOAT64, 3, 4, Sliding.ONE.padding(1), 3, 3);
        final Linear out = new Linear(random, DType.FLOAT64, 4, 3);
        final Parameters parameters = new Parameters()
                .include("first", first.parameters())
                .include("second", second.parameters())
                .include("out", out.parameters());
        final Adam adam = new Adam(parameters);
        final Trainer trainer = new Trainer(parameters, adam, Schedule.constant(0.02), 3);
        final Tensor x = Tensor.zeros(DType.FLOAT64, 3, 1, 8, 8);
        final Tensor labels = Tensor.of(new long[] {0, 2, 1});

        Tensor loss() {
            Tensor maps = Pooling.maxPool2d(Elementwise.relu(first.apply(x)), 2);
            Tensor more = Pooling.adaptiveAvgPool2d(Elementwise.tanh(second.apply(maps)), 1);
            return Softmax.crossEntropy(out.apply(more.reshape(3, 4)), labels);
        }

        void load(int step) {
            try (TensorScope scope = x.device().openScope()) {
                InPlace.assign(x, Random.normal(100 + step, DType.FLOAT64, 3, 1, 8, 8));
            }
        }

        @Override
        public void close() {
            parameters.close();
            adam.close();
        }
    }

    @Test
    @OnlyOn({SIM, GPU})
    void stepsOfAGraphAreThoseOfTheTrainer() {
        try (Model plain = new Model();
                Model recorded = new Model()) {
            double[] expected = new double[4];
            for (int i = 0; i < 4; i++) {
                plain.load(i);
                expected[i] = plain.trainer.step(plain::loss).item();
            }
            recorded.load(0);
            try (CapturedStep step = recorded.trainer.capture(recorded::loss)) {
                for (int i = 1; i < 4; i++) {
                    recorded.load(i);
                    assertEquals(expected[i], step.step().item());
                }
            }
            for (String name : plain.parameters.named().keySet()) {
                assertArrayEquals(
                        plain.parameters.named().get(name).toDoubleArray(),
                        recorded.parameters.named().get(name).toDoubleArray(),
                        name);
            }
        }
    }
}
