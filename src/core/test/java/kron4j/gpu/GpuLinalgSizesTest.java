package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.LinalgSizesContract;

class GpuLinalgSizesTest extends LinalgSizesContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
