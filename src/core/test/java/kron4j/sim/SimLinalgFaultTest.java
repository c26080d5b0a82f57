package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.contract.OnlyOn;
import kron4j.ops.Accuracy;
import kron4j.ops.Linalg;
import kron4j.sim.SimCuda.Failure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each call of the driver and the libraries that a factorisation makes fails once: an exception, nothing leaks, the next time is right. */
@OnlyOn(SIM)
class SimLinalgFaultTest {
    private final Device device = SIM.device();
    private final SimCuda sim = SimCuda.open();

    @AfterEach
    void nothingFailsFromNowOn() {
        sim.failNothing();
    }

    static Stream<Arguments> operations() {
        return Stream.of(
                operation("slogdet in one kernel", 20, Linalg::slogdet),
                operation("slogdet by panels", 70, Linalg::slogdet),
                operation("slogdet by the library", 260, a -> Linalg.slogdet(a.get(0))),
                operation("compensated slogdet", 5, a -> Linalg.slogdet(a, Accuracy.COMPENSATED)),
                operation("small solve", 20, a -> Linalg.solveEx(a, a)),
                operation("solve", 70, a -> Linalg.solveEx(a, a)),
                operation("inverse", 40, Linalg::inverseEx),
                operation("permutation", 70, a -> {
                    try (Linalg.Lu lu = Linalg.lu(a)) {
                        return lu.p().copy();
                    }
                }),
                operation("triangularSolve", 33, a -> Linalg.triangularSolve(a, a, true)),
                operation("cholesky", 9, Linalg::cholesky),
                operation("cholesky of one", 9, a -> Linalg.cholesky(a.get(0))),
                operation("qr", 12, a -> Linalg.qr(a, true)),
                operation("small svd", 12, Linalg::svd),
                operation("svd", 34, Linalg::svd),
                operation("svdvals", 34, Linalg::svdvals),
                operation("eigh", 34, Linalg::eigh));
    }

    private static Arguments operation(String name, int n, Function<Tensor, AutoCloseable> operation) {
        return Arguments.of(name, n, operation);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void eachCallFailsOnce(String name, int n, Function<Tensor, AutoCloseable> operation) {
        SplittableRandom random = new SplittableRandom(n);
        double[] values = new double[2 * n * n];
        for (int e = 0; e < values.length; e++) {
            // Symmetric and positive definite.
            int i = e / n % n;
            int j = e % n;
            values[e] = i == j ? 2 * n : j < i ? random.nextDouble() : values[e / (n * n) * n * n + j * n + i];
        }
        try (TensorScope scope = device.openScope();
                Tensor a = Tensor.of(values, 2, n, n)) {
            double[] expected = result(operation, a);
            long before = sim.calls();
            result(operation, a);
            long calls = sim.calls() - before;
            long live = device.memoryReport().live();
            int thrown = 0;
            long step = Math.max(1, calls / 40);
            for (long call = 1; call <= calls; call += step) {
                Failure failure = call % 2 == 0 ? Failure.OUT_OF_MEMORY : Failure.LAUNCH_OUT_OF_RESOURCES;
                sim.failCall(call, failure);
                try {
                    result(operation, a);
                } catch (DeviceException e) {
                    thrown++;
                }
                sim.failNothing();
                assertEquals(live, device.memoryReport().live(), "bytes live after call " + call + " of " + calls);
                assertArrayEquals(expected, result(operation, a), "after call " + call + " of " + calls);
            }
            assertTrue(thrown > 0, "no failure was noticed");
        }
    }

    /** All numbers of the result, which is closed. */
    private double[] result(Function<Tensor, AutoCloseable> operation, Tensor a) {
        try (TensorScope inner = device.openScope()) {
            List<Tensor> tensors = new ArrayList<>();
            AutoCloseable result = operation.apply(a);
            if (result instanceof Tensor t) {
                tensors.add(t);
            } else if (result instanceof Linalg.SignLog d) {
                tensors.addAll(List.of(d.sign(), d.logAbs()));
            } else if (result instanceof Linalg.WithInfo x) {
                tensors.addAll(List.of(x.result(), x.info().to(DType.FLOAT64)));
            } else if (result instanceof Linalg.Qr qr) {
                tensors.addAll(List.of(qr.q(), qr.r()));
            } else if (result instanceof Linalg.Svd svd) {
                tensors.addAll(List.of(svd.u(), svd.s(), svd.vh()));
            } else if (result instanceof Linalg.Eigh e) {
                tensors.addAll(List.of(e.w(), e.v()));
            }
            return tensors.stream()
                    .flatMapToDouble(t -> Arrays.stream(t.toDoubleArray()))
                    .toArray();
        }
    }
}
