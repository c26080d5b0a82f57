package kron4j.memory;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kron4j.DeviceMemoryException;
import kron4j.memory.MemorySource.Block;
import org.junit.jupiter.api.Test;

/** The memory sources on a device that only counts. */
class MemoryTest {
    @Test
    void aBlockWastesAnEighthAtMost() {
        for (long bytes = 0; bytes < 100_000; bytes++) {
            long size = CachingMemory.sizeClass(bytes);
            assertTrue(size >= bytes && size % 64 == 0, bytes + " in " + size);
            assertTrue(size <= Math.max(64, Math.max(bytes + 63, bytes + bytes / 8)), bytes + " in " + size);
            assertEquals(size, CachingMemory.sizeClass(size), "a class serves itself");
            int step = CachingMemory.index(bytes + 1) - CachingMemory.index(bytes);
            assertEquals(bytes + 1 == CachingMemory.sizeClass(bytes + 1) ? 1 : 0, step, "index of " + (bytes + 1));
        }
        assertEquals(Long.MAX_VALUE, CachingMemory.sizeClass(Long.MAX_VALUE - 1), "for the device to refuse");
    }

    /** Random requests against a model: the set of blocks in use, and the freed ones by size. */
    @Test
    void cacheAgainstItsModel() {
        for (int seed = 0; seed < 30; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            FakeMemory device = new FakeMemory(1 << 20);
            long maxCached = random.nextLong(1 << 19);
            CachingMemory cache = new CachingMemory(device, MemoryLimit.of(maxCached));
            List<Block> used = new ArrayList<>();
            Map<Long, Integer> freed = new HashMap<>();
            for (int step = 0; step < 2000; step++) {
                long live = used.stream().mapToLong(Block::bytes).sum();
                long cached = freed.entrySet().stream()
                        .mapToLong(e -> e.getKey() * e.getValue())
                        .sum();
                assertEquals(live, cache.statistics().live());
                assertEquals(cached, cache.statistics().cached());
                assertEquals(live + cached, device.used());
                assertTrue(cached <= maxCached);
                int choice = random.nextInt(100);
                if (choice < 55) {
                    long bytes = random.nextLong(1L << random.nextInt(1, 18));
                    long size = CachingMemory.sizeClass(bytes);
                    boolean hit = freed.getOrDefault(size, 0) > 0;
                    if (!hit && live + size > 1 << 20) {
                        assertThrows(DeviceMemoryException.class, () -> cache.allocate(bytes));
                        freed.clear();
                        continue;
                    }
                    Block block = cache.allocate(bytes);
                    assertEquals(size, block.bytes());
                    for (Block other : used) {
                        assertTrue(
                                block.address() + block.bytes() <= other.address()
                                        || other.address() + other.bytes() <= block.address(),
                                "overlap");
                    }
                    used.add(block);
                    if (hit) {
                        freed.merge(size, -1, Integer::sum);
                    } else if (live + cached + size > 1 << 20) {
                        freed.clear();
                    }
                } else if (choice < 98 && !used.isEmpty()) {
                    Block block = used.remove(random.nextInt(used.size()));
                    cache.free(block);
                    if (cached + block.bytes() <= maxCached) {
                        freed.merge(block.bytes(), 1, Integer::sum);
                    }
                } else if (choice >= 98) {
                    assertEquals(cached, cache.trim());
                    freed.clear();
                }
            }
            used.forEach(cache::free);
            cache.trim();
            assertEquals(0, device.used());
        }
    }

    @Test
    void theLimitIsNamedAndTheSourceStaysGood() {
        FakeMemory device = new FakeMemory(1 << 20);
        LimitedMemory limited = new LimitedMemory("gpu:3", device, MemoryLimit.of(4096));
        Block first = limited.allocate(3072);
        refused(
                DeviceMemoryException.class,
                () -> limited.allocate(2048),
                "gpu:3: cannot allocate 2.0 KiB: 3.0 KiB in use, limit 4.0 KiB",
                "close tensors or scopes, or raise the limit");
        refused(DeviceMemoryException.class, () -> limited.allocate(Long.MAX_VALUE), "8.0 EiB");
        Block second = limited.allocate(1024);
        limited.free(first);
        assertEquals(new MemorySource.Statistics(1024, 4096, 0, 2), limited.statistics());
        limited.free(second);
        assertEquals(0, device.used());
    }

