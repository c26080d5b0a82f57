package kron4j.backend.cuda.card;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** A point in a stream's work. */
final class CudaEvent {
    private final CudaContext context;
    private final CUevent handle = new CUevent();

    CudaEvent(CudaContext context) {
        this.context = context;
        context.attach();
        context.check(JCudaDriver.cuEventCreate(handle, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    }

    /** Sets it to the end of what the stream has queued by now. */
    void record(CudaStream stream) {
        context.attach();
        context.check(JCudaDriver.cuEventRecord(handle, stream.handle()), "cuEventRecord");
    }

    /** Makes what the stream queues from now on wait for it. */
    void before(CudaStream stream) {
        context.attach();
        context.check(JCudaDriver.cuStreamWaitEvent(stream.handle(), handle, 0), "cuStreamWaitEvent");
    }

    /** Whether the work before it is done. */
    boolean isDone() {
        context.attach();
        int code = JCudaDriver.cuEventQuery(handle);
        if (code == CUresult.CUDA_ERROR_NOT_READY) {
            return false;
        }
        context.check(code, "cuEventQuery");
        return true;
    }

    /** Waits for the work before it. */
    void await() {
        context.attach();
        context.check(JCudaDriver.cuEventSynchronize(handle), "cuEventSynchronize");
    }
}
