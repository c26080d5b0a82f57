package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.MatMulContract;

class GpuMatMulTest extends MatMulContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
