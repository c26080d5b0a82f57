package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.SubnormalContract;

class GpuSubnormalTest extends SubnormalContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
