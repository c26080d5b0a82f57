package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ReduceContract;

class SimReduceTest extends ReduceContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
