package kron4j.sim;

import kron4j.Device;
import kron4j.contract.KronGradientContract;

class SimKronGradientTest extends KronGradientContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
