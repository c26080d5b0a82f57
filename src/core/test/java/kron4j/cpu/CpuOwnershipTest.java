package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.OwnershipContract;

class CpuOwnershipTest extends OwnershipContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
