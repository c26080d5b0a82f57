package kron4j.sim;

import kron4j.Device;
import kron4j.contract.InPlaceContract;

class SimInPlaceTest extends InPlaceContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
