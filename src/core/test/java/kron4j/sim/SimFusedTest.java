package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.contract.OnlyOn;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.train.Adam;
import kron4j.train.Clipping;
import kron4j.train.ExponentialAverage;
import kron4j.train.Optimizer;
import kron4j.train.Parameters;
import kron4j.train.RmsProp;
import kron4j.train.Sgd;
import org.junit.jupiter.api.Test;

/** Fused steps are one launch of a card. */
@OnlyOn(SIM)
class SimFusedTest {
    private static void assertLaunches(long expected, Runnable work) {
        Device device = SIM.device();
        SimCuda sim = SimCuda.open();
        try (TensorScope scope = device.openScope()) {
            work.run();
            device.synchronize();
            long before = sim.launches();
            work.run();
            assertEquals(expected, sim.launches() - before);
        }
    }

    @Test
    void aChainIsOneLaunch() {
        try (TensorScope scope = SIM.device().openScope()) {
            Tensor a = Random.normal(1, DType.FLOAT32, 200, 100);
            Tensor b = Random.normal(2, DType.FLOAT32, 100);
            Tensor c = Random.normal(3, DType.FLOAT32, 200, 1);
            assertLaunches(
                    1, () -> Fused.of(x -> Elementwise.tanh(x[0].multiply(x[1]).add(x[2])), a, b, c));
            assertLaunches(
                    1,
                    () -> Fused.all(
                            x -> new Tensor[] {x[0].exp(), x[0].add(x[1]).sqrt()}, a, b));
            assertLaunches(1, () -> Fused.of(x -> x[0].multiply(x[1]).sum(1), a, b));
            Tensor v = Tensor.zeros(DType.FLOAT32, 200, 100);
            assertLaunches(
                    1,
                    () -> Fused.run(
                            x -> {
                                InPlace.multiply(x[0], 0.9);
                                InPlace.add(x[0], x[1].multiply(0.1));
                            },
                            v,
                            a));
        }
    }

    /** Seed, tanh and product; the gradient of c is summed over the rows along which it was broadcast. */
    @Test
    void theGradientIsALaunchForEachShape() {
        try (TensorScope scope = SIM.device().openScope()) {
            Tensor a = Random.normal(1, DType.FLOAT32, 200, 100).requiresGrad();
            Tensor b = Random.normal(2, DType.FLOAT32, 200, 100).requiresGrad();
            Tensor g = Random.normal(3, DType.FLOAT32, 200, 100);
            assertLaunches(2, () -> Gradients.vjp(Fused.of((x, y) -> Elementwise.tanh(x.multiply(y)), a, b), g, a, b));
            List<Tensor> twice = Gradients.vjp(Fused.of(x -> x.exp().multiply(x), a), g, a);
            assertEquals(a.shape(), twice.get(0).shape());
        }
    }

    /** Adam's other launches count the step and round its two corrections. */
    @Test
    void anOptimizerIsALaunchForAllParameters() {
        try (TensorScope scope = SIM.device().openScope();
                Parameters parameters = new Parameters();
                Adam adam = new Adam(added(parameters));
                Sgd sgd = new Sgd(parameters, 0.9, 1e-4);
                RmsProp rmsProp = new RmsProp(parameters)) {
            List<Tensor> gradients = parameters.tensors().stream()
                    .map(p -> Random.normal(1, DType.FLOAT32, p.shape().dims()))
                    .toList();
            for (Optimizer each : List.of(adam, sgd, rmsProp)) {
                each.rate(0.01);
                assertLaunches(each == adam ? 4 : 1, () -> each.step(gradients));
            }
        }
    }

    /** As many rows as the parameters of a launch have room for. */
    @Test
    void manyListsAreFewLaunches() {
        try (TensorScope scope = SIM.device().openScope()) {
            Fused steps = Fused.compileRun(x -> InPlace.add(x[0], x[1].multiply(x[2])));
            Tensor rate = Tensor.ones(DType.FLOAT32);
            List<Tensor[]> lists = IntStream.range(0, 200)
                    .mapToObj(i -> new Tensor[] {
                        Tensor.ones(DType.FLOAT32, 1 + 40 * i), Tensor.ones(DType.FLOAT32, 1 + 40 * i), rate
                    })
                    .toList();
            assertLaunches(3, () -> steps.applyEach(lists)); // of 94
        }
    }

    /** All gradients side by side, their norm (two reductions), numbers in between, and the products. */
    @Test
    void clippingAndAveragesDoNotDependOnTheNumberOfParameters() {
        try (TensorScope scope = SIM.device().openScope();
                Parameters parameters = new Parameters()) {
            for (int i = 0; i < 40; i++) {
                parameters.add("p" + i, Random.normal(i, DType.FLOAT32, 3 + i));
            }
            List<Tensor> gradients =
                    parameters.tensors().stream().map(Tensor::detach).toList();
            assertLaunches(7, () -> Clipping.byNorm(gradients, 1));
            try (ExponentialAverage average = new ExponentialAverage(parameters, 0.9)) {
                assertLaunches(1, average::update);
            }
        }
    }

    private static Parameters added(Parameters parameters) {
        parameters.add("w", Random.normal(2, DType.FLOAT32, 50, 40));
        parameters.add("b", Random.normal(3, DType.FLOAT32, 40));
        return parameters;
    }
}
