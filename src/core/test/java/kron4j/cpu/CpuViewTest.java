package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.ViewContract;

class CpuViewTest extends ViewContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
