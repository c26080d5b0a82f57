package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.KerasContract;

class CpuKerasTest extends KerasContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
