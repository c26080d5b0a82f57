package kron4j.sim;

import kron4j.Device;
import kron4j.contract.LayerContract;

class SimLayerTest extends LayerContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
