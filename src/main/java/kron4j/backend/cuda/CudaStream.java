package kron4j.backend.cuda;

import jcuda.driver.CUstream;
import jcuda.jcublas.cublasHandle;
import jcuda.jcusolver.cusolverDnHandle;

/** A queue of work on a card, with the library handles that enqueue on it. */
final class CudaStream {
    private final CUstream handle;
    /** Made on first use, guarded by this stream. */
    cublasHandle blas;
    /** Made on first use, guarded by this stream. */
    cusolverDnHandle solver;

    CudaStream(CUstream handle) {
        this.handle = handle;
    }

    CUstream handle() {
        return handle;
    }
}
