package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.SpectraContract;

class CpuSpectraTest extends SpectraContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
