package kron4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.backend.Storage;

/** Memory for the work of one operation; given back when the work is enqueued, which is safe because memory follows the order of the stream. */
final class Scratch implements AutoCloseable {
    private final CudaBackend backend;
    private final List<Storage> held = new ArrayList<>();

    Scratch(CudaBackend backend) {
        this.backend = backend;
    }

    Storage allocate(DType dtype, long size) {
        Storage storage = backend.allocate(dtype, Math.max(1, size));
        held.add(storage);
        return storage;
    }

    @Override
    public void close() {
        held.forEach(Storage::release);
    }
}
