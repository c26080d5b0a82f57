package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.GemmContract;

class GpuGemmTest extends GemmContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
