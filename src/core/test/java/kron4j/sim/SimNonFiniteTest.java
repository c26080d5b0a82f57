package kron4j.sim;

import kron4j.Device;
import kron4j.contract.NonFiniteContract;

class SimNonFiniteTest extends NonFiniteContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
