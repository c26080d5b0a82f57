package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.IndexingGradientContract;

class GpuIndexingGradientTest extends IndexingGradientContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
