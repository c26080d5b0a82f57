package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ReduceGradientContract;

class SimReduceGradientTest extends ReduceGradientContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
