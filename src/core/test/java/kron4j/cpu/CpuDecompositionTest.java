package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.DecompositionContract;

class CpuDecompositionTest extends DecompositionContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
