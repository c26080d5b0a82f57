package kron4j.sim;

import kron4j.Device;
import kron4j.contract.LinalgSizesContract;

class SimLinalgSizesTest extends LinalgSizesContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
