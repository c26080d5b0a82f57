package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ConformanceContract;

class GpuConformanceTest extends ConformanceContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
