package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.LayerContract;

class CpuLayerTest extends LayerContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
