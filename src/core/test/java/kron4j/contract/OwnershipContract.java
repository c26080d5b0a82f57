package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.DeviceMemoryException;
import kron4j.MemoryReport;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;
import kron4j.ops.LuFactors;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Who owns a tensor, when its memory is freed, and what many threads may do. */
public class OwnershipContract extends Contract {
    /** Runs in a thread of its own, which has no scope. */
    private static <T> T inAnotherThread(Callable<T> body) throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            return thread.submit(body).get(60, TimeUnit.SECONDS);
        } finally {
            thread.shutdown();
        }
    }

    @Test
    void scopesCloseWhatWasMadeInThem() {
        long before = live();
        Tensor made;
        Tensor view;
        try (TensorScope inner = device().openScope()) {
            made = Tensor.zeros(DType.FLOAT64, 100);
            view = made.flip(0);
            assertEquals(Optional.of(inner), TensorScope.innermost());
            assertTrue(live() > before);
        }
        assertTrue(made.isClosed() && view.isClosed());
        assertEquals(before, live());
        assertEquals(Optional.of(scope), TensorScope.innermost());
    }

    @Test
    void manySmallOperationsHoldNothing() {
        Tensor a = Random.normal(1, DType.FLOAT32, 16, 16);
        NDArray expected = NDArray.of(a.add(a));
        MemoryReport first = null;
        for (int i = 0; i < 3000; i++) {
            try (TensorScope inner = device().openScope()) {
                Tensor sum = a.add(a);
                if (i % 1000 == 999) {
                    same(expected, sum);
                    assertEquals(Optional.of(inner), TensorScope.innermost());
                }
            }
            MemoryReport now = device().memoryReport();
            first = i <= 1000 ? now : first;
            assertEquals(first.live(), now.live());
            assertEquals(first.reserved(), now.reserved());
        }
    }

    @Test
    void keepMovesToTheScopeAround() {
        long before = live();
        Tensor kept;
        try (TensorScope outer = device().openScope()) {
            try (TensorScope inner = device().openScope()) {
                kept = inner.keep(Tensor.of(new int[] {1, 2}).flip(0));
                Tensor.zeros(DType.FLOAT64, 1000);
            }
            assertFalse(kept.isClosed());
            same(NDArray.of(new double[] {2, 1}, 2), kept);
            assertEquals(1, device().memoryReport().scopes().get(0).tensors());
            assertEquals(Optional.of(outer), TensorScope.innermost());
        }
        assertTrue(kept.isClosed());
        assertEquals(before, live());
    }

    @Test
    void limitsBoundWhatIsHeldAtATime() {
        long before = live();
        Tensor kept;
        try (TensorScope limited = device().openScope(1000)) {
            for (int i = 0; i < 3; i++) {
                Tensor.zeros(DType.FLOAT64, 100).close();
            }
            kept = Tensor.zeros(DType.FLOAT64, 50).keep();
            kept.reshape(5, 10);
            try (TensorScope inner = device().openScope(Long.MAX_VALUE - 1)) {
                Tensor.zeros(DType.FLOAT64, 75);
                refused(
                        DeviceMemoryException.class,
                        () -> Tensor.zeros(DType.FLOAT64, 1),
                        "cannot allocate 8 B: 1000 B held in a scope with a limit of 1000 B; close tensors");
                assertEquals(1, device().memoryReport().scopes().get(0).tensors());
                assertEquals(Optional.of(inner), TensorScope.innermost());
            }
            Tensor.zeros(DType.FLOAT64, 75); // what the inner scope held is free again
            assertEquals(Optional.of(limited), TensorScope.innermost());
        }
        Tensor.zeros(DType.FLOAT64, 1000).close();
        kept.close();
        assertEquals(before, live());
        refused(IllegalArgumentException.class, () -> device().openScope(-1), "openScope: a limit of -1 bytes");
        assertTrue(device().memoryLimit() >= live());
    }

    @Test
    void keptTensorsBelongToNobody() {
        Tensor kept;
        try (TensorScope inner = device().openScope()) {
            kept = Tensor.of(7).keep();
            assertEquals(0, inner.keep(Tensor.of(8)).rank());
        }
        assertEquals(7, kept.itemLong());
        kept.close();
        assertTrue(kept.isClosed());
        refused(ClosedTensorException.class, kept::keep, "was closed");
    }

    @Test
    void adoptTakesFromAnywhere() throws Exception {
        long before = live();
        Tensor fromThread = inAnotherThread(() -> {
            try (TensorScope other = device().openScope()) {
                return other.keep(Tensor.of(new double[] {3}));
            }
        });
        Tensor adopted;
        try (TensorScope inner = device().openScope()) {
            adopted = inner.adopt(fromThread);
            assertEquals(3, adopted.item());
            inner.adopt(adopted);
            assertEquals(1, device().memoryReport().scopes().get(0).tensors(), "adopting twice is adopting once");
        }
        assertTrue(adopted.isClosed());
        assertEquals(before, live());
    }

    @Test
    void closedScopesOwnNothing() {
        TensorScope inner = device().openScope();
        inner.close();
        inner.close();
        Tensor t = Tensor.of(1);
        refused(ClosedTensorException.class, () -> inner.adopt(t), "is closed and cannot own a tensor of shape []");
        assertEquals(1, t.itemLong(), "still owned by the scope that it was in");
    }

    @Test
    void scopesCloseInnermostFirstInTheirThread() {
        TensorScope outer = device().openScope();
        TensorScope inner = device().openScope();
        Tensor t = Tensor.of(1);
        refused(
                IllegalStateException.class,
                outer::close,
                "close it in the thread that opened it, after the scopes opened inside it");
        assertFalse(t.isClosed());
        assertThrows(
                Exception.class,
                () -> inAnotherThread(() -> {
                    inner.close();
                    return 0;
                }));
        assertEquals(1, t.itemLong());
        inner.close();
        outer.close();
        assertTrue(t.isClosed());
    }

    @Test
    void closingInAnyOrderAndTwice() {
        long before = live();
        List<Tensor> tensors = new ArrayList<>();
        try (TensorScope inner = device().openScope()) {
            for (int i = 0; i < 10; i++) {
                tensors.add(Tensor.of(i));
            }
            for (int i : new int[] {3, 9, 0, 3, 5}) {
                tensors.get(i).close();
            }
            assertEquals(6, device().memoryReport().scopes().get(0).tensors());
            assertEquals(4, tensors.get(4).itemLong());
            inner.keep(tensors.get(8));
        }
        assertEquals(8, tensors.get(8).itemLong());
        tensors.get(8).close();
        assertTrue(tensors.stream().allMatch(Tensor::isClosed));
        assertEquals(before, live());
    }

    @Test
    void memoryIsFreedWithTheLastView() {
        long before = live();
        Tensor base = Tensor.arange(DType.FLOAT64, 0, 1000);
        Tensor view = base.slice(0, 10, 20);
        Tensor viewOfView = view.flip(0);
        long held = live();
        base.close();
        view.close();
        assertEquals(held, live());
        assertEquals(19, viewOfView.get(0).to(DType.INT64).itemLong());
        try (TensorScope inner = device().openScope()) {
            inner.adopt(viewOfView);
        }
        scope.close();
        scope = device().openScope();
        assertTrue(live() <= before);
    }

    @Test
    void closingAResultClosesEachOfItsTensors() throws Exception {
        Tensor a = Tensor.of(new double[][] {{4, 1}, {1, 3}});
        List<Record> results = List.of(
                Linalg.lu(a), Linalg.slogdet(a), Linalg.inverseEx(a), Linalg.qr(a), Linalg.svd(a), Linalg.eigh(a));
        for (Record result : results) {
            ((AutoCloseable) result).close();
            for (RecordComponent part : result.getClass().getRecordComponents()) {
                assertTrue(((Tensor) part.getAccessor().invoke(result)).isClosed(), result + ": " + part);
            }
        }
        LuFactors factors = Linalg.luFactor(a);
        factors.close();
        assertTrue(factors.lu().isClosed() && factors.pivots().isClosed());
        assertFalse(a.isClosed());
        long before = live();
        Tensor recorded = Tensor.of(new double[][] {{4, 1}, {1, 3}}).requiresGrad();
        LuFactors held = Linalg.luFactor(recorded);
        recorded.close();
        held.close();
        assertEquals(before, live());
    }

    @Test
    void closedOperandsAreNamedEverywhere() {
        Tensor open = Tensor.of(new double[] {1, 2});
        Tensor closed = Tensor.of(new double[] {1, 2});
        closed.close();
        List<Supplier<Tensor>> uses = List.of(
                () -> open.add(closed),
                () -> closed.add(open),
                () -> closed.add(1),
                closed::exp,
                () -> closed.sum(),
                closed::copy,
                () -> Elementwise.where(Elementwise.less(open, 2), open, closed),
                () -> Indexing.concat(0, open, closed),
                () -> Indexing.take(closed, Tensor.of(0), 0),
                () -> Softmax.softmax(closed, 0),
                () -> Reduce.norm(closed),
                () -> Reduce.logsumexp(closed),
                () -> closed.transpose(),
                () -> closed.to(DType.FLOAT32),
                () -> closed.reshape(2, 1));
        for (Supplier<Tensor> use : uses) {
            refused(
                    ClosedTensorException.class,
                    use::get,
                    "tensor of shape [2] float64 was closed, or its scope was",
                    "keep");
        }
        assertEquals(3, open.sum().item());
    }

    @Test
    void operationsLeaveNothingButTheirResult() {
        Tensor x = Random.uniform(1, DType.FLOAT64, 3, 4);
        Tensor index = Tensor.of(new int[] {-1, 0});
        Tensor mask = Elementwise.less(x, 0.5);
        Tensor bits = mask.to(DType.INT32);
        Tensor row = x.select(0, 0);
        Tensor turned = x.transpose();
        Tensor corner = Tensor.of(new int[1][1]);
        List<Supplier<Tensor>> operations = List.of(
                () -> x.add(x),
                () -> x.add(1),
                () -> x.subtract(row),
                () -> x.pow(3),
                x::exp,
                () -> Elementwise.clamp(x, 0, 1),
                () -> Elementwise.lerp(x, x, 0.5),
                () -> Elementwise.isClose(x, x, 1, 1),
                () -> Elementwise.where(mask, x, 0),
                () -> Elementwise.where(mask, 0, x),
                () -> x.sum(0),
                () -> x.mean(),
                () -> Reduce.var(x, 0),
                () -> Reduce.std(x),
                () -> Reduce.norm(x),
                () -> Reduce.norm(x, 3, true, 0),
                () -> Reduce.norm(x, 0, false, 1),
                () -> Reduce.logsumexp(x, 1),
                () -> Reduce.sum(mask),
                () -> Softmax.softmax(x, 0),
                () -> Softmax.logSoftmax(x, 1),
                () -> Indexing.concat(0, x, x),
                () -> Indexing.stack(0, x, x),
                () -> Indexing.take(x, index, 0),
                () -> Indexing.gather(x, corner, 0),
                () -> Indexing.oneHot(bits, 2, DType.FLOAT32),
                () -> Indexing.tril(x, 0),
                () -> Random.randint(1, 0, 9, 4),
                () -> Random.bernoulli(1, 0.5, 4),
                () -> Random.permutation(1, 9),
                x::copy,
                () -> turned.reshape(12),
                () -> x.to(DType.FLOAT32));
        for (int i = 0; i < operations.size(); i++) {
            int owned = device().memoryReport().scopes().get(0).tensors();
            assertFalse(operations.get(i).get().isClosed());
            assertEquals(owned + 1, device().memoryReport().scopes().get(0).tensors(), "operation " + i);
        }
        int owned = device().memoryReport().scopes().get(0).tensors();
        Elementwise.allClose(x, x);
        assertThrows(TensorException.class, () -> Indexing.take(x, index, 7));
        assertThrows(TensorException.class, () -> x.toFloatArray());
        assertTrue(x.toString().startsWith("Tensor[3,4]"));
        turned.toDoubleArray();
        assertEquals(owned, device().memoryReport().scopes().get(0).tensors());
    }

    @Test
    void failedOperationsFreeWhatTheyHadMade() {
        Tensor a = Tensor.of(new int[] {1, 2, 3});
        Tensor b = Tensor.of(new int[] {1, 1, 0});
        long block = a.storage().bytes();
        long before = live();
        for (int i = 0; i < 3; i++) {
            refused(TensorException.class, () -> a.divide(b), "zero");
            refused(TensorException.class, () -> Indexing.take(a, b.multiply(5), 0), "out of range");
            assertEquals(before + (i + 1) * block, live(), "only the index that was made here");
        }
    }

    @Test
    void aMillionOperationsInScopes() {
        long before = live();
        Tensor x = Random.uniform(1, DType.FLOAT32, 8);
        Tensor state = Tensor.zeros(DType.FLOAT32, 8);
        long most = 0;
        int steps = DeviceUnderTest.chosen() == DeviceUnderTest.SIM ? 2_000 : 50_000;
        for (int step = 0; step < steps; step++) {
            try (TensorScope inner = device().openScope();
                    Tensor last = state) {
                Tensor y = last;
                for (int i = 0; i < 10; i++) {
                    y = y.multiply(0.5).add(x);
                }
                most = Math.max(most, live());
                state = inner.keep(y);
            }
        }
        long block = x.storage().bytes();
        assertTrue(most - before < 64 * block, "peak of " + (most - before) + " bytes");
        Tensor end = x.multiply(2);
        assertTrue(Elementwise.allClose(end, state, 1e-5, 1e-6));
    }

    @Test
    void forgottenTensorsAreFreedByTheCleaner() throws Exception {
        long before = live();
        inAnotherThread(() -> {
            Tensor x = Tensor.of(new float[] {1, 2});
            for (int i = 0; i < 100_000; i++) {
                x = x.add(1).flip(0);
            }
            return x.toFloatArray();
        });
        for (int i = 0; i < 200 && live() > before; i++) {
            System.gc();
            Thread.sleep(50);
        }
        assertTrue(live() <= before, () -> live() - before + " bytes are still held");
    }

    @Test
    void sixteenThreadsOnOneDevice() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            Tensor shared = Tensor.arange(DType.FLOAT64, 0, 5000);
            List<Future<?>> results = new ArrayList<>();
            for (int t = 0; t < 16; t++) {
                double factor = t;
                results.add(threads.submit(() -> {
                    for (int i = 0; i < 30; i++) {
                        try (TensorScope inner = device().openScope()) {
                            Tensor y =
                                    shared.multiply(factor).add(shared.flip(0)).reshape(50, 100);
                            assertEquals(4999.0 * 2500 * (factor + 1), y.sum().item());
                            assertEquals(
                                    4999.0 * Math.max(1, factor), y.max(0).max().item());
                            assertEquals(1, device().memoryReport().scopes().size());
                            assertEquals(Optional.of(inner), TensorScope.innermost());
                        }
                    }
                }));
            }
            for (Future<?> result : results) {
                result.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void closingWhileOthersComputeIsAnExceptionNeverACrash() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 50; round++) {
                Tensor shared = Tensor.ones(DType.FLOAT64, 20_000);
                List<Future<Integer>> results = new ArrayList<>();
                for (int t = 0; t < 4; t++) {
                    results.add(threads.submit(() -> {
                        int done = 0;
                        for (; done < 1000; done++) {
                            try (TensorScope inner = device().openScope()) {
                                assertEquals(40_000.0, shared.add(shared).sum().item());
                            } catch (ClosedTensorException e) {
                                break;
                            }
                        }
                        return done;
                    }));
                }
                Thread.sleep(1);
                shared.close();
                for (Future<Integer> result : results) {
                    assertTrue(result.get(60, TimeUnit.SECONDS) <= 1000);
                }
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void tensorsOfOneScopeMayBeClosedAndMovedByManyThreads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        long before = live();
        try {
            for (int round = 0; round < 20; round++) {
                try (TensorScope inner = device().openScope()) {
                    List<Tensor> tensors = new ArrayList<>();
                    for (int i = 0; i < 200; i++) {
                        tensors.add(Tensor.of(i));
                    }
                    List<Future<?>> results = new ArrayList<>();
                    for (int t = 0; t < 4; t++) {
                        boolean moves = t % 2 == 0;
                        results.add(threads.submit(() -> {
                            for (Tensor tensor : tensors) {
                                try {
                                    if (moves) {
                                        inner.adopt(tensor);
                                    } else {
                                        tensor.close();
                                    }
                                } catch (ClosedTensorException e) {
                                    assertTrue(tensor.isClosed());
                                }
                            }
                        }));
                    }
                    for (int i = 0; i < 200; i++) {
                        assertEquals(i, Tensor.of(i).itemLong());
                    }
                    for (Future<?> result : results) {
                        result.get(60, TimeUnit.SECONDS);
                    }
                    assertTrue(tensors.stream().allMatch(Tensor::isClosed));
                }
                assertEquals(before, live());
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void reportsByScope() {
        try (TensorScope outer = device().openScope()) {
            Tensor big = Tensor.zeros(DType.FLOAT64, 1000);
            big.transpose();
            try (TensorScope inner = device().openScope()) {
                long block = Tensor.zeros(DType.FLOAT32, 16).storage().bytes();
                MemoryReport report = device().memoryReport();
                assertEquals(device().name(), report.device());
                assertEquals(3, report.scopes().size(), "this test's own scope is the third");
                assertEquals(
                        new MemoryReport.Scope(report.scopes().get(0).name(), 1, block),
                        report.scopes().get(0));
                MemoryReport.Scope around = report.scopes().get(1);
                assertEquals(2, around.tensors());
                assertTrue(around.bytes() >= 8000 && around.bytes() <= 9000, "a view costs nothing: " + around);
                assertTrue(report.live() >= around.bytes() + block && report.peak() >= report.live());
                assertTrue(
                        report.toString().contains(" live, ")
                                && report.toString().contains(": 1 tensors, " + block + " B"),
                        report.toString());
                assertTrue(inner.toString().contains("tensors=1"), inner.toString());
            }
            assertEquals(Optional.of(outer), TensorScope.innermost());
        }
    }

    @Test
    void trimReturnsTheCache() throws Exception {
        try (Tensor t = Tensor.zeros(DType.FLOAT64, 10_000)) {
            assertEquals(10_000, t.size());
        }
        assertTrue(device().memoryReport().cached() > 0);
        assertTrue(device().trim() > 0);
        for (int i = 0; i < 200 && device().memoryReport().cached() > 0; i++) {
            System.gc(); // a tensor that another test has forgotten keeps the rest of its segment
            Thread.sleep(50);
            device().trim();
        }
        assertEquals(0, device().memoryReport().cached(), device().memoryReport()::toString);
        assertEquals(0, Tensor.zeros(DType.FLOAT64, 10).sum().item());
    }
}
