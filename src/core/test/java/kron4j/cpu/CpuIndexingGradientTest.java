package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.IndexingGradientContract;

class CpuIndexingGradientTest extends IndexingGradientContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
