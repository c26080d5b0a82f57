package kron4j.sim;

import kron4j.Device;
import kron4j.contract.EmptyGradientContract;

class SimEmptyGradientTest extends EmptyGradientContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
