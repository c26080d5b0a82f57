package kron4j.backend.cuda.card;

import jcuda.driver.CUdeviceptr;

/** An address in a card's memory, as JCuda takes it. */
public final class DevicePointer extends CUdeviceptr {
    /** A null pointer, for a native call to set. */
    DevicePointer() {}

    public DevicePointer(long address) {
        super(new CUdeviceptr(), address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}
