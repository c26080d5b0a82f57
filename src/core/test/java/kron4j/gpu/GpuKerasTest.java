package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.KerasContract;

class GpuKerasTest extends KerasContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
