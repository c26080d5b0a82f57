package kron4j.sim;

import kron4j.Device;
import kron4j.contract.LinalgGradientContract;

class SimLinalgGradientTest extends LinalgGradientContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
