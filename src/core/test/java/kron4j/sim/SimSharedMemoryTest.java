package kron4j.sim;

import kron4j.Device;
import kron4j.contract.SharedMemoryContract;

class SimSharedMemoryTest extends SharedMemoryContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
