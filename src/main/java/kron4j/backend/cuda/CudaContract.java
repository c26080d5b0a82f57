package kron4j.backend.cuda;

import java.util.List;
import kron4j.DeviceException;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;

/** Not yet written. */
final class CudaContract {
    private final CudaContext context;

    CudaContract(CudaContext context) {
        this.context = context;
    }

    void sumProduct(double alpha, List<View> operands, int reducedRank, View out) {
        throw notYet("sumProduct");
    }

    void gemmInteger(GemmPlan plan, double alpha, View a, View b, double beta, View c) {
        throw notYet("gemmInteger");
    }

    private DeviceException notYet(String operation) {
        return new DeviceException(context.name() + ": " + operation + " is not yet on cuda; use cpu");
    }
}
