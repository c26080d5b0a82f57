package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ViewGradientContract;

class GpuViewGradientTest extends ViewGradientContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
