package kron4j.sim;

import kron4j.Device;
import kron4j.contract.GraphContract;

class SimGraphTest extends GraphContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
