package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.SolveContract;

class GpuSolveTest extends SolveContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
