package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.StreamContract;

class CpuStreamTest extends StreamContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
