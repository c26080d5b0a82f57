package kron4j.memory;

import java.util.concurrent.atomic.AtomicLong;
import kron4j.DeviceMemoryException;

/** A bound on the bytes that tensors hold at a time, and what they hold of it. */
public final class Allowance {
    private final String name;
    private final long limit;
    private final Allowance around;
    private final AtomicLong held = new AtomicLong();

    /**
     * @param name of the device, for error texts
     * @param limit greatest number of bytes held at a time
     * @param around another bound on the same bytes, or null
     */
    public Allowance(String name, long limit, Allowance around) {
        this.name = name;
        this.limit = limit;
        this.around = around;
    }

    /**
     * Takes bytes, until they are given back.
     *
     * @throws DeviceMemoryException if so many are not left
     */
    public void take(long bytes) {
        long before = held.getAndAdd(bytes);
        try {
            if (bytes > limit - before) {
                throw new DeviceMemoryException(name + ": cannot allocate " + Bytes.text(bytes) + ": "
                        + Bytes.text(before) + " held in a scope with a limit of " + Bytes.text(limit)
                        + "; close tensors, work on smaller pieces, or raise the limit");
            }
            if (around != null) {
                around.take(bytes);
            }
        } catch (DeviceMemoryException e) {
            held.addAndGet(-bytes);
            throw e;
        }
    }

    /** Gives bytes back. */
    public void giveBack(long bytes) {
        held.addAndGet(-bytes);
        if (around != null) {
            around.giveBack(bytes);
        }
    }
}
