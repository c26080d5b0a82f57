package kron4j.contract;

import static kron4j.DType.BFLOAT16;
import static kron4j.DType.FLOAT32;
import static kron4j.DType.FLOAT64;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import kron4j.DType;
import kron4j.Device;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.NoGrad;
import kron4j.ops.AdamStep;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.reference.NDArray;
import kron4j.train.Adadelta;
import kron4j.train.Adagrad;
import kron4j.train.Adam;
import kron4j.train.CapturedStep;
import kron4j.train.ExponentialAverage;
import kron4j.train.NAdam;
import kron4j.train.Optimizer;
import kron4j.train.Parameters;
import kron4j.train.RmsProp;
import kron4j.train.Schedule;
import kron4j.train.Sgd;
import kron4j.train.Trainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps of each optimizer beside PyTorch's, restored and recorded ones; averages of parameters. */
public class OptimizerStepsContract extends Contract {
    private static final Map<String, Function<Parameters, Optimizer>> ALL = new TreeMap<>(Map.of(
            "sgdNesterov",
            p -> Sgd.nesterov(p, 0.9, 0.01),
            "sgdMomentum",
            p -> new Sgd(p, 0.9, 0.01),
            "adamEpsilon",
            p -> new Adam(p, 0.8, 0.99, 0, 1e-3),
            "adamW",
            p -> Adam.withDecay(p, 0.2),
            "adagrad",
            Adagrad::new,
            "adadelta",
            Adadelta::new,
            "nadam",
            NAdam::new,
            "rmsProp",
            RmsProp::new));

    private static Parameters parameters(DType dtype) {
        Parameters parameters = new Parameters();
        parameters.add("p", TorchValues.of("optimizers").get("start").toTensor(dtype));
        return parameters;
    }

    /** On the CPU by one loop over all of them, and, since some gradient is no row-major one, by an operation after the other. */
    @Test
    void updatesAllParametersAtOnceAsOneByOne() {
        long[][] shapes = {{41, 70}, {3}, {}, {0, 2}, {2048}};
        for (DType dtype : List.of(FLOAT32, FLOAT64)) {
            for (double decay : new double[] {0, 0.1}) {
                List<List<double[]>> results = new ArrayList<>();
                for (boolean strided : new boolean[] {false, true}) {
                    Parameters parameters = new Parameters();
                    List<Tensor> gradients = new ArrayList<>();
                    for (int i = 0; i < shapes.length; i++) {
                        parameters.add("p" + i, Random.normal(i, dtype, shapes[i]));
                        Tensor g = Random.normal(9 + i, dtype, shapes[i]);
                        gradients.add(strided ? g.transpose().contiguous().transpose() : g);
                    }
                    try (Adam optimizer = Adam.withDecay(parameters, decay)) {
                        optimizer.rate(0.01);
                        optimizer.step(gradients);
                        optimizer.step(gradients);
                        List<Tensor> all = new ArrayList<>(parameters.tensors());
                        all.addAll(optimizer.state().values());
                        results.add(all.stream()
                                .map(t -> t.detach().reshape(-1).toDoubleArray())
                                .toList());
                    }
                    parameters.tensors().forEach(Tensor::close);
                }
                for (int i = 0; i < results.get(0).size(); i++) {
                    assertArrayEquals(results.get(1).get(i), results.get(0).get(i), dtype + " " + i);
                }
            }
        }
    }

    /** On the CPU long parameters are updated from memory to memory, and those of gradients that are no row-major ones step by step. */
    @Test
    void updatesLongParametersAsShortOnes() {
        Map<String, Function<Parameters, Optimizer>> all = new TreeMap<>(ALL);
        all.put("sgd", Sgd::new);
        all.put("sgdMomentumAlone", p -> new Sgd(p, 0.9, 0));
        all.forEach((name, make) -> {
            for (DType dtype : List.of(FLOAT32, FLOAT64)) {
                List<double[]> results = new ArrayList<>();
                for (boolean strided : new boolean[] {false, true}) {
                    Parameters parameters = new Parameters();
                    parameters.add("p", Random.normal(1, dtype, 71, 70));
                    Tensor g = Random.normal(2, dtype, 71, 70);
                    try (Optimizer optimizer = make.apply(parameters);
                            ExponentialAverage average = new ExponentialAverage(parameters, 0.9)) {
                        optimizer.rate(0.01);
                        for (int step = 0; step < 3; step++) {
                            optimizer.step(
                                    List.of(strided ? g.transpose().contiguous().transpose() : g));
                            average.update();
                        }
                        List<Tensor> found = new ArrayList<>(parameters.tensors());
                        found.addAll(optimizer.state().values());
                        found.addAll(average.named().values());
                        results.add(found.stream()
                                .flatMapToDouble(t ->
                                        Arrays.stream(t.detach().reshape(-1).toDoubleArray()))
                                .toArray());
                    }
                    parameters.tensors().forEach(Tensor::close);
                }
                assertArrayEquals(results.get(1), results.get(0), name + " of " + dtype);
            }
        });
    }

