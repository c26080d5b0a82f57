package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.AutogradContract;

class CpuAutogradTest extends AutogradContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
