package kron4j.backend.cuda;

import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.cublasHandle;
import jcuda.jcusolver.cusolverDnHandle;
import kron4j.memory.Stream;

/** A queue of work on a card, with the library handles that enqueue on it. Waits and marks are for the allocator, which guards them. */
final class CudaStream implements Stream {
    private final CudaContext context;
    private final int index;
    private final Handle handle = new Handle();
    private CudaEvent forOthers;
    private CudaEvent mark;
    /** What records the work that is queued, or null; set by the thread whose stream it is. */
    volatile CudaGraph recorder;
    /** Made on first use, guarded by this stream. */
    cublasHandle blas;
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

    CUstream handle() {
        return handle;
    }

    /** The handle as C has it. */
    long address() {
        return handle.address();
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public void waitFor(Stream other) {
        CudaStream o = (CudaStream) other;
        if (o.forOthers == null) {
            o.forOthers = new CudaEvent(context);
        }
        o.forOthers.record(o);
        o.forOthers.before(this);
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

    @Override
    public void synchronize() {
        context.attach();
        int code = context.beside(() -> JCudaDriver.cuStreamSynchronize(handle));
        context.check(code, "cuStreamSynchronize");
    }
}
