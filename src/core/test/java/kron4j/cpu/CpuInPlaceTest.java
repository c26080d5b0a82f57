package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.InPlaceContract;

class CpuInPlaceTest extends InPlaceContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
