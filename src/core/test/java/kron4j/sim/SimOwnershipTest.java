package kron4j.sim;

import kron4j.Device;
import kron4j.contract.OwnershipContract;

class SimOwnershipTest extends OwnershipContract {
    @Override
    protected Device device() {
        return Sim.device();
    }

    @Override
    protected int steps() {
        return 2_000;
    }
}
