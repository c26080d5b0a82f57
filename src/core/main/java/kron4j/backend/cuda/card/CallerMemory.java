package kron4j.backend.cuda.card;

import java.util.function.LongConsumer;
import kron4j.memory.MemorySource;

/** The source of one block of caller-owned memory of a card, which the caller gets back when it is freed. */
public final class CallerMemory implements MemorySource {
    private final LongConsumer release;

    /** @param release takes the handle of the stream on which the last work that uses the block is queued */
    public CallerMemory(LongConsumer release) {
        this.release = release;
    }

    /** The block. All work that uses it is put in one line, each stream waiting for the one before. */
    public static final class Region implements Block {
        private final long address;
        private final long bytes;
        private CudaStream last;

        public Region(long address, long bytes, CudaStream first) {
            this.address = address;
            this.bytes = bytes;
            this.last = first;
        }

        @Override
        public long address() {
            return address;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        /** To be called before work that uses the block is queued on the stream. */
        public synchronized void use(CudaStream stream) {
            if (stream != last) {
                stream.waitFor(last);
                last = stream;
            }
        }

        private synchronized long lastHandle() {
            return last.address();
        }
    }

    @Override
    public Block allocate(long bytes) {
        throw new UnsupportedOperationException("foreign memory");
    }

    @Override
    public void free(Block block) {
        release.accept(((Region) block).lastHandle());
    }

    @Override
    public long trim() {
        return 0;
    }

    @Override
    public Statistics statistics() {
        return new Statistics(0, 0, 0, 0);
    }
}
