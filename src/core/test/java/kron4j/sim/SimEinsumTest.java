package kron4j.sim;

import kron4j.Device;
import kron4j.contract.EinsumContract;

class SimEinsumTest extends EinsumContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
