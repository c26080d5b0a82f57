package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.ElementwiseContract;

class CpuElementwiseTest extends ElementwiseContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
