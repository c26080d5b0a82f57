package kron4j.backend.cuda;

import kron4j.DeviceException;
import kron4j.backend.View;

/** Not yet written. */
final class CudaGather {
    private final CudaContext context;

    CudaGather(CudaContext context) {
        this.context = context;
    }

    void takeAlong(View a, int axis, View index, View out) {
        throw notYet("takeAlong");
    }

    private DeviceException notYet(String operation) {
        return new DeviceException(context.name() + ": " + operation + " is not yet on cuda; use cpu");
    }
}
