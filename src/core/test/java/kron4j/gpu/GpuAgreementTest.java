package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.AgreementContract;

class GpuAgreementTest extends AgreementContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
