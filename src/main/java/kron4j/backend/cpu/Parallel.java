package kron4j.backend.cpu;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.RecursiveAction;

/** Splits ranges over the cores: {@code -Dkron4j.cpu.threads=N} (default all), with the calling thread at work too. */
final class Parallel {
    private static final int THREADS = Math.max(
            1, Integer.getInteger("kron4j.cpu.threads", Runtime.getRuntime().availableProcessors()));
    private static final ForkJoinPool POOL = THREADS == 1 ? null : new ForkJoinPool(THREADS - 1);

    private Parallel() {}

    /** Work on the indices [from, to). */
    interface Range {
        void run(long from, long to);
    }

    static int threads() {
        return THREADS;
    }

    /**
     * Runs {@code body} on pieces of [0, count) that together are all of it, each of at least {@code grain} indices (but the last). Where the
     * pieces begin depends on the number of threads, so results must not depend on it. Exceptions pass through.
     */
    static void forRange(long count, long grain, Range body) {
        long pieces = Math.min(THREADS, count / Math.max(1, grain));
        if (pieces <= 1) {
            if (count > 0) {
                body.run(0, count);
            }
            return;
        }
        long step = (count + pieces - 1) / pieces;
        ForkJoinTask<?>[] tasks = new ForkJoinTask<?>[(int) pieces - 1];
        for (int i = 0; i < tasks.length; i++) {
            long from = (i + 1) * step;
            tasks[i] = POOL.submit(new Piece(body, Math.min(from, count), Math.min(from + step, count)));
        }
        Throwable failure = null;
        try {
            body.run(0, step);
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        for (ForkJoinTask<?> task : tasks) {
            task.quietlyJoin();
            failure = failure == null ? task.getException() : failure;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        } else if (failure instanceof Error e) {
            throw e;
        }
    }

    private static final class Piece extends RecursiveAction {
        private static final long serialVersionUID = 1L;
        private final transient Range body;
        private final long from;
        private final long to;

        Piece(Range body, long from, long to) {
            this.body = body;
            this.from = from;
            this.to = to;
        }

        @Override
        protected void compute() {
            if (from < to) {
                body.run(from, to);
            }
        }
    }
}
