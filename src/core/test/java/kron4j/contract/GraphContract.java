package kron4j.contract;

import static kron4j.DType.COMPLEX128;
import static kron4j.DType.COMPLEX64;
import static kron4j.DType.FLOAT32;
import static kron4j.DType.FLOAT64;
import static kron4j.contract.DeviceUnderTest.GPU;
import static kron4j.contract.DeviceUnderTest.SIM;
import static kron4j.ops.ComplexNumbers.complex;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import kron4j.CaptureException;
import kron4j.DType;
import kron4j.DeviceGraph;
import kron4j.StreamScope;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.backend.LinalgBackend;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.InPlace;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import org.junit.jupiter.api.Test;

/** Recording and replaying, on devices that do. */
@OnlyOn({SIM, GPU})
public class GraphContract extends Contract {
    private static Tensor layer(Tensor x, Tensor w) {
        return Softmax.softmax(x.matmul(w).add(Reduce.sum(x, true, 1)), 1);
    }

    private DeviceGraph capture(Tensor[] result, UnaryOperator<Tensor> work, Tensor x) {
        return device().capture(() -> result[0] = work.apply(x));
    }

    @Test
    void replaysWhatWasRecordedOnNewInputs() {
        Tensor w = Random.normal(1, FLOAT64, 7, 7);
        Tensor x = Tensor.zeros(FLOAT64, 5, 7);
        Tensor[] y = new Tensor[1];
        try (DeviceGraph graph = capture(y, t -> layer(t, w), x)) {
            assertEquals(device(), graph.device());
            for (int seed = 2; seed < 6; seed++) {
                Tensor input = Random.normal(seed, FLOAT64, 5, 7);
                InPlace.assign(x, input);
                graph.replay();
                assertArrayEquals(layer(input, w).toDoubleArray(), y[0].toDoubleArray());
            }
        }
    }

    @Test
    void itsMemoryIsItsOwn() {
        Tensor x = Random.normal(1, FLOAT32, 40, 40);
        Tensor[] y = new Tensor[1];
        try (DeviceGraph graph = capture(y, t -> t.matmul(t).matmul(t).add(t), x)) {
            double[] expected = x.matmul(x).matmul(x).add(x).toDoubleArray();
            for (int i = 0; i < 5; i++) {
                try (TensorScope inner = device().openScope()) {
                    for (int j = 0; j < 10; j++) {
                        Tensor.full(FLOAT32, 7.0, 40, 40).add(Tensor.full(FLOAT32, 1.0, 40, 40));
                    }
                    graph.replay();
                    Tensor.full(FLOAT32, 7.0, 40, 40);
                }
                assertArrayEquals(expected, y[0].toDoubleArray());
            }
        }
    }

    @Test
    void keepsInputsThatWereClosed() {
        Tensor x = Random.normal(1, FLOAT64, 30);
        double[] expected = x.add(x).toDoubleArray();
        Tensor[] y = new Tensor[1];
        DeviceGraph graph = capture(y, t -> t.add(t), x);
        x.close();
        for (int i = 0; i < 4; i++) {
            Tensor.full(FLOAT64, 3.0, 30);
        }
        graph.replay();
        assertArrayEquals(expected, y[0].toDoubleArray());
        graph.close();
        graph.close();
        for (int i = 0; i < 4; i++) {
            Tensor.full(FLOAT64, 3.0, 30);
        }
        assertArrayEquals(expected, y[0].toDoubleArray(), "a result outlives the graph");
        refused(CaptureException.class, graph::replay, device() + ": the graph was closed");
    }

    @Test
    void aResultThatWasClosedIsStillWrittenToItsPlace() {
        Tensor x = Random.normal(1, FLOAT64, 30);
        Tensor[] y = new Tensor[1];
        try (DeviceGraph graph = capture(y, t -> t.add(t), x)) {
            y[0].close();
            Tensor other = Tensor.full(FLOAT64, 3.0, 30);
            graph.replay();
            assertEquals(90, other.sum().item());
        }
    }

    @Test
    void otherThreadsWorkAsUsual() {
        Tensor x = Tensor.ones(FLOAT64, 3, 3);
        Tensor[] y = new Tensor[1];
        try (DeviceGraph graph = device().capture(() -> {
            y[0] = x.matmul(x);
            double there = CompletableFuture.supplyAsync(() -> {
                        try (TensorScope own = device().openScope()) {
                            return x.add(Tensor.ones(FLOAT64, 3, 3)).sum().item();
                        }
                    })
                    .join();
            assertEquals(18, there);
            y[0] = y[0].add(y[0]);
        })) {
            CompletableFuture.runAsync(graph::replay).join();
            assertEquals(54, y[0].sum().item());
        }
    }

