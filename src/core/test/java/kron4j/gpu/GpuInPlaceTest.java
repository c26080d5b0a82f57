package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.InPlaceContract;

class GpuInPlaceTest extends InPlaceContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
