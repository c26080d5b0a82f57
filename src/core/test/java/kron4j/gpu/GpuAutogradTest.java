package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.AutogradContract;

class GpuAutogradTest extends AutogradContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
