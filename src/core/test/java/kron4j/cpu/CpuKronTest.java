package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.KronContract;

class CpuKronTest extends KronContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
