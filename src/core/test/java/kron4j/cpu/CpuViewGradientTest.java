package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.ViewGradientContract;

class CpuViewGradientTest extends ViewGradientContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
