package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ContractionGradientContract;

class SimContractionGradientTest extends ContractionGradientContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
