package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.LinalgGradientContract;

class CpuLinalgGradientTest extends LinalgGradientContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
