package kron4j.sim;

import kron4j.Device;
import kron4j.fuzz.FuzzSuite;

class SimFuzzTest extends FuzzSuite {
    @Override
    protected Device device() {
        return Sim.device();
    }

    @Override
    protected int cases() {
        return 6_000;
    }
}
