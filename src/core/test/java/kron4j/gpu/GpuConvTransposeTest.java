package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ConvTransposeContract;

class GpuConvTransposeTest extends ConvTransposeContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
