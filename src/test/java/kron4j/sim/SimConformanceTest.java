package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ConformanceContract;

class SimConformanceTest extends ConformanceContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
