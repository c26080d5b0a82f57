package kron4j.backend;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.DeviceException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Holds a backend to what it refuses although the public operations never ask for it: memory that is not an operand's. */
class MemoryGuardTest {
    private final Backend backend = Backends.get("cpu");
    private final List<Storage> made = new ArrayList<>();
    private final long before = backend.memory().statistics().live();

    @AfterEach
    void nothingIsHeld() {
        made.forEach(Storage::release);
        assertEquals(before, backend.memory().statistics().live());
    }

    private View of(DType dtype, long size, Layout layout) {
        Storage storage = backend.allocate(dtype, size);
        made.add(storage);
        View view = new View(storage, Layout.contiguous(Shape.of(size)));
        backend.fill(1L, view);
        return view.with(layout);
    }

    private View real(long... dims) {
        Shape shape = Shape.of(dims);
        return of(DType.FLOAT64, shape.size(), Layout.contiguous(shape));
    }

    @Test
    void bytesOutsideAStorage() {
        Storage storage = real(4).storage();
        ByteBuffer eight = ByteBuffer.allocateDirect(8);
        backend.upload(eight.duplicate(), storage, 24);
        backend.download(storage, 24, eight.duplicate());
        for (long offset : new long[] {-1, -8, 25, 32, Long.MAX_VALUE}) {
            refused(
                    DeviceException.class,
                    () -> backend.upload(eight.duplicate(), storage, offset),
                    "upload: bytes [" + offset);
            refused(
                    DeviceException.class,
                    () -> backend.download(storage, offset, eight.duplicate()),
                    "download: bytes [" + offset,
                    "a storage of 32 bytes");
        }
    }

    @Test
    void layoutsOutsideAStorage() {
        View out = real(2);
        View storage = real(4);
        for (Layout outside : List.of(
                Layout.of(Shape.of(2), new long[] {1}, 3),
                Layout.of(Shape.of(2), new long[] {1}, -1),
                Layout.of(Shape.of(2), new long[] {-1}, 0),
                Layout.of(Shape.of(2), new long[] {4}, 0))) {
            refused(ShapeException.class, () -> backend.copy(storage.with(outside), out), "exceeds its storage of 4");
            refused(ShapeException.class, () -> backend.copy(out, storage.with(outside)), "exceeds its storage of 4");
        }
        backend.copy(storage.with(Layout.of(Shape.of(2), new long[] {-3}, 3)), out);
    }
}
