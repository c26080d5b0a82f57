package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.IndexingContract;

class CpuIndexingTest extends IndexingContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
