package kron4j.sim;

import kron4j.Device;
import kron4j.contract.IndexingGradientContract;

class SimIndexingGradientTest extends IndexingGradientContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
