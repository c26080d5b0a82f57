package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ConvTransposeContract;

class SimConvTransposeTest extends ConvTransposeContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