    @Test
    void refusesListsThatDoNotFit() {
        List<Tensor> two = List.of(Tensor.zeros(FLOAT32, 2), Tensor.zeros(FLOAT32, 3));
        List<Tensor> others = List.of(Tensor.zeros(FLOAT32, 2), Tensor.zeros(FLOAT32, 2));
        List<Tensor> scalars = List.of(Tensor.ones(FLOAT32), Tensor.ones(FLOAT32), Tensor.ones(FLOAT32));
        AdamStep step = new AdamStep(0.9, 0.999, 0, 1e-8);
        refused(
                TensorException.class,
                () -> step.run(two, two.subList(0, 1), two, two, scalars),
                "AdamStep: 2 parameters");
        refused(
                ShapeException.class,
                () -> step.run(two, two, others, two, scalars),
                "AdamStep: a tensor of shape [2]");
    }

    /** A step makes some 20 roundings of numbers below 4, which the means keep. */
    @Test
    void asInTorch() {
        NDArray gradients = TorchValues.of("optimizers").get("gradients");
        int n = (int) gradients.shape()[0];
        for (DType dtype : FLOATING) {
            ALL.forEach((name, make) -> {
                NDArray expected = TorchValues.of("optimizers").get(name);
                try (Parameters parameters = parameters(dtype);
                        Optimizer optimizer = make.apply(parameters)) {
                    optimizer.rate(name.equals("adadelta") ? 1 : 0.1);
                    for (int t = 0; t < n; t++) {
                        optimizer.step(List.of(gradients.select(0, t).toTensor(dtype)));
                        assertArrayEquals(
                                expected.select(0, t).data(),
                                parameters.tensors().get(0).toDoubleArray(),
                                (t + 1) * 20 * 4 * dtype.epsilon(),
                                name + " in " + dtype + ", step " + t);
                    }
                }
            });
        }
    }

    private static Tensor loss(Parameters parameters) {
        return Elementwise.square(parameters.tensors().get(0).subtract(1)).sum();
    }

    private static Trainer trainer(Parameters parameters, Optimizer optimizer) {
        return new Trainer(parameters, optimizer, Schedule.constant(0.1), 3);
    }

    private static void steps(Trainer trainer, Parameters parameters) {
        for (int t = 0; t < 3; t++) {
            trainer.step(() -> loss(parameters)).close();
        }
    }

    @Test
    void checkpointsRestoreThem(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("all.npz");
        ALL.forEach((name, make) -> {
            try (Parameters first = parameters(FLOAT32);
                    Parameters second = parameters(FLOAT32);
                    ExponentialAverage ofFirst = new ExponentialAverage(first, 0.75);
                    ExponentialAverage ofSecond = new ExponentialAverage(second, 0.75);
                    Optimizer plain = make.apply(first);
                    Optimizer restored = make.apply(second)) {
                Trainer trainer = trainer(first, plain).average(ofFirst);
                steps(trainer, first);
                trainer.save(file);
                steps(trainer, first);
                Trainer again = trainer(second, restored).average(ofSecond);
                again.restore(file);
                steps(again, second);
                assertArrayEquals(
                        first.tensors().get(0).toFloatArray(),
                        second.tensors().get(0).toFloatArray(),
                        name);
                assertArrayEquals(
                        ofFirst.named().get("p").toFloatArray(),
                        ofSecond.named().get("p").toFloatArray(),
                        name);
            }
        });
        assertTrue(Files.exists(file));
    }

    @Test
    void recordedStepsAreThoseOfTheTrainer() {
        assumeFalse(device().equals(Device.cpu()), "the CPU records no graphs");
        ALL.forEach((name, make) -> {
            try (Parameters first = parameters(FLOAT32);
                    Parameters second = parameters(FLOAT32);
                    ExponentialAverage ofFirst = new ExponentialAverage(first, 0.75);
                    ExponentialAverage ofSecond = new ExponentialAverage(second, 0.75);
                    Optimizer plain = make.apply(first);
                    Optimizer recorded = make.apply(second)) {
                steps(trainer(first, plain).average(ofFirst), first);
                try (CapturedStep step =
                        trainer(second, recorded).average(ofSecond).capture(() -> loss(second))) {
                    step.step();
                    step.step();
                }
                assertArrayEquals(
                        first.tensors().get(0).toFloatArray(),
                        second.tensors().get(0).toFloatArray(),
                        name);
                assertArrayEquals(
                        ofFirst.named().get("p").toFloatArray(),
                        ofSecond.named().get("p").toFloatArray(),
                        name);
            }
        });
    }

