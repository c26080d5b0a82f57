package kron4j.backend.cuda.card;

import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.backend.Storage;
import kron4j.memory.MemorySource;

/** Memory for the work of one operation; given back when the work is enqueued, which is safe because memory follows the order of the stream. */
public final class Scratch implements AutoCloseable {
    private final MemorySource memory;
    private final List<Storage> held = new ArrayList<>();

    Scratch(MemorySource memory) {
        this.memory = memory;
    }

    /** A run of elements that is no tensor's and so of no backend: the kernels' alone. */
    public Storage allocate(DType dtype, long size) {
        long most = Long.MAX_VALUE / dtype.bytes();
        long bytes = Math.min(most, Math.max(1, size)) * dtype.bytes();
        Storage storage = new Storage(null, dtype, size, memory, memory.allocate(bytes));
        held.add(storage);
        return storage;
    }

    @Override
    public void close() {
        held.forEach(Storage::release);
    }
}
