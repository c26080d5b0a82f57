package kron4j.backend.cuda.card;

import jcuda.Pointer;

/** An address in this process's memory, as JCuda takes it. */
final class HostPointer extends Pointer {
    /** A null pointer, for a native call to set. */
    HostPointer() {}

    HostPointer(long address) {
        super(address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}
