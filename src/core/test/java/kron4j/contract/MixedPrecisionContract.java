package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.GradientException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import kron4j.train.Adam;
import kron4j.train.CapturedStep;
import kron4j.train.KroneckerRecurrentUnit;
import kron4j.train.Linear;
import kron4j.train.MixedPrecision;
import kron4j.train.Parameters;
import kron4j.train.Schedule;
import kron4j.train.Sgd;
import kron4j.train.Trainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Training in halves with float32 masters. */
public class MixedPrecisionContract extends Contract {
    @TempDir
    Path dir;

    static DType[] halves() {
        return DTypes.halves();
    }

    /** One weight, whose gradient is the input. */
    private static final class Weight implements AutoCloseable {
        final Parameters own = new Parameters();
        final Tensor w;
        final Tensor x;
        final MixedPrecision mixed;
        final Sgd sgd;
        final Trainer trainer;

        Weight(DType dtype, double scale, int interval, double rate) {
            w = own.add("w", Creation.full(dtype, 1, 1));
            x = Creation.full(dtype, 1, 1);
            mixed = new MixedPrecision(own, scale, interval);
            sgd = new Sgd(mixed.masters(), 0.5, 0);
            trainer = new Trainer(mixed, sgd, Schedule.constant(rate), 1);
        }

        /** A step with this gradient. */
        void step(double gradient) {
            InPlace.fill(x, gradient);
            trainer.step(loss()).close();
        }

        Supplier<Tensor> loss() {
            return () -> w.multiply(x).to(DType.FLOAT32).sum();
        }

        double master() {
            return mixed.masters().tensors().get(0).detach().toDoubleArray()[0];
        }

        double scale() {
            return mixed.state().get("scale").item();
        }

        @Override
        public void close() {
            sgd.close();
            mixed.close();
            own.close();
        }
    }

    /** 2^-12 beside 1 is lost in every half; 16 of them are not. */
    @ParameterizedTest
    @MethodSource("halves")
    void smallUpdatesAddUp(DType dtype) {
        Parameters own = new Parameters();
        Tensor w = own.add("w", Creation.full(dtype, 1, 1));
        Tensor one = Creation.full(dtype, 1, 1);
        try (own;
                MixedPrecision mixed = new MixedPrecision(own, 1024, 1000);
                Sgd sgd = new Sgd(mixed.masters())) {
            Trainer trainer = new Trainer(mixed, sgd, Schedule.constant(0x1p-12), 1);
            for (int i = 1; i <= 64; i++) {
                trainer.step(() -> w.multiply(one).to(DType.FLOAT32).sum()).close();
                double exact = 1 - i * 0x1p-12;
                same(NDArray.full(exact, 1), mixed.masters().tensors().get(0).detach());
                same(NDArray.full(DTypes.rounded(dtype, exact), 1), w.detach());
            }
        }
    }

    @Test
    void theScaleRisesAfterGoodStepsAndFallsAtAnInfinity() {
        try (Weight weight = new Weight(DType.FLOAT16, 1024, 3, 0.25)) {
            double[] gradients = {1, 1, 1, 1, 65504, 1, 1, 1};
            double[] scales = {1024, 1024, 2048, 2048, 1024, 1024, 1024, 2048};
            double velocity = 0;
            double master = 1;
            for (int i = 0; i < gradients.length; i++) {
                weight.step(gradients[i]);
                if (gradients[i] == 1) {
                    velocity = 0.5 * velocity + 1;
                    master -= 0.25 * velocity;
                }
                assertEquals(scales[i], weight.scale(), "scale after step " + i);
                assertEquals(master, weight.master(), "the skipped step changes nothing, step " + i);
                assertEquals(velocity, weight.sgd.state().get("velocity.w").toDoubleArray()[0]);
                assertEquals(
                        DTypes.rounded(DType.FLOAT16, master), weight.w.detach().toDoubleArray()[0]);
            }
            weight.step(Double.NaN);
            assertEquals(1024, weight.scale());
            assertEquals(master, weight.master());
            assertEquals(9, weight.trainer.steps());
        }
    }

