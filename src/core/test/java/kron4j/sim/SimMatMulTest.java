package kron4j.sim;

import kron4j.Device;
import kron4j.contract.MatMulContract;

class SimMatMulTest extends MatMulContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
