package kron4j.backend.cuda.card;

import kron4j.DeviceMemoryException;
import kron4j.memory.MemorySource;

/** Memory that tensors and the workspaces of cuBLAS share: when it is short, the tensors get it. */
final class BesideWorkspaces implements MemorySource {
    private final MemorySource upstream;
    private final CudaStreams streams;

    BesideWorkspaces(MemorySource upstream, CudaStreams streams) {
        this.upstream = upstream;
        this.streams = streams;
    }

    @Override
    public Block allocate(long bytes) {
        try {
            return upstream.allocate(bytes);
        } catch (DeviceMemoryException e) {
            if (!streams.dropWorkspaces(true)) {
                throw e;
            }
            return upstream.allocate(bytes);
        }
    }

    @Override
    public void free(Block block) {
        upstream.free(block);
    }

    @Override
    public long trim() {
        streams.dropWorkspaces(false);
        return upstream.trim();
    }

    @Override
    public void resetPeak() {
        upstream.resetPeak();
    }

    @Override
    public Statistics statistics() {
        return upstream.statistics();
    }
}
