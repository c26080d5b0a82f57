package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ContractionGradientContract;

class GpuContractionGradientTest extends ContractionGradientContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
