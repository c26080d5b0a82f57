package kron4j.backend.cpu;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import kron4j.DeviceException;
import kron4j.memory.MemorySource.Block;
import org.junit.jupiter.api.Test;

class GuardedMemoryTest {
    private final GuardedMemory memory = new GuardedMemory(new NativeMemory());

    @Test
    void whatAKernelWritesOutsideItsBlockIsFound() {
        for (int bytes : new int[] {0, 1, 8, 24, 1000}) {
            Block good = memory.allocate(bytes);
            assertEquals(0, good.address() % 64);
            write(good.address(), bytes);
            memory.free(good);
            for (int beyond : new int[] {0, 7, 63}) {
                Block behind = memory.allocate(bytes);
                write(behind.address() + bytes + beyond, 1);
                refused(DeviceException.class, () -> memory.free(behind), "behind a block of " + bytes + " bytes");
                Block before = memory.allocate(bytes);
                write(before.address() - 1 - beyond, 1);
                refused(DeviceException.class, () -> memory.free(before), "before a block of " + bytes + " bytes");
            }
        }
    }

    @Test
    void newMemoryIsNaN() {
        Block block = memory.allocate(24);
        ByteBuffer content = NativeMemory.buffer(block.address(), 24);
        assertTrue(Double.isNaN(content.getDouble(16)));
        assertTrue(Float.isNaN(content.getFloat(20)));
        memory.free(block);
    }

    private static void write(long address, int bytes) {
        ByteBuffer at = NativeMemory.buffer(address, bytes);
        while (at.hasRemaining()) {
            at.put((byte) 1);
        }
    }
}
