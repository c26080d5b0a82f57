package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.KronGradientContract;

class CpuKronGradientTest extends KronGradientContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
