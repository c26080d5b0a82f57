package kron4j.backend.cuda;

import kron4j.DeviceException;
import kron4j.backend.Distribution;
import kron4j.backend.View;

/** Not yet written. */
final class CudaRandom {
    private final CudaContext context;

    CudaRandom(CudaContext context) {
        this.context = context;
    }

    void fill(Distribution distribution, long seed, long stream, View out) {
        throw notYet("fill");
    }

    private DeviceException notYet(String operation) {
        return new DeviceException(context.name() + ": " + operation + " is not yet on cuda; use cpu");
    }
}
