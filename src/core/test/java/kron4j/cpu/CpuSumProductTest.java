package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.SumProductContract;

class CpuSumProductTest extends SumProductContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
