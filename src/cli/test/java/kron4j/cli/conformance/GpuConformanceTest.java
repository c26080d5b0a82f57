package kron4j.cli.conformance;

import kron4j.Device;
import kron4j.gpu.Gpu;

class GpuConformanceTest extends ConformanceContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
