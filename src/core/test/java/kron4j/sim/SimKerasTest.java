package kron4j.sim;

import kron4j.Device;
import kron4j.contract.KerasContract;

class SimKerasTest extends KerasContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
