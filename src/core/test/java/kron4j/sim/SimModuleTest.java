package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ModuleContract;

class SimModuleTest extends ModuleContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
