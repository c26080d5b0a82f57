package kron4j.memory;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import kron4j.DeviceMemoryException;
import kron4j.memory.MemorySource.Block;
import org.junit.jupiter.api.Test;

/** The allocator over a device and streams that only count. */
class StreamOrderedMemoryTest {
    private static final long MIB = 1 << 20;

    private final FakeStream[] streams = new FakeStream[4];
    private FakeStream current;
    private FakeMemory device;
    private StreamOrderedMemory memory;

    /** A device of that many bytes with streams that get on by chance. */
    private void make(long capacity, boolean debug) {
        SplittableRandom progress = new SplittableRandom(capacity);
        for (int i = 0; i < streams.length; i++) {
            streams[i] = new FakeStream(i, progress);
        }
        current = streams[0];
        device = new FakeMemory(capacity);
        memory = new StreamOrderedMemory("cuda:0", device, capacity, () -> current, debug);
    }

    private Block allocate(FakeStream stream, long bytes) {
        current = stream;
        Block block = memory.allocate(bytes);
        current.work();
        return block;
    }

    @Test
    void aBlockWastesASixtyFourthAtMost() {
        for (long bytes = 0; bytes < 300_000; bytes += 7) {
            checkClass(bytes);
        }
        for (int i = 18; i < 56; i++) {
            checkClass((1L << i) - 1);
            checkClass(1L << i);
            checkClass((1L << i) + 1);
        }
    }

    private static void checkClass(long bytes) {
        long size = Bins.roundUp(bytes);
        assertTrue(size >= bytes && size % 256 == 0, bytes + " in " + size);
        assertTrue(size <= Math.max(bytes + 255 + bytes / 64, 256), bytes + " in " + size);
        assertEquals(size, Bins.roundUp(size), "a class serves itself");
        int bin = Bins.bin(size);
        assertEquals(bin, Bins.bin(size + (Bins.roundUp(size + 1) - size) - 256), "the bin ends below the next class");
        assertEquals(bin + 1, Bins.bin(Bins.roundUp(size + 1)), "no bin without a class");
    }

    /** A million random steps on four streams, each checked against {@link MemoryModel}. */
    @Test
    void aMillionStepsAgainstTheModel() {
        for (int trace = 0; trace < 4; trace++) {
            SplittableRandom random = new SplittableRandom(trace);
            make((trace % 2 == 0 ? 512 : 96) * MIB, trace == 3);
            MemoryModel model = new MemoryModel();
            List<Block> live = new ArrayList<>();
            int refusals = 0;
            for (int step = 0; step < 250_000; step++) {
                current = streams[random.nextInt(4)];
                int choice = random.nextInt(100);
                if (choice < 45) {
                    long bytes = (long) Math.exp(random.nextDouble(Math.log(16 * MIB)));
                    try {
                        Block block = memory.allocate(bytes);
                        assertTrue(block.bytes() >= bytes && block.address() % 256 == 0);
                        model.allocated(block, current);
                        live.add(block);
                    } catch (DeviceMemoryException e) {
                        refusals++;
                        assertTrue(memory.statistics().reserved() + bytes > device.capacity() / 2, e::getMessage);
                        for (int i = 0; i < live.size() / 2; i++) {
                            free(model, live, random);
                        }
                    }
                } else if (choice < 55 && !live.isEmpty()) {
                    Block block = live.get(random.nextInt(live.size()));
                    boolean writes = random.nextBoolean();
                    memory.use(block, writes);
                    model.used(block, current, writes);
                } else if (choice < 99 && !live.isEmpty()) {
                    free(model, live, random);
                } else if (choice == 99 && random.nextInt(100) == 0) {
                    memory.trim();
                }
                if (step % 1000 == 0) {
                    assertEquals(
                            live.stream().mapToLong(Block::bytes).sum(),
                            memory.statistics().live());
                    assertEquals(device.used(), memory.statistics().reserved());
                }
            }
            assertTrue(trace % 2 == 0 || refusals > 0, "the small device was full at times");
            while (!live.isEmpty()) {
                free(model, live, random);
            }
            assertEquals(device.used(), memory.trim());
            assertEquals(0, device.used(), "everything merged into whole segments again");
            assertEquals(0, memory.statistics().reserved());
        }
    }

