package kron4j.cli.conformance;

import kron4j.Device;
import kron4j.sim.Sim;

class SimConformanceTest extends ConformanceContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
