package kron4j.bench.compare;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import kron4j.bench.peer.Row;

/**
 * A row and what each peer took for it.
 *
 * @param row the workload
 * @param runs the peers' results by name, Kron4J's first
 */
record Result(Row row, Map<String, Run> runs) {
    /** The peer that the others are compared with. */
    static final String OURS = "Kron4J";

    /** Peers that do less than a row asks for. */
    static final List<String> FLOORS = List.of("OpenBLAS", "copy");

    Run ours() {
        return run(OURS);
    }

    Run run(String peer) {
        return runs.getOrDefault(peer, Run.none(Run.Status.MISSING, ""));
    }

    /** A peer's time over ours, where both have one. */
    OptionalDouble ratio(String peer) {
        return ours().ok() && run(peer).ok()
                ? OptionalDouble.of(run(peer).seconds() / ours().seconds())
                : OptionalDouble.empty();
    }

    /** The fastest of the other libraries. */
    Optional<String> best() {
        return runs.entrySet().stream()
                .filter(e -> !e.getKey().startsWith(OURS)
                        && !FLOORS.contains(e.getKey())
                        && e.getValue().ok())
                .min(Comparator.comparingDouble(e -> e.getValue().seconds()))
                .map(Map.Entry::getKey);
    }
}
