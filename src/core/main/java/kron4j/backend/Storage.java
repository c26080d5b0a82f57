package kron4j.backend;

import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.memory.Forgotten;
import kron4j.memory.MemorySource;

/**
 * A run of elements of one dtype in a device's memory, shared by all views of it. Holders are counted: it is freed when the last one releases it, or
 * when all holders are forgotten. A kernel holds the storages it works on, so closing a tensor in another thread cannot take their memory away.
 */
public class Storage {
    /** Who counts the holders: this, or the storage that this shows in another dtype. */
    private final Storage owner;

    private final Backend backend;
    private final DType dtype;
    private final long size;
    private final MemorySource.Block block;
    private final long address;
    private final long bytes;
    private final AtomicInteger holders = new AtomicInteger(1);
    private final Release release;
    private final Cleaner.Cleanable cleanable;
    /** Users that need the present content; guarded by itself. Weak, as some are forgotten instead of released. */
    private final List<WeakReference<Object>> pins = new ArrayList<>(0);

    private volatile Throwable freed;

    /**
     * Takes ownership of a block; the creator is the first holder.
     *
     * @param size number of elements
     */
    public Storage(Backend backend, DType dtype, long size, MemorySource source, MemorySource.Block block) {
        this.owner = this;
        this.backend = backend;
        this.dtype = dtype;
        this.size = size;
        this.block = block;
        this.address = block.address();
        this.bytes = block.bytes();
        this.release = new Release(source, block, Leaks.place("allocated here"));
        this.cleanable = Forgotten.register(this, release);
    }

    /** The memory of another storage as elements of another dtype. */
    protected Storage(Storage other, DType dtype) {
        this.owner = other.owner;
        this.backend = other.backend;
        this.dtype = dtype;
        this.size = other.size * other.dtype.bytes() / dtype.bytes();
        this.block = other.block;
        this.address = other.address;
        this.bytes = other.bytes;
        this.release = owner.release;
        this.cleanable = owner.cleanable;
    }

    /** Returns the same memory as elements of another dtype: the same holders, freed with this. */
    public Storage as(DType other) {
        return new Storage(this, other);
    }

    public Backend backend() {
        return backend;
    }

    public DType dtype() {
        return dtype;
    }

    /** Returns the number of elements. */
    public long size() {
        return size;
    }

    /** Returns its address in the device's memory. */
    public long address() {
        return address;
    }

    /** Returns its size in bytes, as allocated. */
    public long bytes() {
        return bytes;
    }

    /** Runs something once after it was freed; it must not lead to this storage. */
    public void whenFreed(Runnable after) {
        release.after = after;
    }

    /** Returns its block of memory, for the backend. */
    public MemorySource.Block block() {
        return block;
    }

    /**
     * Adds a holder.
     *
     * @throws ClosedTensorException if the storage was freed
     */
    public void retain() {
        AtomicInteger holders = owner.holders;
        int n;
        do {
            n = holders.get();
            if (n == 0) {
                throw explained(new ClosedTensorException("storage of " + size + " " + dtype
                        + " elements was freed: the tensor was closed, or its scope was"));
            }
        } while (!holders.compareAndSet(n, n + 1));
    }

    /**
     * Removes a holder; the last one frees.
     *
     * @throws IllegalStateException if there is none
     */
    public void release() {
        AtomicInteger holders = owner.holders;
        int n;
        do {
            n = holders.get();
            if (n == 0) {
                throw explained(new IllegalStateException(
                        "storage of " + size + " " + dtype + " elements: released more often than held"));
            }
        } while (!holders.compareAndSet(n, n - 1));
        if (n == 1) {
            owner.freed = Leaks.place("freed here");
            release.forgotten = false;
            cleanable.clean();
        }
    }

    /** Returns whether it has more than one holder. */
    public boolean isShared() {
        return owner.holders.get() > 1;
    }

    /** Notes that {@code user} needs the present content until {@link #unpin}. */
    public void pin(Object user) {
        List<WeakReference<Object>> pins = owner.pins;
        synchronized (pins) {
            pins.add(new WeakReference<>(user));
        }
    }

    public void unpin(Object user) {
        List<WeakReference<Object>> pins = owner.pins;
        synchronized (pins) {
            for (int i = 0; i < pins.size(); i++) {
                if (pins.get(i).refersTo(user)) {
                    pins.remove(i);
                    return;
                }
            }
        }
    }

    /** Returns a user that needs the present content, if there is one. */
    public Optional<Object> pinnedBy() {
        List<WeakReference<Object>> pins = owner.pins;
        synchronized (pins) {
            pins.removeIf(p -> p.refersTo(null));
            return pins.isEmpty()
                    ? Optional.empty()
                    : Optional.ofNullable(pins.get(0).get());
        }
    }

    /** Returns the exception; in debug mode its cause says where this was freed. */
    public <E extends RuntimeException> E explained(E exception) {
        Throwable freed = owner.freed;
        if (freed != null && freed.getStackTrace().length > 0) {
            exception.initCause(freed);
        }
        return exception;
    }

    private static final class Release implements Runnable {
        private final MemorySource source;
        private final MemorySource.Block block;
        private final Throwable place;
        private volatile boolean forgotten = true;
        private volatile Runnable after = () -> {};

        Release(MemorySource source, MemorySource.Block block, Throwable place) {
            this.source = source;
            this.block = block;
            this.place = place;
        }

        @Override
        public void run() {
            if (forgotten) {
                Leaks.report(block.bytes(), place);
            }
            source.free(block);
            after.run();
        }
    }
}