    /** The recording takes the stream that was closed last, on which {@code x} and {@code z} were written. */
    @Test
    void otherThreadsMayUseWhatTheStreamThatRecordsHasWritten() {
        Tensor[] made = new Tensor[3];
        try (StreamScope side = device().openStream()) {
            made[0] = Tensor.full(FLOAT64, 2, 300);
            made[1] = Tensor.full(FLOAT64, 3, 300);
        }
        Tensor x = made[0];
        Tensor z = made[1];
        try (DeviceGraph graph = device().capture(() -> {
            made[2] = x.add(1);
            double there = CompletableFuture.supplyAsync(() -> {
                        try (TensorScope own = device().openScope()) {
                            InPlace.assign(z, x.multiply(z));
                            device().synchronize();
                            return z.sum().item();
                        }
                    })
                    .join();
            assertEquals(1800, there);
            made[2] = made[2].add(made[2]);
        })) {
            graph.replay();
            assertEquals(1800, made[2].sum().item());
            assertEquals(1800, z.sum().item());
        }
    }

    @Test
    void refusesWhatNeedsTheHostAndGoesOn() {
        Tensor x = Tensor.ones(FLOAT64, 3);
        refuses(t -> t.add(t).sum().item(), x, ": reading values cannot be recorded; read them after a replay");
        refuses(
                t -> t.add(Tensor.of(new double[] {1, 2, 3})),
                x,
                ": copying from the host cannot be recorded; make the tensor before");
        refuses(t -> device().synchronize(), x, ": waiting for the device cannot be recorded; wait after a replay");
        refuses(
                t -> device().capture(() -> t.add(t)),
                x,
                ": another capture cannot be recorded; record one graph after the other");
        try (DeviceGraph graph = device().capture(() -> {})) {
            refuses(t -> graph.replay(), x, ": a replay cannot be recorded; replay after the capture");
            graph.replay();
        }
        IllegalStateException thrown = assertThrows(
                IllegalStateException.class,
                () -> device().capture(() -> {
                    x.add(x);
                    throw new IllegalStateException("of the work");
                }));
        assertEquals("of the work", thrown.getMessage());
        assertEquals(6, x.add(x).sum().item(), "the device works on");
    }

    /** As long as no card has proved that cuSOLVER may be recorded: the table {@code SolverRoutine} of the CUDA backend. */
    @Test
    void refusesByNameWhatTheSolverLibraryDoes() {
        Tensor large = Random.normal(1, FLOAT64, 33, 33);
        Tensor definite = large.matmul(large.transpose()).add(Creation.eye(FLOAT64, 33));
        Tensor twice = definite.expand(2, 33, 33);
        String before = " cannot be recorded; compute it before the capture";
        String factorBefore = " cannot be recorded; factor before the capture";
        refuses(t -> Linalg.cholesky(definite), large, ": cholesky of more than 32 rows" + factorBefore);
        refuses(t -> Linalg.cholesky(twice), large, ": cholesky of a batch of more than 32 rows" + factorBefore);
        refuses(Linalg::qr, large, ": qr of more than 32 rows or columns" + before);
        refuses(Linalg::svd, large, ": svd of more than 32 rows or columns" + before);
        refuses(Linalg::svdvals, large, ": svd of more than 32 rows or columns" + before);
        refuses(t -> Linalg.eigh(definite), large, ": eigh of more than 32 rows" + before);
        String lu = ": LU of a single matrix of more than 256 rows or columns, or of any with more than 1024 rows"
                + " (512 in complex128)";
        refuses(Linalg::slogdetEx, Random.normal(2, FLOAT32, 257, 257), lu + factorBefore);
        refuses(Linalg::luFactor, Random.normal(3, FLOAT32, 2, 1025, 20), lu + factorBefore);
        assertEquals(2, Linalg.cholesky(twice).shape().at(0), "the device works on");
    }

    /** What own kernels and cuBLAS do of the same operations is recorded, up to the sizes that the refusals name. */
    @Test
    void recordsFactorisationsByKernels() {
        records(t -> Linalg.qr(t).r(), 32, 32);
        records(t -> Linalg.slogdetEx(t).logAbs(), 256, 256);
        records(t -> Linalg.inverseEx(t).result(), 2, 257, 257);
        records(t -> Linalg.luFactor(t).lu(), 2, 300, 40);
        records(
                t -> pairs(
                        Linalg.qr(complex(t, t.transpose(-2, -1).multiply(2))).r()),
                3,
                32,
                32);
    }

    @Test
    void recordsLuOfComplexMatrices() {
        for (DType dtype : new DType[] {COMPLEX64, COMPLEX128}) {
            for (long n : new long[] {3, 8, 32, 33, 64, 100}) {
                Tensor a = Random.normal(1, dtype, 2, n, n);
                Tensor[] y = new Tensor[1];
                try (DeviceGraph graph = capture(y, GraphContract::usesOfLu, a)) {
                    for (int seed = 2; seed < 4; seed++) {
                        Tensor input = Random.normal(seed, dtype, 2, n, n);
                        InPlace.assign(a, input);
                        graph.replay();
                        assertArrayEquals(
                                usesOfLu(input).toComplexArray(), y[0].toComplexArray(), 0, dtype + ", n = " + n);
                    }
                }
            }
        }
    }

