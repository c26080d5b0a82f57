package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.OptimizerContract;

class CpuOptimizerTest extends OptimizerContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
