package kron4j.backend.cuda.card;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import kron4j.DeviceException;
import kron4j.StreamScope;
import kron4j.memory.Stream;

/** The queues of a card: the main one, which all threads share, and those that threads have opened for themselves. Closed ones are used again. */
public final class CudaStreams {
    private final CudaContext context;
    private final List<CudaStream> all = new ArrayList<>();
    private final Deque<CudaStream> spare = new ArrayDeque<>();
    private final ThreadLocal<CudaStream> chosen = new ThreadLocal<>();
    private final CudaStream main;

    CudaStreams(CudaContext context) {
        this.context = context;
        this.main = take();
    }

    /** The calling thread's stream. */
    CudaStream current() {
        CudaStream own = chosen.get();
        return own == null ? main : own;
    }

    /** Gives the calling thread a stream of its own. */
    public StreamScope open() {
        return new Scope(take());
    }

    /** Runs work of the calling thread on a stream of its own. */
    void onAnother(Runnable work) {
        try (Scope scope = new Scope(take())) {
            work.run();
        }
    }

    /** Waits for the work of all streams. */
    public void synchronize() {
        all().forEach(CudaStream::synchronize);
    }

    /** Drops the workspaces of all streams, as {@link CudaStream#dropWorkspace} does. */
    boolean dropWorkspaces(boolean forGood) {
        boolean any = false;
        for (CudaStream stream : all()) {
            any |= stream.dropWorkspace(forGood);
        }
        return any;
    }

    private synchronized List<CudaStream> all() {
        return new ArrayList<>(all);
    }

    private synchronized CudaStream take() {
        if (!spare.isEmpty()) {
            return spare.pop();
        }
        if (all.size() == Stream.MOST) {
            throw new DeviceException(context.name() + ": " + (Stream.MOST - 1) + " streams are open; close some");
        }
        CudaStream stream = new CudaStream(context, all.size());
        all.add(stream);
        return stream;
    }

    private synchronized void give(CudaStream stream) {
        spare.push(stream);
    }

    private final class Scope implements StreamScope {
        private final Thread thread = Thread.currentThread();
        private final CudaStream before = chosen.get();
        private final CudaStream stream;
        private boolean closed;

        Scope(CudaStream stream) {
            this.stream = stream;
            chosen.set(stream);
        }

        @Override
        public void close() {
            if (closed) {
                return;
            }
            if (Thread.currentThread() != thread || chosen.get() != stream) {
                throw new IllegalStateException(context.name()
                        + ": close a stream in the thread that opened it, after the streams opened inside it");
            }
            closed = true;
            if (before == null) {
                chosen.remove();
            } else {
                chosen.set(before);
            }
            stream.dropWorkspace(false);
            give(stream);
        }
    }
}
