package kron4j.sim;

import kron4j.Device;
import kron4j.contract.IndexingContract;

class SimIndexingTest extends IndexingContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
