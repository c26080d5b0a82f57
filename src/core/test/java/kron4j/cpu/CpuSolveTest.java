package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.SolveContract;

class CpuSolveTest extends SolveContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
