package kron4j.sim;

import kron4j.Device;
import kron4j.contract.SlogdetContract;

class SimSlogdetTest extends SlogdetContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
