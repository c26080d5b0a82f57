package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.GraphContract;

class GpuGraphTest extends GraphContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
