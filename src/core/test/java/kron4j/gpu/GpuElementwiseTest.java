package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ElementwiseContract;

class GpuElementwiseTest extends ElementwiseContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
