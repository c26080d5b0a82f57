package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.EinsumContract;

class GpuEinsumTest extends EinsumContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
