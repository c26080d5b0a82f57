package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ViewGradientContract;

class SimViewGradientTest extends ViewGradientContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
