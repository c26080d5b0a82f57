package kron4j.backend.cuda;

import kron4j.DeviceException;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/** Not yet written. */
final class CudaElementwise {
    private final CudaContext context;

    CudaElementwise(CudaContext context) {
        this.context = context;
    }

    void fill(Number value, View out) {
        throw notYet("fill");
    }

    void unary(UnaryOp op, View a, View out) {
        throw notYet("unary");
    }

    void binary(BinaryOp op, View a, View b, View out) {
        throw notYet("binary");
    }

    void binary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        throw notYet("binary");
    }

    void where(View condition, View a, View b, View out) {
        throw notYet("where");
    }

    private DeviceException notYet(String operation) {
        return new DeviceException(context.name() + ": " + operation + " is not yet on cuda; use cpu");
    }
}
