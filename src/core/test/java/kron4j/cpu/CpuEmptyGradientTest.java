package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.EmptyGradientContract;

class CpuEmptyGradientTest extends EmptyGradientContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
