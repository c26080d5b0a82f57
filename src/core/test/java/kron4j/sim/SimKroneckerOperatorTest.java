package kron4j.sim;

import kron4j.Device;
import kron4j.contract.KroneckerOperatorContract;

class SimKroneckerOperatorTest extends KroneckerOperatorContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
