package kron4j.sim;

import kron4j.Device;
import kron4j.contract.CapturedTrainingContract;

class SimCapturedTrainingTest extends CapturedTrainingContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
