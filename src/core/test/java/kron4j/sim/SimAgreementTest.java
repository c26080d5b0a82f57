package kron4j.sim;

import kron4j.Device;
import kron4j.contract.AgreementContract;

class SimAgreementTest extends AgreementContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
