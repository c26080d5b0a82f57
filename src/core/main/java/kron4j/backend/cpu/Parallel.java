package kron4j.backend.cpu;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import kron4j.backend.Settings;

/** Splits ranges over the cores: {@code -Dkron4j.cpu.threads=N} (default all), with the calling thread at work too. */
final class Parallel {
    static final String PROPERTY = "kron4j.cpu.threads";
    /** Of a pool. */
    private static final long MOST_THREADS = 0x7fff;

    private static final int THREADS = threadsOf(Settings.number(PROPERTY));
    private static volatile ForkJoinPool pool;
    /** More pieces than threads, so that one delayed thread does not delay all. */
    private static final int PIECES_PER_THREAD = 4;

    /** Nanoseconds that a caller spins for the others before it sleeps: waking up takes longer than most waits. */
    private static final long PATIENCE = 50_000;

    private Parallel() {}

    private static int threadsOf(Long chosen) {
        return chosen == null ? Runtime.getRuntime().availableProcessors() : (int) Math.min(chosen, MOST_THREADS);
    }

    private static ForkJoinPool pool() {
        ForkJoinPool known = pool;
        return known != null ? known : newPool();
    }

    private static synchronized ForkJoinPool newPool() {
        if (pool == null) {
            pool = new ForkJoinPool(THREADS - 1);
        }
        return pool;
    }

    /** Ends the threads; the next call makes others. */
    static synchronized void shutdown() {
        if (pool != null) {
            pool.shutdown();
            pool = null;
        }
    }

    /** Work on the indices [from, to). */
    interface Range {
        void run(long from, long to);
    }

    static int threads() {
        return THREADS;
    }

    /**
     * Runs {@code body} on pieces that make up [0, count), each of at least {@code grain} indices except the last. The borders depend on the number of
     * threads, so results must not depend on them. The first exception passes through unchanged.
     */
    static void forRange(long count, long grain, Range body) {
        long pieces = Math.min((long) THREADS * PIECES_PER_THREAD, count / Math.max(1, grain));
        if (pieces <= 1 || THREADS == 1) {
            if (count > 0) {
                body.run(0, count);
            }
            return;
        }
        long step = (count + pieces - 1) / pieces;
        AtomicLong next = new AtomicLong();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Runnable worker = () -> {
            try {
                for (long from; failure.get() == null && (from = next.getAndAdd(step)) < count; ) {
                    body.run(from, Math.min(from + step, count));
                }
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        };
        ForkJoinTask<?>[] helpers = new ForkJoinTask<?>[(int) Math.min(THREADS, pieces) - 1];
        AtomicBoolean[] begun = new AtomicBoolean[helpers.length];
        for (int i = 0; i < helpers.length; i++) {
            AtomicBoolean mine = new AtomicBoolean();
            begun[i] = mine;
            helpers[i] = pool().submit(() -> {
                if (!mine.getAndSet(true)) {
                    worker.run();
                }
            });
        }
        worker.run();
        long end = System.nanoTime() + PATIENCE;
        for (int i = 0; i < helpers.length; i++) {
            // A thread that has not begun finds nothing left to do: on a busy machine, waiting for it would cost a time
            // slice.
            if (begun[i].getAndSet(true)) {
                while (!helpers[i].isDone() && System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                helpers[i].join();
            }
        }
        if (failure.get() instanceof RuntimeException e) {
            throw e;
        } else if (failure.get() instanceof Error e) {
            throw e;
        }
    }
}
