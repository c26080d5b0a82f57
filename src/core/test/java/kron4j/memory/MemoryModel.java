package kron4j.memory;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kron4j.memory.MemorySource.Block;

/**
 * What streams did with every byte: a new use of memory must be ordered after the old ones, by its own stream, by waits, or because they are done.
 */
final class MemoryModel {
    private record Use(FakeStream stream, long number) {}

    /** Memory that was used before, and how; {@code uses} is null while it is in use. */
    private record Past(long end, List<Use> uses) {}

    private static final class Live {
        final List<Use> all = new ArrayList<>();
        Use lastWrite;
    }

    private final TreeMap<Long, Past> past = new TreeMap<>();
    private final Map<Long, Live> live = new HashMap<>();

    void allocated(Block block, FakeStream stream) {
        long begin = block.address();
        long end = begin + block.bytes();
        Map.Entry<Long, Past> entry = past.lowerEntry(end);
        while (entry != null && entry.getValue().end > begin) {
            Past old = entry.getValue();
            assertTrue(old.uses != null, "overlaps a block in use");
            for (Use use : old.uses) {
                assertTrue(stream.isAfter(use.stream, use.number), "the block may still be in use on another stream");
            }
            past.remove(entry.getKey());
            if (entry.getKey() < begin) {
                past.put(entry.getKey(), new Past(begin, old.uses));
            }
            if (old.end > end) {
                past.put(end, new Past(old.end, old.uses));
            }
            entry = past.lowerEntry(end);
            if (entry != null && entry.getKey() < begin && entry.getValue().end <= begin) {
                break;
            }
        }
        past.put(begin, new Past(end, null));
        Live uses = new Live();
        live.put(begin, uses);
        uses.lastWrite = new Use(stream, stream.work());
        uses.all.add(uses.lastWrite);
    }

    void used(Block block, FakeStream stream, boolean writes) {
        Live uses = live.get(block.address());
        for (Use use : writes ? uses.all : List.of(uses.lastWrite)) {
            assertTrue(stream.isAfter(use.stream, use.number), "not ordered after an earlier use");
        }
        Use use = new Use(stream, stream.work());
        if (writes) {
            uses.all.clear();
            uses.lastWrite = use;
        }
        uses.all.add(use);
    }

    void freed(Block block) {
        Live uses = live.remove(block.address());
        past.put(block.address(), new Past(block.address() + block.bytes(), uses.all));
    }
}
