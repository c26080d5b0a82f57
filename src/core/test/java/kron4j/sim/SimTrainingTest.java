package kron4j.sim;

import kron4j.Device;
import kron4j.contract.TrainingContract;

class SimTrainingTest extends TrainingContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
