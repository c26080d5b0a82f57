package kron4j.sim;

import kron4j.Device;
import kron4j.contract.SolveContract;

class SimSolveTest extends SolveContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
