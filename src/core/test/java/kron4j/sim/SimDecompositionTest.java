package kron4j.sim;

import kron4j.Device;
import kron4j.contract.DecompositionContract;

class SimDecompositionTest extends DecompositionContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
