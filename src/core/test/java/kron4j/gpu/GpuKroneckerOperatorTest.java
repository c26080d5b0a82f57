package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.KroneckerOperatorContract;

class GpuKroneckerOperatorTest extends KroneckerOperatorContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
