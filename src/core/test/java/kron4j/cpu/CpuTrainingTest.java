package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.TrainingContract;

class CpuTrainingTest extends TrainingContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
