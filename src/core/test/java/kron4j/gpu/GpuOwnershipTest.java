package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.OwnershipContract;

class GpuOwnershipTest extends OwnershipContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