    private void free(MemoryModel model, List<Block> live, SplittableRandom random) {
        Block block = live.remove(random.nextInt(live.size()));
        model.freed(block);
        memory.free(block);
    }

    /** Random sizes on a device of 1.1 times what is in use: next to no request is refused for fragments. */
    @Test
    void aDeviceThatIsNearlyFullServesRandomSizes() {
        long most = 4096 * MIB;
        make(most / 10 * 11, false);
        SplittableRandom random = new SplittableRandom(5);
        List<Block> live = new ArrayList<>();
        long used = 0;
        int refusals = 0;
        for (int step = 0; step < 20_000; step++) {
            long bytes = (long) Math.exp(random.nextDouble(Math.log(MIB), Math.log(64 * MIB)));
            while (used + bytes > most / 100 * 95) {
                Block block = live.remove(random.nextInt(live.size()));
                used -= block.bytes();
                memory.free(block);
            }
            try {
                Block block = memory.allocate(bytes);
                used += block.bytes();
                live.add(block);
            } catch (DeviceMemoryException e) {
                refusals++;
            }
        }
        assertTrue(refusals < 20, refusals + " of 20000 refused");
        assertTrue(device.used() <= most / 10 * 11);
    }

    @Test
    void aHugeBlockHasASegmentThatIsReusedWholeOrNotAtAll() {
        make(256 * MIB, false);
        Block block = allocate(streams[0], 80 * MIB);
        memory.free(block);
        assertNotEquals(block, allocate(streams[0], 65 * MIB), "an eighth and more would be unused");
        assertSame(block, allocate(streams[0], 75 * MIB));
        assertEquals(80 * MIB, block.bytes());
        assertEquals((80 + 66) * MIB, device.used());
    }

    @Test
    void aStreamReusesItsBlocksAtOnce() {
        make(64 * MIB, false);
        Block first = allocate(streams[0], 1000);
        long address = first.address();
        memory.free(first);
        assertEquals(address, allocate(streams[0], 1024).address());
        assertEquals(0, streams[0].waits() + streams[0].synchronisations());
    }

    @Test
    void anotherStreamHasABlockOnlyAfterTheWorkOnIt() {
        make(64 * MIB, false);
        Block whole = allocate(streams[0], 20 * MIB);
        long address = whole.address();
        memory.free(whole);
        Block other = allocate(streams[1], 20 * MIB);
        assertNotEquals(address, other.address(), "stream 0 may still work on it");
        streams[0].finish();
        assertEquals(address, allocate(streams[1], 20 * MIB).address(), "the event is past");
        assertEquals(0, streams[1].waits() + streams[0].synchronisations(), "nobody waited");
    }

    @Test
    void whenMemoryIsShortTheOtherStreamWaitsOnTheDevice() {
        make(20 * MIB, false);
        Block whole = allocate(streams[0], 20 * MIB);
        memory.free(whole);
        assertEquals(whole.address(), allocate(streams[1], 20 * MIB).address());
        assertEquals(1, streams[1].waits());
        assertEquals(0, streams[0].synchronisations());
    }

    @Test
    void aBlockOfSeveralStreamsIsFreeOnceAllAreThrough() {
        make(128 * MIB, false);
        Block shared = allocate(streams[0], 20 * MIB);
        long address = shared.address();
        for (FakeStream reader : List.of(streams[1], streams[2])) {
            current = reader;
            memory.use(shared, false);
            memory.use(shared, false);
            reader.work();
            assertEquals(1, reader.waits(), "for the write, once");
        }
        current = streams[0];
        memory.use(shared, false);
        assertEquals(0, streams[0].waits(), "readers do not wait for each other");
        memory.free(shared);
        assertNotEquals(address, allocate(streams[0], 20 * MIB).address());
        streams[0].finish();
        streams[1].finish();
        assertNotEquals(address, allocate(streams[0], 20 * MIB).address());
        streams[2].finish();
        assertEquals(address, allocate(streams[0], 20 * MIB).address());
        assertEquals(0, streams[0].waits() + streams[0].synchronisations(), "nobody waited for it");
    }

