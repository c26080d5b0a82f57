package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.SpecialValuesContract;

class GpuSpecialValuesTest extends SpecialValuesContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
