package kron4j.sim;

import kron4j.Device;
import kron4j.contract.LuContract;

class SimLuTest extends LuContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
