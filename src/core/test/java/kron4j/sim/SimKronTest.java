package kron4j.sim;

import kron4j.Device;
import kron4j.contract.KronContract;

class SimKronTest extends KronContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
