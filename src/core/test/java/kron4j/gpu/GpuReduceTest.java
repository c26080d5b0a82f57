package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ReduceContract;

class GpuReduceTest extends ReduceContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