    private static Tensor usesOfLu(Tensor a) {
        Linalg.SignLog d = Linalg.slogdetEx(a);
        Tensor scale = d.sign().multiply(d.logAbs().to(a.dtype())).unsqueeze(-1).unsqueeze(-1);
        Tensor solved = Linalg.solveEx(a, a.transpose(-2, -1)).result();
        return Linalg.luFactor(a)
                .lu()
                .add(Linalg.inverseEx(a).result())
                .add(solved)
                .multiply(scale);
    }

    private static Tensor pairs(Tensor z) {
        return ComplexNumbers.viewAsReal(z);
    }

    /** What the operations do before they read info, which only the host does. */
    @Test
    void recordsDecompositionsByKernels() {
        for (DType dtype : new DType[] {FLOAT32, FLOAT64, COMPLEX64, COMPLEX128}) {
            for (int n : new int[] {1, 5, 32}) {
                Tensor a = hermitian(dtype, 1, n);
                Tensor w = Tensor.zeros(dtype.realPart(), 3, n);
                Tensor[] made = new Tensor[4];
                Tensor[] info = new Tensor[4];
                for (int k = 0; k < 4; k++) {
                    made[k] = Tensor.zeros(dtype, 3, n, n).transpose(1, 2);
                    info[k] = Tensor.zeros(DType.INT32, 3);
                }
                Tensor work = Tensor.zeros(dtype, 3, n, n).transpose(1, 2);
                Tensor s = Tensor.zeros(dtype.realPart(), 3, n);
                Tensor values = Tensor.zeros(dtype.realPart(), 3, n);
                LinalgBackend linalg = device().backend().linalg();
                try (DeviceGraph graph = device().capture(() -> {
                    InPlace.assign(made[0], a);
                    linalg.eigh(made[0].view(), false, w.view(), info[0].view());
                    InPlace.assign(work, a);
                    linalg.svd(work.view(), made[1].view(), s.view(), made[2].view(), info[1].view());
                    InPlace.assign(work, a);
                    linalg.svdvals(work.view(), values.view(), info[2].view());
                    InPlace.assign(made[3], a);
                    linalg.cholesky(made[3].view(), false, info[3].view());
                })) {
                    for (int seed = 2; seed < 4; seed++) {
                        InPlace.assign(a, hermitian(dtype, seed, n));
                        graph.replay();
                        Linalg.Eigh e = Linalg.eigh(a);
                        Linalg.Svd d = Linalg.svd(a);
                        double tolerance = 16.0 * n * n * dtype.epsilon(); // norms are below 2 n
                        assertArrayEquals(e.w().toDoubleArray(), w.toDoubleArray(), tolerance);
                        assertArrayEquals(d.s().toDoubleArray(), s.toDoubleArray(), tolerance);
                        assertArrayEquals(d.s().toDoubleArray(), values.toDoubleArray(), tolerance);
                        Tensor product =
                                made[1].matmul(made[2].multiply(s.to(dtype).unsqueeze(-1)));
                        assertEquals(0, product.subtract(a).abs().max().item(), tolerance);
                        Tensor along = a.matmul(made[0]);
                        Tensor scaled = made[0].multiply(w.to(dtype).unsqueeze(-2));
                        assertEquals(0, along.subtract(scaled).abs().max().item(), tolerance);
                        assertEquals(
                                0,
                                Linalg.cholesky(a).subtract(made[3]).abs().max().item(),
                                tolerance);
                        for (Tensor each : info) {
                            assertArrayEquals(new int[3], each.toIntArray());
                        }
                    }
                }
            }
        }
    }

    /** Three positive definite matrices with eigenvalues below 2 n. */
    private static Tensor hermitian(DType dtype, int seed, int n) {
        Tensor x = Random.uniform(seed, dtype.realPart(), 3, n, n).subtract(0.5);
        Tensor z = dtype.isComplex() ? complex(x, x.permute(0, 2, 1).multiply(0.5)) : x;
        return z.add(z.adjoint()).multiply(0.5).add(Creation.eye(dtype, n).multiply(n));
    }

    private void records(UnaryOperator<Tensor> work, long... shape) {
        Tensor x = Random.normal(1, FLOAT64, shape);
        Tensor[] y = new Tensor[1];
        try (DeviceGraph graph = capture(y, work, x)) {
            graph.replay();
            assertArrayEquals(work.apply(x).toDoubleArray(), y[0].toDoubleArray());
        }
    }

    private void refuses(Consumer<Tensor> work, Tensor x, String text) {
        long live = live();
        try (TensorScope inner = device().openScope()) {
            refused(
                    CaptureException.class,
                    () -> device().capture(() -> {
                        x.add(x);
                        work.accept(x);
                    }),
                    device() + text);
        }
        assertEquals(live, live());
    }
}
