package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.ConformanceContract;

class CpuConformanceTest extends ConformanceContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
