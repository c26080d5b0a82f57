package kron4j.gpu;

import kron4j.Device;
import kron4j.contract.ReportedFaultsContract;

class GpuReportedFaultsTest extends ReportedFaultsContract {
    @Override
    protected Device device() {
        return Gpu.device();
    }
}
