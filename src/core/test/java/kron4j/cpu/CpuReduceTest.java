package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.ReduceContract;

class CpuReduceTest extends ReduceContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
