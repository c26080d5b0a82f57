package kron4j.memory;

import java.util.function.LongSupplier;

/** The most bytes that may be in use at a time. */
public final class MemoryLimit {
    /** What every machine has: less than this is allowed without asking how much there is, which takes a JVM 15 ms. */
    private static final long EVERYWHERE = 64L << 20;

    private final LongSupplier source;
    private final long allowedUnasked;
    private volatile long bytes = -1;

    private MemoryLimit(LongSupplier source, long allowedUnasked) {
        this.source = source;
        this.allowedUnasked = allowedUnasked;
    }

    /** Returns a limit that is known. */
    public static MemoryLimit of(long bytes) {
        return new MemoryLimit(() -> bytes, 0);
    }

    /** Returns a limit of some part of this machine's memory, which {@code source} looks up once when it matters. */
    public static MemoryLimit ofMachine(LongSupplier source) {
        return new MemoryLimit(source, EVERYWHERE);
    }

    /** {@return a part of this one} */
    public MemoryLimit dividedBy(int parts) {
        return new MemoryLimit(() -> bytes() / parts, allowedUnasked / parts);
    }

    /** {@return the number of bytes} */
    public long bytes() {
        if (bytes < 0) {
            bytes = source.getAsLong();
        }
        return bytes;
    }

    /** Whether {@code more} bytes may be added to {@code used}. */
    boolean allows(long used, long more) {
        return more <= allowedUnasked - used || more <= bytes() - used;
    }
}
