package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.CompensatedSlogdetContract;

class GpuCompensatedSlogdetTest extends CompensatedSlogdetContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