    @Test
    void theMachineIsAskedOnceAndOnlyForMuch() {
        long most = 1L << 30;
        AtomicInteger asked = new AtomicInteger();
        MemoryLimit limit = MemoryLimit.ofMachine(() -> most + asked.getAndIncrement());
        LimitedMemory limited = new LimitedMemory("cpu", new FakeMemory(2 * most), limit);
        Block little = limited.allocate(1 << 20);
        assertEquals(0, asked.get());
        refused(DeviceMemoryException.class, () -> limited.allocate(most), "1.0 MiB in use, limit 1.0 GiB");
        Block rest = limited.allocate(most - (1 << 20));
        refused(DeviceMemoryException.class, () -> limited.allocate(1), "limit 1.0 GiB");
        refused(DeviceMemoryException.class, () -> limited.allocate(Long.MAX_VALUE), "limit 1.0 GiB");
        assertEquals(most / 4, limit.dividedBy(4).bytes());
        assertEquals(1, asked.get());
        limited.free(little);
        limited.free(rest);
    }

    /** A source may hand out more than was asked for: all of it counts, until it is freed. */
    @Test
    void whatIsRoundedUpCountsAgainstTheLimit() {
        FakeMemory device = new FakeMemory(1 << 20);
        LimitedMemory limited = new LimitedMemory(
                "cpu",
                new MemorySource() {
                    @Override
                    public Block allocate(long bytes) {
                        return device.allocate((bytes + 255) / 256 * 256);
                    }

                    @Override
                    public void free(Block block) {
                        device.free(block);
                    }

                    @Override
                    public long trim() {
                        return 13;
                    }

                    @Override
                    public Statistics statistics() {
                        return new Statistics(0, 0, 5, 0);
                    }
                },
                MemoryLimit.of(1000));
        Block first = limited.allocate(1);
        Block second = limited.allocate(300);
        assertEquals(new MemorySource.Statistics(768, 768, 5, 2), limited.statistics());
        refused(DeviceMemoryException.class, () -> limited.allocate(233), "768 B in use, limit 1000 B");
        limited.free(second);
        limited.free(first);
        assertEquals(new MemorySource.Statistics(0, 768, 5, 2), limited.statistics());
        limited.free(limited.allocate(1000));
        assertEquals(new MemorySource.Statistics(0, 1024, 5, 3), limited.statistics());
        assertEquals(13, limited.trim());
    }

    @Test
    void whatTheDeviceRefusesIsNotCounted() {
        LimitedMemory limited = new LimitedMemory("cpu", new FakeMemory(100), MemoryLimit.of(1000));
        refused(DeviceMemoryException.class, () -> limited.allocate(500), "fake: no 500 bytes");
        assertEquals(0, limited.statistics().live());
        assertEquals(100, limited.allocate(100).bytes());
    }

    @Test
    void theCacheGivesWayUnderALimit() {
        FakeMemory device = new FakeMemory(1 << 20);
        CachingMemory cache =
                new CachingMemory(new LimitedMemory("cpu", device, MemoryLimit.of(4096)), MemoryLimit.of(4096));
        cache.free(cache.allocate(2048));
        cache.free(cache.allocate(1024));
        assertEquals(3072, cache.statistics().cached());
        Block whole = cache.allocate(4096);
        assertEquals(4096, device.used(), "what was cached made room");
        refused(DeviceMemoryException.class, () -> cache.allocate(64), "limit 4.0 KiB");
        cache.free(whole);
        assertEquals(whole, cache.allocate(4090), "reused");
    }

    @Test
    void countsAndPeaks() {
        CountingMemory counting =
                new CountingMemory(new CachingMemory(new FakeMemory(1 << 20), MemoryLimit.of(1 << 20)));
        Block a = counting.allocate(100);
        Block b = counting.allocate(200);
        counting.free(a);
        assertEquals(
                new MemorySource.Statistics(b.bytes(), a.bytes() + b.bytes(), a.bytes(), 2), counting.statistics());
        counting.free(b);
        assertEquals(a.bytes() + b.bytes(), counting.trim());
        assertEquals(0, counting.statistics().live());
    }