    @Test
    void aWriteWaitsForAllReaders() {
        make(64 * MIB, false);
        Block shared = allocate(streams[0], 100);
        current = streams[1];
        memory.use(shared, false);
        long read = streams[1].work();
        current = streams[2];
        memory.use(shared, true);
        assertTrue(streams[2].isAfter(streams[1], read));
        assertEquals(2, streams[2].waits());
        memory.use(shared, true);
        assertEquals(2, streams[2].waits(), "it is the only user now");
        memory.free(shared);
        assertSame(shared, allocate(streams[2], 100), "and reuses it");
    }

    @Test
    void theRefusalHasTheNumbersAndTheDeviceStaysGood() {
        make(128 * MIB, false);
        Block held = allocate(streams[0], 100 * MIB);
        memory.free(allocate(streams[0], 10 * MIB));
        DeviceMemoryException e = refused(
                DeviceMemoryException.class,
                () -> memory.allocate(2048 * MIB),
                "cuda:0: cannot allocate 2.0 GiB: 100.0 MiB in use, 20.0 MiB cached (freed and retried), limit 128.0 MiB;"
                        + " see Device.memoryReport()");
        assertTrue(e.getCause().getMessage().contains("fake: no"), "what upstream said");
        assertEquals(100 * MIB, device.used(), "the cache was freed");
        refused(DeviceMemoryException.class, () -> memory.allocate(Long.MAX_VALUE), "cannot allocate 8.0 EiB");
        Block rest = allocate(streams[0], 28 * MIB);
        refused(
                DeviceMemoryException.class,
                () -> memory.allocate(1),
                "cannot allocate 1 B",
                "128.0 MiB in use, 0 B cached");
        memory.free(rest);
        assertEquals(rest.bytes(), allocate(streams[0], 28 * MIB).bytes());
        memory.free(held);
        assertEquals(100 * MIB, allocate(streams[1], 100 * MIB).bytes());
    }

    @Test
    void smallBlocksFindRoomInLargeSegmentsWhenNothingElseIsLeft() {
        make(20 * MIB, false);
        Block large = allocate(streams[0], 10 * MIB);
        Block small = allocate(streams[1], 500);
        assertEquals(20 * MIB, device.used());
        memory.free(large);
        memory.free(small);
        assertEquals(20 * MIB, memory.trim());
    }

