package kron4j.backend;

import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;

/** An operand or result of a kernel: a storage and the layout of the elements in it. */
public record View(Storage storage, Layout layout) {
    public DType dtype() {
        return storage.dtype();
    }

    public Shape shape() {
        return layout.shape();
    }

    /** Returns a view of the same storage with another layout. */
    public View with(Layout other) {
        return new View(storage, other);
    }

    /** Returns complex elements as a last axis of two real ones. */
    public View pairs() {
        return new View(storage.as(dtype().realPart()), layout.pairs());
    }

    /** Returns elements of eight bytes as integers of the same bits. */
    public View words() {
        return new View(storage.as(DType.INT64), layout);
    }

    /** Returns the real parts of complex elements, or the imaginary ones. */
    public View part(boolean imaginary) {
        View pairs = pairs();
        return pairs.with(pairs.layout.select(-1, imaginary ? 1 : 0));
    }

    /** Returns whether the memory ranges from the first to the last element overlap; interleaved elements count too. */
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
