package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.MemoryReport;
import kron4j.StreamScope;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.contract.OnlyOn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Much work, by many threads, in many orders. {@code -Dsoak.seconds=60} makes it longer. */
@OnlyOn(SIM)
class SimSoakTest {
    private final Device device = SIM.device();
    private final SimCuda sim = SimCuda.open();
    private final long reports = sim.reports();

    @AfterEach
    void nothingWentWrong() {
        sim.seed(1);
        assertEquals(reports, sim.reports(), sim::lastReport);
    }

    private Map<Work, double[]> results(Tensor x) {
        Map<Work, double[]> results = new EnumMap<>(Work.class);
        for (Work work : Work.values()) {
            results.put(work, work.run(x));
        }
        return results;
    }

    /** Half of the threads share the main stream, half have their own. */
    @Test
    void sixteenThreadsGetWhatOneGets() throws Exception {
        int seconds = Integer.getInteger("soak.seconds", 0);
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try (TensorScope scope = device.openScope()) {
            Tensor x = scope.adopt(Work.input(20));
            Map<Work, double[]> expected = results(x);
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < 16; t++) {
                SplittableRandom random = new SplittableRandom(t);
                boolean own = t % 2 == 1;
                running.add(threads.submit(() -> {
                    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
                    try (StreamScope stream = own ? device.openStream() : null) {
                        for (int i = 0; i < 40 || System.nanoTime() < end; i++) {
                            Work work = Work.values()[random.nextInt(Work.values().length)];
                            assertArrayEquals(expected.get(work), work.run(x), work.name());
                        }
                    }
                }));
            }
            for (Future<?> result : running) {
                result.get(seconds + 300L, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void theOrderOfTheDevicesWorkDoesNotMatter() {
        try (TensorScope scope = device.openScope()) {
            Tensor x = scope.adopt(Work.input(16));
            Map<Work, double[]> expected = results(x);
            for (long seed = 0; seed < 6; seed++) {
                sim.seed(seed);
                for (Work work : Work.values()) {
                    double[] here = work.run(x);
                    try (StreamScope side = device.openStream()) {
                        assertArrayEquals(here, work.run(x), work + " on a stream of its own");
                    }
                    assertArrayEquals(expected.get(work), here, work + " with seed " + seed);
                }
            }
            assertEquals(device, scope.device());
        }
    }

    @Test
    void aHundredThousandOperationsLeaveNothing() {
        try (TensorScope scope = device.openScope()) {
            Tensor x = scope.adopt(Tensor.ones(DType.FLOAT32, 8));
            Tensor state = scope.keep(Tensor.zeros(DType.FLOAT32, 8));
            SimCuda.Live before = null;
            MemoryReport report = null;
            float expected = 0;
            for (int step = 0; step < 5_000; step++) {
                if (step == 500) {
                    before = sim.live();
                    report = device.memoryReport();
                }
                try (TensorScope inner = device.openScope();
                        Tensor last = state) {
                    Tensor y = last;
                    for (int i = 0; i < 9; i++) {
                        y = y.multiply(0.5).add(x);
                        expected = expected * 0.5f + 1;
                    }
                    expected += step;
                    y = y.add(Tensor.of(new float[] {step, 0, 0, 0, 0, 0, 0, 0}));
                    state = inner.keep(y);
                }
            }
            assertEquals(expected, state.toFloatArray()[0]);
            assertEquals(report.live(), device.memoryReport().live());
            assertEquals(report.reserved(), device.memoryReport().reserved());
            assertTrue(device.memoryReport().allocations() - report.allocations() > 80_000);
            SimCuda.Live after = sim.live();
            assertEquals(before.blocks(), after.blocks());
            assertEquals(before.pinned(), after.pinned());
            assertEquals(before.streams(), after.streams());
            assertTrue(after.events() <= before.events() + 256, "events of uploads are used again");
            state.close();
        }
    }
}
