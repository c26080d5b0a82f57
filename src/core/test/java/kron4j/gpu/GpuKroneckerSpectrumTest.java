package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.KroneckerSpectrumContract;

class GpuKroneckerSpectrumTest extends KroneckerSpectrumContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
