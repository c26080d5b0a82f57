package kron4j.backend.cuda.card;

import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.runtime.cudaStream_t;
import kron4j.DeviceMemoryException;
import kron4j.backend.cuda.load.CudaLibraries;
import kron4j.memory.MemorySource.Block;

/**
 * The cuBLAS handle of a stream, with memory of ours to compute in: the stream's, or that of the graph which the stream records. Without it cuBLAS has
 * memory of its own, which a graph would use unseen; it is left to it only where ours is short. Guarded by the stream.
 */
final class BlasHandle {
    /** Bytes that NVIDIA advises for cards of compute capability 9.0 and newer. */
    static final long BEST = 32L << 20;
    /** Bytes without which calls of cuBLAS may fail. */
    static final long LEAST = 16 << 10;

    private final CudaContext context;
    private final cublasHandle handle = new cublasHandle();
    /** The stream's workspace, null if there is none. */
    private Block own;
    /** Whether {@link #own} was asked for since it was dropped. */
    private boolean sought;
    /** The block that the handle was told to use; perhaps freed since. */
    private Block set;

    BlasHandle(CudaContext context, CudaStream stream) {
        this.context = context;
        CudaLibraries.get().loadBlas();
        check(JCublas2.cublasCreate(handle), "cublasCreate");
        try {
            check(JCublas2.cublasSetStream(handle, new cudaStream_t(stream.handle())), "cublasSetStream");
        } catch (RuntimeException e) {
            JCublas2.cublasDestroy(handle);
            throw e;
        }
    }

    private void check(int code, String call, Object... arguments) {
        if (code != 0) {
            throw Check.blasFailed(context.name(), code, call, arguments);
        }
    }

    /** The handle for one call, which a graph records or, if that is null, none. */
    cublasHandle ready(CudaGraph recorder) {
        Block wanted = recorder == null ? own() : recorder.workspace();
        if (wanted != set) {
            Pointer place = wanted == null ? new Pointer() : new DevicePointer(wanted.address());
            long bytes = wanted == null ? 0 : wanted.bytes();
            check(JCublas2.cublasSetWorkspace(handle, place, bytes), "cublasSetWorkspace", bytes);
            set = wanted;
        }
        return handle;
    }

    private Block own() {
        if (!sought) {
            try {
                own = context.memory().ordered().workspace(context.memory().workspaceBytes());
            } catch (DeviceMemoryException e) {
                own = null; // cuBLAS's own serves as well outside graphs
            }
            sought = true;
        }
        return own;
    }

    /** See {@link CudaStream#dropWorkspace}. */
    boolean drop(boolean forGood) {
        Block dropped = own;
        own = null;
        sought = forGood;
        if (dropped != null) {
            context.memory().ordered().free(dropped);
        }
        return dropped != null;
    }
}
