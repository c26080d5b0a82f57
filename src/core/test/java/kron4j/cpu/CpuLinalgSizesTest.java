package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.LinalgSizesContract;

class CpuLinalgSizesTest extends LinalgSizesContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
