package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.KroneckerOperatorContract;

class CpuKroneckerOperatorTest extends KroneckerOperatorContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
