package kron4j.backend.cuda;

import kron4j.DeviceException;
import kron4j.backend.View;

/** Not yet written. */
final class CudaKron {
    private final CudaContext context;

    CudaKron(CudaContext context) {
        this.context = context;
    }

    void run(View a, View b, View out) {
        throw notYet("run");
    }

    private DeviceException notYet(String operation) {
        return new DeviceException(context.name() + ": " + operation + " is not yet on cuda; use cpu");
    }
}
