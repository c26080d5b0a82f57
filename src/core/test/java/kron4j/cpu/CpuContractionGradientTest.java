package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.ContractionGradientContract;

class CpuContractionGradientTest extends ContractionGradientContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
