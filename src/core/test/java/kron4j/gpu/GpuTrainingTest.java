package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.TrainingContract;

class GpuTrainingTest extends TrainingContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