    @Test
    void theScaleStaysFrom1To2To30() {
        try (Weight weight = new Weight(DType.FLOAT16, 2, 1, 0.25)) {
            for (int i = 0; i < 3; i++) {
                weight.step(Double.NaN);
                assertEquals(1, weight.scale());
            }
        }
        try (Weight weight = new Weight(DType.FLOAT16, 0x1p28, 2, 0.25)) {
            for (double scale : new double[] {0x1p28, 0x1p29, 0x1p29, 0x1p30, 0x1p30, 0x1p30}) {
                weight.trainer.step(() -> weight.loss().get().multiply(0x1p-30)).close();
                assertEquals(scale, weight.scale());
            }
        }
    }

    @Test
    void aFirstStepThatIsSkippedLeavesTheStateAtItsBeginning() {
        try (Parameters own = new Parameters()) {
            Tensor w = own.add("w", Creation.full(DType.FLOAT16, 1, 2));
            Tensor x = Tensor.of(new float[] {Float.POSITIVE_INFINITY, 1}).to(DType.FLOAT16);
            try (MixedPrecision mixed = new MixedPrecision(own);
                    Adam adam = new Adam(mixed.masters())) {
                Trainer trainer = new Trainer(mixed, adam, Schedule.constant(0.1), 1).clipNorm(1);
                trainer.step(() -> w.multiply(x).to(DType.FLOAT32).sum()).close();
                adam.state().forEach((name, t) -> same(NDArray.full(0, t.shape().dims()), t));
                same(NDArray.full(1, 2), mixed.masters().tensors().get(0).detach());
                assertEquals(0x1p15, mixed.state().get("scale").item());
            }
        }
    }

