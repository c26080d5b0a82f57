package kron4j.sim;

import kron4j.Device;
import kron4j.contract.SubnormalContract;

class SimSubnormalTest extends SubnormalContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
