package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.TensorContract;

class CpuTensorTest extends TensorContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
