package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.SlogdetContract;

class CpuSlogdetTest extends SlogdetContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
