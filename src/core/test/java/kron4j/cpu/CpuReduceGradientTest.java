package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.ReduceGradientContract;

class CpuReduceGradientTest extends ReduceGradientContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
