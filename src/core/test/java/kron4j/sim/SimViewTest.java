package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ViewContract;

class SimViewTest extends ViewContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
