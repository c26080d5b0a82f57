package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.SharedMemoryContract;

class GpuSharedMemoryTest extends SharedMemoryContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
