package kron4j.sim;

import kron4j.Device;
import kron4j.contract.RandomContract;

class SimRandomTest extends RandomContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