    /** More parameters than a launch takes, of one element, none, and odd numbers; what is recorded updates the same ones. */
    @Test
    void manyParametersAreUpdatedAsEachAlone() {
        ALL.forEach((name, make) -> {
            try (Parameters all = many();
                    Parameters each = many();
                    Parameters recorded = many();
                    Optimizer together = make.apply(all);
                    Optimizer ofRecorded = make.apply(recorded)) {
                Trainer trainer = trainer(all, together);
                for (int t = 0; t < 3; t++) {
                    trainer.step(() -> sum(all)).close();
                }
                int i = 0;
                for (Tensor p : each.tensors()) {
                    Parameters one = new Parameters();
                    one.add("p", p);
                    try (Optimizer alone = make.apply(one)) {
                        Trainer ofOne = trainer(one, alone);
                        for (int t = 0; t < 3; t++) {
                            ofOne.step(() -> sum(one)).close();
                        }
                    }
                    String place = name + ", parameter " + i;
                    assertArrayEquals(p.toFloatArray(), all.tensors().get(i++).toFloatArray(), place);
                }
                if (!device().equals(Device.cpu())) {
                    try (CapturedStep step = trainer(recorded, ofRecorded).capture(() -> sum(recorded))) {
                        step.step();
                        step.step();
                    }
                    for (int k = 0; k < i; k++) {
                        assertArrayEquals(
                                all.tensors().get(k).toFloatArray(),
                                recorded.tensors().get(k).toFloatArray(),
                                name + " recorded, parameter " + k);
                    }
                }
            }
        });
    }

    private static Parameters many() {
        Parameters parameters = new Parameters();
        for (int i = 0; i < 80; i++) {
            parameters.add("p" + i, i == 1 ? Random.normal(i, FLOAT32) : Random.normal(i, FLOAT32, i, 1 + i % 3));
        }
        parameters.add("large", Random.normal(99, FLOAT32, 5000));
        return parameters;
    }

    private static Tensor sum(Parameters parameters) {
        return parameters.tensors().stream()
                .map(p -> Elementwise.square(p.subtract(1)).sum())
                .reduce(Tensor::add)
                .orElseThrow();
    }

    @Test
    void averages() {
        for (DType dtype : new DType[] {FLOAT64, FLOAT32, BFLOAT16, DType.COMPLEX64}) {
            try (Parameters parameters = new Parameters()) {
                Tensor p = parameters.add("p", Tensor.full(dtype, 4, 2));
                try (ExponentialAverage average = new ExponentialAverage(parameters, 0.75)) {
                    double expected = 4;
                    for (int t = 1; t < 4; t++) {
                        NoGrad.run(() -> InPlace.multiply(p, 0.5));
                        average.update();
                        expected = 0.75 * expected + 0.25 * Math.scalb(4, -t);
                    }
                    assertEquals(
                            expected, average.named().get("p").real().get(0).item(), dtype.name());
                    double shown =
                            Tensor.full(FLOAT64, expected).to(dtype).real().item();
                    average.with(() -> assertEquals(shown, p.real().get(1).item(), dtype.name()));
                    assertEquals(0.5, p.real().get(1).item(), dtype.name());
                    refused(
                            IllegalStateException.class,
                            () -> average.with(() -> {
                                throw new IllegalStateException("no");
                            }),
                            "no");
                    assertEquals(0.5, p.real().get(1).item(), dtype.name());
                }
            }
        }
    }

    @Test
    void refusals() {
        try (Parameters p = parameters(FLOAT64)) {
            refused(TensorException.class, () -> Sgd.nesterov(p, 0, 0), "Sgd.nesterov: momentum 0.0");
            refused(TensorException.class, () -> Sgd.nesterov(p, 1, 0), "Sgd: momentum 1.0");
            refused(TensorException.class, () -> new Adam(p, 0.9, 0.9, 0, 0), "Adam: beta1 0.9", "epsilon 0.0");
            refused(TensorException.class, () -> new Adagrad(p, -1), "Adagrad: epsilon -1.0");
            refused(TensorException.class, () -> new Adadelta(p, 1, 1e-6), "Adadelta: decay 1.0");
            refused(TensorException.class, () -> new NAdam(p, 0.9, 1, 1e-8), "NAdam: beta1 0.9, beta2 1.0");
            refused(TensorException.class, () -> new ExponentialAverage(p, 1), "ExponentialAverage: decay 1.0");
        }
    }
}
