package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.LuContract;

class GpuLuTest extends LuContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