    @Test
    void memoryOfForgottenTensorsIsWaitedFor() {
        FakeMemory device = new FakeMemory(128);
        Block forgotten = device.allocate(128);
        int[] attempts = {0};
        MemorySource slow = new MemorySource() {
            @Override
            public Block allocate(long bytes) {
                if (++attempts[0] == 3) {
                    device.free(forgotten);
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
        CollectingMemory collecting = new CollectingMemory(slow);
        Block block = collecting.allocate(100);
        assertEquals(3, attempts[0]);
        refused(DeviceMemoryException.class, () -> collecting.allocate(100), "fake: no 100 bytes");
        collecting.free(block);
        assertEquals(0, collecting.statistics().live());
        assertEquals(7, collecting.trim());
    }

    /** The cleaner takes longer for each than anyone would wait without seeing it work. */
    @Test
    void aSlowCleanerIsWaitedForAsLongAsItMakesProgress() {
        int pieces = 8;
        FakeMemory device = new FakeMemory(pieces * 100L);
        CollectingMemory collecting = new CollectingMemory(device);
        for (int i = 0; i < pieces; i++) {
            forget(collecting);
        }
        Block block = collecting.allocate(pieces * 100L);
        assertEquals(pieces * 100L, collecting.statistics().live());
        collecting.free(block);
    }

    private static void forget(CollectingMemory memory) {
        Block block = memory.allocate(100);
        Forgotten.register(new Object(), () -> {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            memory.free(block);
        });
    }

    @Test
    void manyThreads() throws Exception {
        FakeMemory device = new FakeMemory(1 << 24);
        CountingMemory memory = new CountingMemory(
                new CachingMemory(new LimitedMemory("cpu", device, MemoryLimit.of(1 << 22)), MemoryLimit.of(1 << 20)));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<?>> results = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            SplittableRandom random = new SplittableRandom(t);
            results.add(threads.submit(() -> {
                List<Block> used = new ArrayList<>();
                for (int i = 0; i < 5000; i++) {
                    try {
                        used.add(memory.allocate(random.nextLong(1 << 17)));
                    } catch (DeviceMemoryException e) {
                        used.forEach(memory::free);
                        used.clear();
                    }
                    if (used.size() > 20) {
                        memory.free(used.remove(random.nextInt(used.size())));
                    }
                }
                used.forEach(memory::free);
            }));
        }
        for (Future<?> result : results) {
            result.get(60, TimeUnit.SECONDS);
        }
        threads.shutdown();
        assertEquals(0, memory.statistics().live());
        assertTrue(memory.statistics().peak() <= 1 << 22);
        memory.trim();
        assertEquals(0, device.used());
    }

    @Test
    void aThreadThatIsInterruptedGetsTheReasonAndStaysInterrupted() {
        CollectingMemory collecting = new CollectingMemory(new FakeMemory(10));
        Thread.currentThread().interrupt();
        try {
            refused(DeviceMemoryException.class, () -> collecting.allocate(100), "fake: no 100 bytes left of 10");
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void requestsGoThroughAllSources() {
        int[] resets = {0};
        FakeMemory device = new FakeMemory(1 << 20);
        MemorySource bottom = new MemorySource() {
            @Override
            public Block allocate(long bytes) {
                return device.allocate(bytes);
            }

            @Override
            public void free(Block block) {
                device.free(block);
            }

            @Override
            public long trim() {
                return 1000;
            }

            @Override
            public void resetPeak() {
                resets[0]++;
            }

            @Override
            public Statistics statistics() {
                return device.statistics();
            }
        };
        CachingMemory cache =
                new CachingMemory(new LimitedMemory("cpu", bottom, MemoryLimit.of(4096)), MemoryLimit.of(4096));
        CollectingMemory collecting = new CollectingMemory(cache);
        collecting.free(collecting.allocate(128));
        assertEquals(1128, collecting.trim(), "what was cached, and what the source below gave back");
        new CollectingMemory(bottom).resetPeak();
        assertEquals(1, resets[0]);
    }
}
