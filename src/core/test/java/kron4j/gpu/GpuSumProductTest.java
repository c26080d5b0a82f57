package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.SumProductContract;

class GpuSumProductTest extends SumProductContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
