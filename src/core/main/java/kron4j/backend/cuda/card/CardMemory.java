package kron4j.backend.cuda.card;

import kron4j.backend.Settings;
import kron4j.memory.CollectingMemory;
import kron4j.memory.LimitedMemory;
import kron4j.memory.MemoryLimit;
import kron4j.memory.MemorySource;
import kron4j.memory.StreamOrderedMemory;

/** The memory of a card, as much of it as {@code -Dkron4j.cuda.memoryLimit=BYTES} allows (default: all). */
public final class CardMemory {
    /** The part of the limit that a workspace may take. */
    private static final long WORKSPACE_SHARE = 64;

    private final long limit;
    private final StreamOrderedMemory ordered;
    private final MemorySource source;

    CardMemory(CudaContext context) {
        Long chosen = Settings.number("kron4j.cuda.memoryLimit");
        limit = chosen != null ? chosen : context.totalMemory();
        ordered = new StreamOrderedMemory(
                context.name(),
                new LimitedMemory(context.name(), new CudaMemory(context), MemoryLimit.of(limit)),
                limit,
                context::stream,
                Boolean.getBoolean("kron4j.debug"));
        source = new CollectingMemory(new BesideWorkspaces(ordered, context.streams()));
    }

    /** How many bytes it hands out at most. */
    public long limit() {
        return limit;
    }

    /** Where tensors and the work of operations are. */
    public MemorySource source() {
        return source;
    }

    /** The same before the workspaces of cuBLAS are given up for it: what those themselves, graphs and the order of streams need. */
    public StreamOrderedMemory ordered() {
        return ordered;
    }

    /** Bytes of a workspace of cuBLAS: what NVIDIA advises for large cards, less where memory is limited. */
    long workspaceBytes() {
        return Math.max(BlasHandle.LEAST, Math.min(BlasHandle.BEST, limit / WORKSPACE_SHARE));
    }
}
