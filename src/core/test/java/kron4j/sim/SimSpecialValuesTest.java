package kron4j.sim;

import kron4j.Device;
import kron4j.contract.SpecialValuesContract;

class SimSpecialValuesTest extends SpecialValuesContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
