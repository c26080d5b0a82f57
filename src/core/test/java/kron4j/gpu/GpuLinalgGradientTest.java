package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.LinalgGradientContract;

class GpuLinalgGradientTest extends LinalgGradientContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