    @Test
    void smallBlocksShareSegments() {
        make(64 * MIB, false);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < 8192; i++) {
            blocks.add(allocate(streams[0], 256));
        }
        assertEquals(2 * MIB, device.used());
        blocks.forEach(memory::free);
        assertEquals(2 * MIB, memory.trim());
    }

    @Test
    void peaksAndCounts() {
        make(64 * MIB, false);
        Block a = allocate(streams[0], 256);
        Block b = allocate(streams[0], 512);
        memory.free(a);
        assertEquals(new MemorySource.Statistics(512, 768, 2 * MIB - 512, 2), memory.statistics());
        memory.resetPeak();
        assertEquals(512, memory.statistics().peak());
        memory.free(b);
    }

    @Test
    void aSecondFreeIsRefusedAndInDebugModeSaysWhereTheFirstWas() {
        make(64 * MIB, true);
        Block block = allocate(streams[0], 256);
        memory.free(block);
        Block again = allocate(streams[0], 256);
        assertEquals(block.address(), again.address());
        IllegalStateException e =
                refused(IllegalStateException.class, () -> memory.free(block), "cuda:0: a block was freed twice");
        assertEquals("freed here before", e.getCause().getMessage());
        assertEquals(
                "aSecondFreeIsRefusedAndInDebugModeSaysWhereTheFirstWas",
                e.getCause().getStackTrace()[1].getMethodName());
        memory.free(again);

        make(64 * MIB, false);
        Block plain = allocate(streams[0], 256);
        memory.free(plain);
        e = refused(IllegalStateException.class, () -> memory.free(plain), "freed twice", "-Dkron4j.debug=true");
        assertNull(e.getCause());
        assertEquals(0, memory.statistics().live());
    }

    @Test
    void whatAGraphUsesStaysUntilItIsClosed() {
        make(64 * MIB, false);
        Block input = allocate(streams[0], 2 * MIB);
        Block unrelated = allocate(streams[0], 3 * MIB);
        current = streams[1];
        Capture capture = memory.capture();
        Block scratch = memory.allocate(4 * MIB);
        long scratchAt = scratch.address();
        memory.use(input, false);
        memory.free(scratch);
        Block result = memory.allocate(4 * MIB);
        assertEquals(scratchAt, result.address(), "reused inside the graph");
        capture.end();
        assertEquals(0, streams[1].waits(), "no event while it is recorded");

        long inputAt = input.address();
        memory.free(input);
        memory.free(unrelated);
        for (int i = 0; i < 5; i++) {
            current = streams[i % 2];
            capture.order();
            current.work();
            streams[i % 2].finish();
            Block other = allocate(streams[0], 2 * MIB);
            assertNotEquals(inputAt, other.address());
            memory.free(other);
        }
        current = streams[2];
        memory.use(result, false);
        long read = streams[2].work();
        current = streams[0];
        capture.order();
        assertTrue(streams[0].isAfter(streams[2], read), "a run overwrites the result");
        long reserved = device.used();
        memory.free(result);
        memory.trim();
        assertEquals(reserved, device.used(), "nothing of the graph was given back");
        long lastRun = streams[0].work();
        capture.close();
        current = streams[3];
        for (int i = 0; i < 100; i++) {
            Block block = allocate(streams[3], 1_500_000);
            boolean graphs = block.address() >= scratchAt && block.address() < scratchAt + 20 * MIB;
            assertTrue(!graphs || streams[3].isAfter(streams[0], lastRun), "the last run may still work on it");
            if (i % 3 == 0) {
                memory.free(block);
            }
            if (device.used() == 60 * MIB) {
                break;
            }
        }
    }

    @Test
    void resultsOfAClosedGraphStayInUse() {
        make(64 * MIB, false);
        Capture capture = memory.capture();
        Block result = memory.allocate(100);
        capture.close();
        Block other = memory.allocate(100);
        assertTrue(other.address() != result.address());
        assertEquals(512, memory.statistics().live());
        memory.free(result);
        memory.free(other);
        memory.trim();
        assertEquals(0, device.used());
    }

    @Test
    void aStreamRecordsOneGraphAtATime() {
        make(64 * MIB, false);
        try (Capture capture = memory.capture()) {
            refused(IllegalStateException.class, memory::capture, "cuda:0: the stream is already recording");
            capture.end();
        }
        memory.capture().close();
    }

    @Test
    void aRecordingStreamIsThroughWithWhatItFreed() {
        make(64 * MIB, false);
        Block freed = allocate(streams[0], 20 * MIB);
        long address = freed.address();
        memory.free(freed);
        Capture capture = memory.capture();
        assertEquals(1, streams[0].synchronisations());
        assertEquals(address, allocate(streams[1], 20 * MIB).address());
        assertEquals(0, streams[1].waits());
        current = streams[0];
        assertNotEquals(address, memory.allocate(20 * MIB).address());
        assertEquals(1, streams[0].synchronisations(), "a recording cannot wait for its stream");
        capture.close();
    }

    @Test
    void aRunOfAGraphGoesAfterItsLastRun() {
        make(64 * MIB, false);
        Capture capture = memory.capture();
        memory.free(memory.allocate(MIB));
        capture.end();
        current = streams[1];
        capture.order();
        long run = streams[1].work();
        current = streams[2];
        capture.order();
        assertTrue(streams[2].isAfter(streams[1], run), "they work in the same memory");
        assertEquals(0, streams[1].waits());
        capture.close();
    }

    /** What two graphs use and its owner freed is everybody's once both are closed and through; a second close changes nothing. */
    @Test
    void whatGraphsHeldIsFreeAfterTheirLastRuns() {
        make(128 * MIB, false);
        Block input = allocate(streams[0], 20 * MIB);
        long address = input.address();
        Capture[] captures = new Capture[2];
        for (int i = 0; i < 2; i++) {
            current = streams[i + 1];
            captures[i] = memory.capture();
            memory.use(input, false);
            captures[i].end();
            captures[i].order();
            current.work();
        }
        current = streams[0];
        memory.free(input);
        streams[1].finish();
        captures[0].close();
        captures[0].close();
        assertNotEquals(address, allocate(streams[3], 20 * MIB).address(), "the other graph holds it");
        captures[1].close();
        streams[0].finish();
        streams[2].finish();
        assertEquals(address, allocate(streams[3], 20 * MIB).address());
        assertEquals(0, streams[3].waits());
    }

    @Test
    void aWorkspaceIsNotLive() {
        make(64 * MIB, false);
        Block workspace = memory.workspace(1000);
        assertEquals(1024, workspace.bytes());
        assertEquals(new MemorySource.Statistics(0, 0, 2 * MIB, 0), memory.statistics());
        memory.free(workspace);
        assertEquals(0, memory.statistics().live());
        assertEquals(2 * MIB, memory.trim());
    }

    /** The largest free segments go back first, and no more than the request needs, unless upstream still has no room. */
    @Test
    void givesBackWhatARequestNeeds() {
        make(100 * MIB, false);
        memory.free(allocate(streams[0], 22 * MIB));
        List<Block> twenty = List.of(allocate(streams[0], 20 * MIB), allocate(streams[0], 20 * MIB));
        memory.free(allocate(streams[0], 36 * MIB));
        twenty.forEach(memory::free);
        Block whole = allocate(streams[0], 30 * MIB);
        assertEquals((22 + 40 + 30) * MIB, device.used(), "36 MiB went back");
        assertEquals(1, streams[0].synchronisations());
        memory.free(whole);
        assertEquals((22 + 40 + 30) * MIB, memory.trim());

        device = new FakeMemory(100 * MIB);
        MemorySource fragmented = new MemorySource() {
            @Override
            public Block allocate(long bytes) {
                if (bytes > 40 * MIB && device.used() > 0) {
                    throw new DeviceMemoryException("no " + bytes + " in one piece");
                }
                return device.allocate(bytes);
            }

            @Override
            public void free(Block block) {
                device.free(block);
            }

            @Override
            public long trim() {
                return 7;
            }

            @Override
            public Statistics statistics() {
                return device.statistics();
            }
        };
        memory = new StreamOrderedMemory("cuda:0", fragmented, 100 * MIB, () -> current, false);
        List<Block> pieces = List.of(allocate(streams[0], 40 * MIB), allocate(streams[0], 30 * MIB));
        pieces.forEach(memory::free);
        assertEquals(50 * MIB, allocate(streams[0], 50 * MIB).bytes(), "all went back");
        assertEquals(50 * MIB, device.used());
        assertEquals(7, memory.trim());
    }

    @Test
    void manyThreadsOnTheirStreams() throws Exception {
        make(256 * MIB, false);
        ThreadLocal<FakeStream> own = new ThreadLocal<>();
        StreamOrderedMemory shared = new StreamOrderedMemory("cuda:0", device, 256 * MIB, own::get, false);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<?>> results = new ArrayList<>();
        try {
            for (int t = 0; t < 8; t++) {
                SplittableRandom random = new SplittableRandom(t);
                FakeStream stream = streams[t % 4];
                results.add(threads.submit(() -> {
                    own.set(stream);
                    List<Block> used = new ArrayList<>();
                    for (int i = 0; i < 20_000; i++) {
                        try {
                            used.add(shared.allocate((long) Math.exp(random.nextDouble(Math.log(8 * MIB)))));
                        } catch (DeviceMemoryException e) {
                            used.forEach(shared::free);
                            used.clear();
                        }
                        if (used.size() > 40) {
                            shared.free(used.remove(random.nextInt(used.size())));
                        }
                    }
                    used.forEach(shared::free);
                }));
            }
            for (Future<?> result : results) {
                result.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdown();
        }
        assertEquals(0, shared.statistics().live());
        shared.trim();
        assertEquals(0, device.used());
    }
}
