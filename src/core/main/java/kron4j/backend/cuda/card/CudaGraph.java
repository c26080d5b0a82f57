package kron4j.backend.cuda.card;

import java.lang.ref.Cleaner;
import java.util.LinkedHashSet;
import java.util.Set;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import kron4j.CaptureException;
import kron4j.DeviceMemoryException;
import kron4j.backend.Recording;
import kron4j.backend.Storage;
import kron4j.memory.Capture;
import kron4j.memory.Forgotten;
import kron4j.memory.MemorySource.Block;

/**
 * Work that was recorded from a stream of its own, so that other threads are not recorded with it, with the memory that it was given while it was
 * recorded. It runs on whatever stream the thread that replays it works on.
 */
public final class CudaGraph implements Recording {
    /** Resources that {@link #close} gives back, or the cleaner after the graph was forgotten. */
    private static final class State implements Runnable {
        private final CudaContext context;
        private final Capture memory;
        /** Caller-owned storages, see {@link CallerMemory}; {@link #memory} holds the others. */
        private final Set<Storage> foreign = new LinkedHashSet<>();

        private CUgraphExec executable;

        State(CudaContext context, Capture memory) {
            this.context = context;
            this.memory = memory;
        }

        @Override
        public void run() {
            try {
                if (executable != null) {
                    try {
                        context.attach();
                    } finally { // there is no second time
                        context.check(JCudaDriver.cuGraphExecDestroy(executable), "cuGraphExecDestroy");
                    }
                }
            } finally {
                memory.close();
                foreign.forEach(Storage::release);
            }
        }
    }

    private final CudaContext context;
    private final State state;
    /** While this is recorded. */
    private Block workspace;

    private final Cleaner.Cleanable cleanable;
    private boolean closed;

    private CudaGraph(CudaContext context) {
        this.context = context;
        this.state = new State(context, context.memory().ordered().capture());
        this.cleanable = Forgotten.register(this, state);
    }

    /** Records what {@code work} queues in the calling thread. */
    public static CudaGraph record(CudaContext context, Runnable work) {
        context.refuseWhileRecording("another capture", "record one graph after the other");
        CudaGraph[] made = new CudaGraph[1];
        context.streams().onAnother(() -> {
            made[0] = new CudaGraph(context);
            try {
                made[0].record(work);
            } catch (RuntimeException | Error e) {
                made[0].close();
                throw e;
            }
        });
        return made[0];
    }

    private void record(Runnable work) {
        context.attach();
        CudaStream stream = context.stream();
        stream.beginRecording(this);
        CUgraph graph = new CUgraph();
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            if (end(stream, graph) == CUresult.CUDA_SUCCESS) {
                JCudaDriver.cuGraphDestroy(graph);
            }
            throw e;
        }
        int code = end(stream, graph);
        if (code != CUresult.CUDA_SUCCESS) {
            throw new CaptureException(context.failed(code, "cuStreamEndCapture")
                            .getMessage() + ": the work did something that CUDA does not record");
        }
        CUgraphExec executable = new CUgraphExec();
        try {
            context.check(JCudaDriver.cuGraphInstantiate(executable, graph, 0), "cuGraphInstantiate");
            state.executable = executable;
        } finally {
            JCudaDriver.cuGraphDestroy(graph);
        }
    }

    private int end(CudaStream stream, CUgraph graph) {
        int code = stream.endRecording(graph);
        if (workspace != null) { // stays the graph's, as all that was allocated while it was recorded
            context.memory().ordered().free(workspace);
        }
        state.memory.end();
        return code;
    }

    /** Memory for cuBLAS in all its calls that this records, which run one after the other. */
    Block workspace() {
        for (long bytes = context.memory().workspaceBytes(); workspace == null; bytes /= 2) {
            try {
                workspace = context.memory().ordered().workspace(bytes);
            } catch (DeviceMemoryException e) {
                if (bytes <= BlasHandle.LEAST) {
                    throw e;
                }
            }
        }
        return workspace;
    }

    /** Keeps a storage of another owner until this is closed. */
    public void keep(Storage storage) {
        if (state.foreign.add(storage)) {
            storage.retain();
        }
    }

    @Override
    public synchronized void replay() {
        if (closed) {
            throw new CaptureException(context.name() + ": the graph was closed");
        }
        context.refuseWhileRecording("a replay", "replay after the capture");
        context.attach();
        state.memory.order();
        state.foreign.forEach(s -> ((CallerMemory.Region) s.block()).use(context.stream()));
        int code = JCudaDriver.cuGraphLaunch(state.executable, context.stream().handle());
        if (code != 0) {
            throw context.failed(code, "cuGraphLaunch");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        cleanable.clean();
    }
}
