package kron4j.backend.cuda;

import kron4j.DeviceException;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;

/** Not yet written. */
final class CudaReduce {
    private final CudaContext context;

    CudaReduce(CudaContext context) {
        this.context = context;
    }

    void reduce(ReduceOp op, View a, int reducedRank, View out) {
        throw notYet("reduce");
    }

    private DeviceException notYet(String operation) {
        return new DeviceException(context.name() + ": " + operation + " is not yet on cuda; use cpu");
    }
}
