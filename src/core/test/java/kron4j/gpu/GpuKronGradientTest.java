package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.KronGradientContract;

class GpuKronGradientTest extends KronGradientContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
