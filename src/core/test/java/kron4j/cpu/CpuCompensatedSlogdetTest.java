package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.CompensatedSlogdetContract;

class CpuCompensatedSlogdetTest extends CompensatedSlogdetContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
