package kron4j.backend.cuda;

import kron4j.DeviceException;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;

/** Not yet written. */
final class CudaGemm {
    private final CudaContext context;
    private final CudaContract contract;

    CudaGemm(CudaContext context, CudaContract contract) {
        this.context = context;
        this.contract = contract;
    }

    void run(GemmPlan plan, double alpha, View a, View b, double beta, View c) {
        if (!c.dtype().isFloating()) {
            contract.gemmInteger(plan, alpha, a, b, beta, c);
            return;
        }
        throw notYet("gemm");
    }

    private DeviceException notYet(String operation) {
        return new DeviceException(context.name() + ": " + operation + " is not yet on cuda; use cpu");
    }
}
