package kron4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import kron4j.DeviceMemoryException;
import kron4j.memory.MemorySource;
import kron4j.memory.Stream;
import kron4j.memory.StreamOrderedMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The stream-ordered allocator over a device that only counts: the cost of a cached block. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class AllocatorBench {
    private static final int HELD = 1000;

    /** Greatest size of blocks; sizes are uniform in their logarithm. */
    @Param({"1024", "1048576", "67108864"})
    public long largest;

    private final SplittableRandom random = new SplittableRandom(1);
    private final List<MemorySource.Block> held = new ArrayList<>();
    private final long[] sizes = new long[1 << 12];
    private StreamOrderedMemory memory;
    private int at;

    @Setup
    public void setUp() {
        Counting device = new Counting();
        memory = new StreamOrderedMemory("bench", device, Long.MAX_VALUE, () -> device, false);
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = (long) Math.exp(random.nextDouble(Math.log(256), Math.log(largest)));
        }
        for (int i = 0; i < HELD; i++) {
            held.add(memory.allocate(sizes[i]));
        }
    }

    /** A block of the same size over and over, among others that stay. */
    @Benchmark
    public void again() {
        memory.free(memory.allocate(largest));
    }

    /** One of a thousand blocks is freed, and another of another size allocated. */
    @Benchmark
    public void mixed() {
        at = (at + 1) & (sizes.length - 1);
        int slot = (int) (((at * 2654435761L) >>> 8) % HELD);
        memory.free(held.get(slot));
        held.set(slot, memory.allocate(sizes[at]));
    }

    /** A device and its one stream. */
    private static final class Counting implements MemorySource, Stream {
        private long next = 256;

        @Override
        public Block allocate(long bytes) {
            long address = next;
            next += bytes;
            if (next < 0) {
                throw new DeviceMemoryException("bench: no addresses left");
            }
            return Block.of(address, bytes);
        }

        @Override
        public void free(Block block) {}

        @Override
        public long trim() {
            return 0;
        }

        @Override
        public Statistics statistics() {
            return new Statistics(0, 0, 0, 0);
        }

        @Override
        public int index() {
            return 0;
        }

        @Override
        public void waitFor(Stream other) {}

        @Override
        public void mark() {}

        @Override
        public boolean reachedMark() {
            return true;
        }

        @Override
        public void synchronize() {}
    }
}
