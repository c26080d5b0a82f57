package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.IndexingContract;

class GpuIndexingTest extends IndexingContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
