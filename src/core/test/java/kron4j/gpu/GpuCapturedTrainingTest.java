package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.CapturedTrainingContract;

class GpuCapturedTrainingTest extends CapturedTrainingContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
