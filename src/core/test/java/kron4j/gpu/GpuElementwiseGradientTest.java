package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ElementwiseGradientContract;

class GpuElementwiseGradientTest extends ElementwiseGradientContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
