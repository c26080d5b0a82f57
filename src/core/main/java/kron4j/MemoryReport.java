package kron4j;

import java.util.ArrayList;
import java.util.List;
import kron4j.memory.Bytes;
import kron4j.memory.MemorySource;

/**
 * A device's memory at one moment, in bytes.
 *
 * @param device the device's name
 * @param live the bytes that tensors hold
 * @param peak the most bytes held at a time
 * @param cached the bytes freed and kept for reuse
 * @param allocations the number of blocks handed out so far
 * @param scopes this thread's open scopes on the device, innermost first
 */
public record MemoryReport(String device, long live, long peak, long cached, long allocations, List<Scope> scopes) {
    /**
     * The memory of one scope; a storage shared by several of its tensors counts once.
     *
     * @param name the thread's name and the depth of the scope
     * @param tensors the number of tensors it owns
     * @param bytes the bytes of their storages
     */
    public record Scope(String name, int tensors, long bytes) {}

    /** {@return the bytes taken from the device: live and cached} */
    public long reserved() {
        return live + cached;
    }

    static MemoryReport of(Device device) {
        MemorySource.Statistics s = device.backend().memory().statistics();
        List<Scope> scopes = new ArrayList<>();
        for (TensorScope scope = TensorScope.current(); scope != null; scope = scope.parent()) {
            if (scope.device().equals(device)) {
                scopes.add(scope.report());
            }
        }
        return new MemoryReport(device.name(), s.live(), s.peak(), s.cached(), s.allocations(), List.copyOf(scopes));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                device + ": " + Bytes.text(live) + " live, " + Bytes.text(peak) + " peak, " + Bytes.text(cached)
                        + " cached, " + Bytes.text(reserved()) + " reserved, " + allocations + " allocations");
        for (Scope s : scopes) {
            text.append("\n  scope ")
                    .append(s.name())
                    .append(": ")
                    .append(s.tensors())
                    .append(" tensors, ")
                    .append(Bytes.text(s.bytes()));
        }
        return text.toString();
    }
}
