package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ModuleContract;

class GpuModuleTest extends ModuleContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
