package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ReduceGradientContract;

class GpuReduceGradientTest extends ReduceGradientContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
