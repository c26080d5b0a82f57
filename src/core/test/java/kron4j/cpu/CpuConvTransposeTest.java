package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.ConvTransposeContract;

class CpuConvTransposeTest extends ConvTransposeContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
