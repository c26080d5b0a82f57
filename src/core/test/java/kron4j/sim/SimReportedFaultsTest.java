package kron4j.sim;

import kron4j.Device;
import kron4j.contract.ReportedFaultsContract;

class SimReportedFaultsTest extends ReportedFaultsContract {
    @Override
    protected Device device() {
        return Sim.device();
    }
}
