package kron4j.backend;

import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;

/** What a kernel reads or writes: a storage and where the elements lie in it. */
public record View(Storage storage, Layout layout) {
    public DType dtype() {
        return storage.dtype();
    }

    public Shape shape() {
        return layout.shape();
    }

    /** The same storage seen through another layout. */
    public View with(Layout other) {
        return new View(storage, other);
    }

    /** Whether the memory from the first to the last element of each has something in common; elements that interleave count too. */
    public boolean overlaps(View other) {
        return storage.backend() == other.storage.backend()
                && shape().size() > 0
                && other.shape().size() > 0
                && address(layout.lowest()) < other.address(other.layout.highest() + 1)
                && other.address(other.layout.lowest()) < address(layout.highest() + 1);
    }

    private long address(long element) {
        return storage.address() + element * dtype().bytes();
    }
}
