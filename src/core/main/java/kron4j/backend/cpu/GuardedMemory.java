package kron4j.backend.cpu;

import kron4j.DeviceException;
import kron4j.memory.MemorySource;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Puts a zone of known bytes before and after each block and throws when a block is freed whose zones were written; fills new blocks with NaN, so
 * that what is read before it is written shows. For tests of kernels: {@code -Dkron4j.cpu.guard=true}.
 */
final class GuardedMemory implements MemorySource {
    static final boolean ENABLED = Boolean.getBoolean("kron4j.cpu.guard");

    private static final int ZONE = 64;
    private static final byte MARK = (byte) 0xA5;
    private static final int NAN = 0xFF;

    private final MemorySource upstream;

    GuardedMemory(MemorySource upstream) {
        this.upstream = upstream;
    }

    private record Guarded(Block whole, long bytes) implements Block {
        @Override
        public long address() {
            return whole.address() + ZONE;
        }
    }

    @Override
    public Block allocate(long bytes) {
        long guarded = Math.min(bytes, Long.MAX_VALUE - 2 * ZONE) + 2 * ZONE;
        Guarded block = new Guarded(upstream.allocate(guarded), bytes);
        Pointer.memset(at(block.address() - ZONE), MARK, ZONE);
        Pointer.memset(at(block.address()), NAN, bytes);
        Pointer.memset(at(block.address() + bytes), MARK, ZONE);
        return block;
    }

    @Override
    public void free(Block block) {
        boolean before = isIntact(block.address() - ZONE);
        boolean after = isIntact(block.address() + block.bytes());
        upstream.free(((Guarded) block).whole());
        if (!before || !after) {
            throw new DeviceException("cpu: a kernel wrote " + (before ? "behind" : "before") + " a block of "
                    + block.bytes() + " bytes");
        }
    }

    private static boolean isIntact(long zone) {
        BytePointer bytes = at(zone);
        for (int i = 0; i < ZONE; i++) {
            if (bytes.get(i) != MARK) {
                return false;
            }
        }
        return true;
    }

    private static BytePointer at(long address) {
        return new NativeMemory.At(address, ZONE);
    }

    @Override
    public long trim() {
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
