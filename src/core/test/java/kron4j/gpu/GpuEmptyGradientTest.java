package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.EmptyGradientContract;

class GpuEmptyGradientTest extends EmptyGradientContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
