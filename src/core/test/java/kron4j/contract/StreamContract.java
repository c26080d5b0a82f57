package kron4j.contract;

import static kron4j.ops.Einsum.einsum;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import kron4j.DType;
import kron4j.Device;
import kron4j.StreamScope;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What threads may do with streams of their own: everything, and the results are those of one stream. */
public class StreamContract extends Contract {
    private static final int N = 3000;

    @Test
    void resultsGoFromStreamToStream() {
        Tensor x = Tensor.arange(DType.FLOAT64, 0, N);
        for (int round = 0; round < 20; round++) {
            try (TensorScope inner = device().openScope()) {
                Tensor y;
                try (StreamScope side = device().openStream()) {
                    y = x.multiply(2).add(round);
                    try (StreamScope another = device().openStream()) {
                        y = y.flip(0).add(x);
                    }
                    y = y.add(1);
                }
                assertEquals(inner, TensorScope.innermost().orElseThrow());
                double[] values = y.subtract(x).toDoubleArray();
                for (int i = 0; i < N; i++) {
                    assertEquals(2.0 * (N - 1 - i) + round + 1, values[i]);
                }
            }
        }
    }

    @Test
    @Timeout(300)
    void whoWaitsHoldsNoLock() throws InterruptedException {
        Tensor x = Random.normal(1, DType.FLOAT64, 500, 500);
        boolean seen = device().name().equals("cpu"); // where nothing is waited for
        while (!seen) {
            Thread waiter = new Thread(device()::synchronize);
            try (TensorScope inner = device().openScope()) {
                for (int i = 0; i < 20; i++) {
                    x.matmul(x);
                }
                waiter.start();
                while (waiter.isAlive()) {
                    seen |= waitsWithoutLock(waiter.getId());
                }
            }
        }
    }

    private static boolean waitsWithoutLock(long thread) {
        ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(new long[] {thread}, true, false)[0];
        boolean waits = info != null
                && Arrays.stream(info.getStackTrace())
                        .anyMatch(f -> f.getMethodName().matches("cu(Stream|Event)SynchronizeNative"));
        assertTrue(!waits || info.getLockedMonitors().length == 0, "others would wait, too");
        return waits;
    }

    /** A block that is freed while another stream has yet to read it must not be written meanwhile. */
    @Test
    void operandsMayBeClosedBeforeAnotherStreamHasReadThem() {
        for (int round = 0; round < 50; round++) {
            try (TensorScope inner = device().openScope()) {
                Tensor x = Tensor.full(DType.FLOAT64, round, N);
                Tensor sum;
                try (StreamScope side = device().openStream()) {
                    sum = x.add(1).sum();
                }
                x.close();
                Tensor reused = Tensor.full(DType.FLOAT64, -7, N);
                assertEquals(N * (round + 1.0), sum.item());
                assertEquals(-7.0 * N, reused.sum().item());
                assertEquals(inner.device(), reused.device());
            }
        }
    }

    /** And one that a stream has yet to write must not be read or written by the next owner of its memory. */
    @Test
    void resultsMayBeClosedBeforeTheyAreComputed() {
        for (int round = 0; round < 50; round++) {
            try (TensorScope inner = device().openScope()) {
                Tensor x = Tensor.full(DType.FLOAT64, round, N);
                try (StreamScope side = device().openStream()) {
                    x.multiply(3).close();
                }
                Tensor y = x.add(1);
                try (StreamScope side = device().openStream()) {
                    y.multiply(5).close();
                }
                Tensor z = Tensor.full(DType.FLOAT64, 2, N);
                assertEquals(N * (round + 3.0), y.add(z).sum().item());
                assertEquals(inner.device(), z.device());
            }
        }
    }

    @Test
    void theNextInputIsCopiedWhileTheLastIsUsed() {
        Tensor total = Tensor.zeros(DType.FLOAT64, N);
        double[] expected = new double[N];
        Tensor next = upload(0);
        for (int step = 0; step < 60; step++) {
            try (TensorScope inner = device().openScope();
                    Tensor input = next;
                    Tensor before = total) {
                try (StreamScope side = device().openStream()) {
                    next = inner.keep(upload(step + 1));
                }
                total = inner.keep(before.multiply(0.5).add(input));
            }
            for (int i = 0; i < N; i++) {
                expected[i] = expected[i] * 0.5 + value(step, i);
            }
        }
        assertArrayEquals(expected, total.toDoubleArray());
    }

    private static Tensor upload(int step) {
        double[] values = new double[N];
        for (int i = 0; i < N; i++) {
            values[i] = value(step, i);
        }
        return Tensor.of(values);
    }

    private static double value(int step, int i) {
        return (step * 31 + i) % 97;
    }

    /** A copy larger than the buffers that it goes through, so that they are used over and over. */
    @Test
    void largeCopiesBothWays() {
        double[] values = new double[5_000_001];
        for (int i = 0; i < values.length; i++) {
            values[i] = i * 0.5;
        }
        Tensor here = Tensor.of(values);
        Tensor there;
        try (StreamScope side = device().openStream()) {
            there = Tensor.of(values);
            values[77] = -1; // the source is free at return
            assertEquals(38.5, there.get(77).item());
        }
        values[77] = 38.5;
        assertArrayEquals(values, here.toDoubleArray());
        assertArrayEquals(values, there.toDoubleArray());
    }

    @Test
    void threadsOnTheirStreamsShareOperands() throws Exception {
        Tensor a = Random.uniform(1, DType.FLOAT64, 24, 24);
        Tensor b = Random.uniform(2, DType.FLOAT64, 24, 24);
        double[][] expected = new double[8][];
        for (int t = 0; t < 8; t++) {
            expected[t] = chain(a, b, t);
        }
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<double[]>> results = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int factor = t;
                Device device = device();
                results.add(threads.submit(() -> {
                    try (TensorScope mine = device.openScope();
                            StreamScope side = device.openStream()) {
                        assertEquals(device, mine.device());
                        return chain(a, b, factor);
                    }
                }));
            }
            for (int t = 0; t < 8; t++) {
                assertArrayEquals(expected[t], results.get(t).get(120, TimeUnit.SECONDS));
            }
        } finally {
            threads.shutdown();
        }
    }

    private static double[] chain(Tensor a, Tensor b, int factor) {
        Tensor x = a;
        for (int i = 0; i < 12; i++) {
            try (Tensor y = einsum("ij,jk->ik", x, b);
                    Tensor scaled = y.multiply(0.1 * factor)) {
                x = scaled.add(a);
            }
        }
        return x.toDoubleArray();
    }
}
