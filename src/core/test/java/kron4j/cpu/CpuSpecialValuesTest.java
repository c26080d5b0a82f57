package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.SpecialValuesContract;

class CpuSpecialValuesTest extends SpecialValuesContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
