package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.OptimizerContract;

class GpuOptimizerTest extends OptimizerContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
