package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.KroneckerSpectrumContract;

class CpuKroneckerSpectrumTest extends KroneckerSpectrumContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
