package kron4j.sim;

import kron4j.Device;
import kron4j.contract.OptimizerContract;

class SimOptimizerTest extends OptimizerContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
