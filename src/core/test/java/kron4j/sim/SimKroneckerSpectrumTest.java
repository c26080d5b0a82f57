package kron4j.sim;

import kron4j.Device;
import kron4j.contract.KroneckerSpectrumContract;

class SimKroneckerSpectrumTest extends KroneckerSpectrumContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
