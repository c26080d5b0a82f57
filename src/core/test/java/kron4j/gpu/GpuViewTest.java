package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ViewContract;

class GpuViewTest extends ViewContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
