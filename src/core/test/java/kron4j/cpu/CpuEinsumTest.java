package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.EinsumContract;

class CpuEinsumTest extends EinsumContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
