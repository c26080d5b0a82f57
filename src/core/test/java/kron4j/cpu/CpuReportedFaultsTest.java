package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.ReportedFaultsContract;

class CpuReportedFaultsTest extends ReportedFaultsContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
