package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.ElementwiseGradientContract;

class CpuElementwiseGradientTest extends ElementwiseGradientContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
