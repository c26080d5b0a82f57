package kron4j.cpu;

import kron4j.Device;
import kron4j.contract.LuContract;

class CpuLuTest extends LuContract {
    @Override
    protected Device device() {
        return Device.cpu();
    }
}
