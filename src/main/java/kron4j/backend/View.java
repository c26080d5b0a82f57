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
}
