package kron4j.sim;

import kron4j.Device;
import kron4j.contract.SumProductContract;

class SimSumProductTest extends SumProductContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
