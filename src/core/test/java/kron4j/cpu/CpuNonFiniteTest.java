package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.NonFiniteContract;

class CpuNonFiniteTest extends NonFiniteContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
