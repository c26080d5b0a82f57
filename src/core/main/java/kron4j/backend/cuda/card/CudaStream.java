package kron4j.backend.cuda.card;

import java.util.ArrayDeque;
import java.util.Deque;
import jcuda.driver.CUgraph;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.jcusolver.cusolverDnHandle;
import kron4j.memory.Stream;

/** A queue of work on a card, with the library handles that enqueue on it. Waits and marks are for the allocator, which guards them. */
public final class CudaStream implements Stream {
    private final CudaContext context;
    private final int index;
    private final Handle handle = new Handle();
    private CudaEvent forOthers;
    private CudaEvent mark;
    /** Guards the beginning and the end of a recording against other threads, whose waits would become a part of it. */
    private final Object recording = new Object();

    private volatile CudaGraph recorder;
    /** Events of those that have waited, guarded by {@link #recording}. */
    private final Deque<CudaEvent> waiters = new ArrayDeque<>();
    /** Made on first use, guarded by this stream. */
    BlasHandle blas;
    /** Made on first use, guarded by this stream. */
    cusolverDnHandle solver;

    CudaStream(CudaContext context, int index) {
        this.context = context;
        this.index = index;
        context.attach();
        context.check(JCudaDriver.cuStreamCreate(handle, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    }

    private static final class Handle extends CUstream {
        long address() {
            return getNativePointer();
        }
    }

    public CUstream handle() {
        return handle;
    }

    /** The handle as C has it. */
    public long address() {
        return handle.address();
    }

    @Override
    public int index() {
        return index;
    }

    /** Gives back what cuBLAS computes in, if there is such; with {@code forGood} it has its own from now on. */
    synchronized boolean dropWorkspace(boolean forGood) {
        return blas != null && blas.drop(forGood);
    }

    /** The graph that records the work that is queued, or null. */
    public CudaGraph recorder() {
        return recorder;
    }

    /** Records what this thread queues from now on; earlier work of the stream is done. */
    void beginRecording(CudaGraph graph) {
        synchronized (recording) {
            context.check(
                    JCudaDriver.cuStreamBeginCapture(handle, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                    "cuStreamBeginCapture",
                    "thread local");
            recorder = graph;
        }
    }

    /** Ends the recording, whatever happened in it; the driver's code. */
    int endRecording(CUgraph graph) {
        synchronized (recording) {
            int code = JCudaDriver.cuStreamEndCapture(handle, graph);
            if (code != CUresult.CUDA_SUCCESS) { // the stream is used again, and must not go on recording
                CUgraph rest = new CUgraph();
                if (JCudaDriver.cuStreamEndCapture(handle, rest) == CUresult.CUDA_SUCCESS) {
                    JCudaDriver.cuGraphDestroy(rest);
                }
            }
            recorder = null;
            return code;
        }
    }

    /** A stream that records has nothing to wait for: its work was done when that began. */
    @Override
    public void waitFor(Stream other) {
        CudaStream o = (CudaStream) other;
        synchronized (o.recording) {
            if (o.recorder != null) {
                return;
            }
            if (o.forOthers == null) {
                o.forOthers = new CudaEvent(context);
            }
            o.forOthers.record(o);
            o.forOthers.before(this);
        }
    }

    @Override
    public void mark() {
        if (mark == null) {
            mark = new CudaEvent(context);
        }
        mark.record(this);
    }

    @Override
    public boolean reachedMark() {
        return mark.isDone();
    }

    /** Waits for what is queued by now; for nothing if it records. Others may queue, record and wait meanwhile. */
    @Override
    public void synchronize() {
        context.attach();
        context.beside(() -> {
            CudaEvent end = endOfQueued();
            if (end != null) {
                try {
                    end.await();
                } finally {
                    synchronized (recording) {
                        waiters.push(end);
                    }
                }
            }
            return end;
        });
    }

    private CudaEvent endOfQueued() {
        synchronized (recording) {
            if (recorder != null) {
                return null;
            }
            CudaEvent end = waiters.isEmpty() ? new CudaEvent(context) : waiters.pop();
            try {
                end.record(this);
            } catch (RuntimeException e) {
                waiters.push(end);
                throw e;
            }
            return end;
        }
    }
}
