package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.KronContract;

class GpuKronTest extends KronContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