    /** 2^-20 is a subnormal float16 with few bits; times the scale it has them all. */
    @Test
    void theScaleKeepsSmallGradients() {
        try (Parameters own = new Parameters()) {
            Tensor w = own.add("w", Creation.full(DType.FLOAT16, 1, 1));
            Tensor x = Creation.full(DType.FLOAT16, 1 + 0x1p-10, 1);
            try (MixedPrecision mixed = new MixedPrecision(own, 0x1p14, 10);
                    Sgd sgd = new Sgd(mixed.masters())) {
                Trainer trainer = new Trainer(mixed, sgd, Schedule.constant(1), 1);
                trainer.step(() -> w.multiply(x).to(DType.FLOAT32).sum().multiply(0x1p-22))
                        .close();
                same(
                        NDArray.full(1 - 0x1p-22, 1).map(v -> (float) v),
                        mixed.masters().tensors().get(0).detach());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("halves")
    void complexParametersAreTheirOwnMasters(DType dtype) {
        try (Parameters own = new Parameters()) {
            Tensor w = own.add("w", Creation.full(dtype, 1, 1));
            Tensor z = own.add("z", Tensor.of(new Complex(3, 4)).to(DType.COMPLEX64));
            try (MixedPrecision mixed = new MixedPrecision(own, 1024, 1000);
                    Sgd sgd = new Sgd(mixed.masters())) {
                Trainer trainer = new Trainer(mixed, sgd, Schedule.constant(0.125), 1);
                trainer.step(() -> Elementwise.abs(z)
                                .multiply(5)
                                .add(w.to(DType.FLOAT32).sum()))
                        .close();
                same(NDArray.full(0.875, 1), w.detach());
                same(NDArray.of(new double[] {3 - 0.375, 4 - 0.5}, 2), ComplexNumbers.viewAsReal(z.detach()));
            }
            same(NDArray.of(new double[] {2.625, 3.5}, 2), ComplexNumbers.viewAsReal(z.detach()));
        }
    }

    @Test
    void bfloat16HasNoScale() {
        try (Parameters own = new Parameters()) {
            own.add("w", Creation.full(DType.BFLOAT16, 1, 1));
            try (MixedPrecision mixed = new MixedPrecision(own)) {
                assertEquals(Map.of(), mixed.state());
                assertEquals(DType.BFLOAT16, mixed.dtype());
                assertEquals(DType.FLOAT32, mixed.masters().tensors().get(0).dtype());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("halves")
    void learnsALine(DType dtype) {
        Tensor x = Random.normal(5, dtype, 256, 8);
        Tensor y = x.to(DType.FLOAT32).sum(1).unsqueeze(1);
        Linear model = new Linear(new Random.Generator(6), dtype, 8, 1);
        try (model;
                MixedPrecision mixed = new MixedPrecision(model.parameters());
                Adam adam = new Adam(mixed.masters())) {
            Trainer trainer = new Trainer(mixed, adam, Schedule.constant(0.05), 1);
            double last = Double.NaN;
            for (int i = 0; i < 150; i++) {
                try (TensorScope step = x.device().openScope()) {
                    last = trainer.step(() -> Elementwise.square(
                                            model.apply(x).to(DType.FLOAT32).subtract(y))
                                    .mean())
                            .item();
                }
            }
            // What rounding the weights (near 1) and the results (below 16) leaves, by half an epsilon of each of nine.
            double half = dtype.epsilon() / 2;
            assertTrue(last < Math.pow(9 * 16 * half, 2), "loss " + last);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"c.npz", "c.safetensors"})
    void checkpointsHoldMastersAndScale(String name) {
        Path file = dir.resolve(name);
        double[] after = new double[3];
        try (Weight weight = new Weight(DType.FLOAT16, 1024, 3, 0.25)) {
            weight.step(1);
            weight.step(1);
            weight.trainer.save(file);
            weight.step(1);
            after[0] = weight.master();
            after[1] = weight.scale();
        }
        try (Weight other = new Weight(DType.FLOAT16, 4, 3, 0.25)) {
            other.trainer.restore(file);
            assertEquals(
                    DTypes.rounded(DType.FLOAT16, other.master()),
                    other.w.detach().toDoubleArray()[0]);
            other.step(1);
            assertEquals(after[0], other.master());
            assertEquals(after[1], other.scale());
        }
        try (Weight without = new Weight(DType.BFLOAT16, 1, 1, 0.25)) {
            without.trainer.save(file);
        }
        try (Weight needs = new Weight(DType.FLOAT16, 4, 3, 0.25)) {
            refused(FormatException.class, () -> needs.trainer.restore(file), "'precision.scale' is missing");
        }
    }

    @Test
    @OnlyOn({DeviceUnderTest.SIM, DeviceUnderTest.GPU})
    void aCapturedStepDecidesOnTheDevice() {
        try (Weight weight = new Weight(DType.FLOAT16, 1024, 3, 0.25);
                CapturedStep step = weight.trainer.capture(weight.loss())) {
            double[] gradients = {1, 65504, 1, 1, 1};
            double[] scales = {1024, 512, 512, 512, 1024};
            for (int i = 0; i < gradients.length; i++) {
                InPlace.fill(weight.x, gradients[i]);
                step.step();
                assertEquals(scales[i], weight.scale(), "step " + i);
            }
            assertArrayEquals(
                    new double[] {DTypes.rounded(DType.FLOAT16, weight.master())},
                    weight.w.detach().toDoubleArray());
        }
    }

    /** The losses of a Kronecker recurrent unit of halves at steps 2 to 8; capturing takes the first step itself. */
    private static List<Double> losses(DType dtype, boolean captured) {
        List<Double> losses = new ArrayList<>();
        try (TensorScope inputs = Device.best().openScope()) {
            Tensor x = Random.normal(1, dtype, 6, 3, 4);
            Tensor y = Random.normal(2, dtype, 3, 8);
            KroneckerRecurrentUnit unit = new KroneckerRecurrentUnit(new Random.Generator(3), dtype, 4, 2, 4);
            try (Parameters own = unit.parameters();
                    MixedPrecision mixed = new MixedPrecision(own, 0x1p20, 2);
                    Adam adam = new Adam(mixed.masters())) {
                Trainer trainer = new Trainer(mixed, adam, Schedule.constant(0.125), 3);
                Supplier<Tensor> loss = () -> {
                    Tensor states = unit.apply(x);
                    Tensor error =
                            states.slice(0, 5, 6).reshape(3, 8).subtract(y).to(DType.FLOAT32);
                    return error.multiply(error).mean();
                };
                if (captured) {
                    try (CapturedStep step = trainer.capture(loss)) {
                        for (int i = 1; i < 8; i++) {
                            losses.add(step.step().item());
                        }
                    }
                } else {
                    for (int i = 0; i < 8; i++) {
                        try (Tensor value = trainer.step(loss)) {
                            losses.add(value.item());
                        }
                    }
                    losses.remove(0);
                }
                losses.add(mixed.masters().tensors().get(0).detach().sum().item());
            }
        }
        return losses;
    }

    @ParameterizedTest
    @MethodSource("halves")
    @OnlyOn({DeviceUnderTest.SIM, DeviceUnderTest.GPU})
    void aCapturedRecurrentStepEqualsThePlainOne(DType dtype) {
        List<Double> plain = losses(dtype, false);
        assertEquals(plain, losses(dtype, true));
        assertTrue(plain.get(6) < plain.get(0), plain.toString());
    }

    /** What an optimizer of the halves does would be lost when they are made the masters, rounded. */
    @ParameterizedTest
    @MethodSource("halves")
    void refusesOptimizersOfOthersAndLossesThatAreNotOneRealNumber(DType dtype) {
        try (Parameters own = new Parameters()) {
            Tensor w = own.add("w", Creation.full(dtype, 1, 2));
            try (MixedPrecision mixed = new MixedPrecision(own, 1024, 1000);
                    Sgd right = new Sgd(mixed.masters());
                    Sgd wrong = new Sgd(own)) {
                Schedule schedule = Schedule.constant(0.25);
                right.rate(0.25);
                wrong.rate(0.25);
                Tensor loss = w.to(DType.FLOAT32).sum();
                refused(TensorException.class, () -> mixed.step(wrong, loss), "Sgd", "MixedPrecision.masters()");
                refused(TensorException.class, () -> new Trainer(mixed, wrong, schedule, 1), "masters()");
                refused(TensorException.class, () -> new Trainer(own, right, schedule, 1), "the trainer");
                refused(GradientException.class, () -> mixed.step(right, w), dtype + " [2]", "sum it");
                Tensor complex = w.to(DType.COMPLEX64).sum();
                refused(GradientException.class, () -> mixed.step(right, complex), "complex64 []", "abs");
                same(NDArray.full(1, 2), w.detach());
                mixed.step(right, loss);
                same(NDArray.full(0.75, 2), w.detach());
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        Map<String, Tensor> wrong = new LinkedHashMap<>();
        wrong.put("wide", Creation.full(DType.FLOAT32, 1, 2));
        try (Parameters wide = new Parameters();
                Parameters none = new Parameters();
                Parameters both = new Parameters()) {
            wrong.forEach(wide::add);
            both.add("a", Creation.full(DType.FLOAT16, 1, 2));
            refused(TensorException.class, () -> new MixedPrecision(both, 3, 1), "power of 2");
            refused(TensorException.class, () -> new MixedPrecision(both, 4, 0), "interval 0");
            both.add("b", Creation.full(DType.BFLOAT16, 1, 2));
            refused(DTypeException.class, () -> new MixedPrecision(wide), "no parameter of [wide]");
            refused(DTypeException.class, () -> new MixedPrecision(both), "'b' is bfloat16");
            refused(TensorException.class, () -> new MixedPrecision(none), "no parameters");
            List.of(wide, none, both).forEach(p -> p.tensors().forEach(t -> assertTrue(t.size() == 2)));
        }
    }
}
