package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.NonFiniteContract;

class GpuNonFiniteTest extends NonFiniteContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
