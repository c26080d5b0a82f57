package kron4j.fuzz;

import kron4j.Device;

class CpuFuzzTest extends FuzzSuite {
    @Override
    protected Device device() {
        return Device.cpu();
    }

    @Override
    protected int cases() {
        return 24_000;
    }
}
