package kron4j.sim;

import kron4j.Device;
import kron4j.contract.TensorContract;

class SimTensorTest extends TensorContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
