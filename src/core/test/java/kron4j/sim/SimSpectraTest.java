package kron4j.sim;

import kron4j.Device;
import kron4j.contract.SpectraContract;

class SimSpectraTest extends SpectraContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
