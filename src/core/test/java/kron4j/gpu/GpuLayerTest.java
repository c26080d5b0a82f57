package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.LayerContract;

class GpuLayerTest extends LayerContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
