package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.StreamContract;

class GpuStreamTest extends StreamContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
