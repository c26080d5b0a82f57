package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.GemmContract;

class CpuGemmTest extends GemmContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
