package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ElementwiseGradientContract;

class SimElementwiseGradientTest extends ElementwiseGradientContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
