package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.SpectraContract;

class GpuSpectraTest extends SpectraContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
