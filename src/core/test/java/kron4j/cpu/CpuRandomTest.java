package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.RandomContract;

class CpuRandomTest extends RandomContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
