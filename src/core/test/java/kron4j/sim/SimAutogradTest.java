package kron4j.sim;

import kron4j.Device;
import kron4j.contract.AutogradContract;

class SimAutogradTest extends AutogradContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
