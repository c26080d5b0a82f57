package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.RandomContract;

class GpuRandomTest extends RandomContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
