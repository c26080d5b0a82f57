package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.TensorContract;

class GpuTensorTest extends TensorContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
