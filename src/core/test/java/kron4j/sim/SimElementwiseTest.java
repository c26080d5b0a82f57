package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ElementwiseContract;

class SimElementwiseTest extends ElementwiseContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
