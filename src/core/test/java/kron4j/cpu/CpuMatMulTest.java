package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.MatMulContract;

class CpuMatMulTest extends MatMulContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
