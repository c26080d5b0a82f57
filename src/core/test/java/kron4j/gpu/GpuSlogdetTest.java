package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.SlogdetContract;

class GpuSlogdetTest extends SlogdetContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
