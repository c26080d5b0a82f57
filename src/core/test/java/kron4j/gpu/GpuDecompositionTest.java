package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.DecompositionContract;

class GpuDecompositionTest extends DecompositionContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
