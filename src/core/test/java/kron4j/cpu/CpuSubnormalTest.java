package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.SubnormalContract;

class CpuSubnormalTest extends SubnormalContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
