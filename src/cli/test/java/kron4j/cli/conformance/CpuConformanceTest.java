package kron4j.cli.conformance;

import kron4j.Device;

class CpuConformanceTest extends ConformanceContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
