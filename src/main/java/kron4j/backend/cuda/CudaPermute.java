package kron4j.backend.cuda;

import kron4j.DeviceException;
import kron4j.backend.View;

/** Not yet written. */
final class CudaPermute {
    private final CudaContext context;

    CudaPermute(CudaContext context) {
        this.context = context;
    }

    void copy(View a, View out) {
        throw notYet("copy");
    }

    private DeviceException notYet(String operation) {
        return new DeviceException(context.name() + ": " + operation + " is not yet on cuda; use cpu");
    }
}
