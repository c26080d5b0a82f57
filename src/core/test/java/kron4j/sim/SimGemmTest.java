package kron4j.sim;

import kron4j.Device;
import kron4j.contract.GemmContract;

class SimGemmTest extends GemmContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
