package kron4j.sim;

import kron4j.Device;
import kron4j.contract.CompensatedSlogdetContract;

class SimCompensatedSlogdetTest extends CompensatedSlogdetContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
