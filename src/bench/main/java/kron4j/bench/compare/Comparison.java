package kron4j.bench.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Timing;
import kron4j.bench.reference.Expected;
import kron4j.bench.reference.Reference;

/** Runs rows on peers: each peer in turn, and then each once more, so that a drift of the machine shows. */
final class Comparison {
    static final int ROUNDS = 2;

    /** The product whose speed is the processor's. */
    private static final String LARGE = "1024x1024";

    private final List<Peer> peers;
    private final Timing timing;
    /** Told before each run. */
    private final BiConsumer<Row, Peer> watcher;

    Comparison(List<Peer> peers, Timing timing, BiConsumer<Row, Peer> watcher) {
        this.peers = peers;
        this.timing = timing;
        this.watcher = watcher;
    }

    /** Operations a second of OpenBLAS in a large product, for each dtype of the rows; none if it is not among the peers. */
    Map<String, Double> peaks(List<Row> rows) {
        Map<String, Double> peaks = new LinkedHashMap<>();
        for (Peer peer : peers) {
            if (peer.name().equals(Result.FLOORS.get(0))) {
                Rows.all().stream()
                        .filter(row -> row.name().equals(LARGE))
                        .filter(row -> rows.stream().anyMatch(r -> r.dtype().equals(row.dtype())))
                        .forEach(row -> {
                            Run run = peer.run(row, List.of(), timing);
                            if (run.ok()) {
                                peaks.put(row.dtype(), row.flops() / run.seconds());
                            }
                        });
            }
        }
        return peaks;
    }

    Result result(Row row) {
        List<Expected> expected = Reference.of(row);
        Map<String, Run> runs = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Peer peer : peers) {
                watcher.accept(row, peer);
                Run before = runs.get(peer.name());
                if (before == null) {
                    runs.put(peer.name(), peer.run(row, expected, timing));
                } else if (before.ok()) {
                    runs.put(peer.name(), before.with(peer.run(row, expected, timing)));
                }
            }
        }
        return new Result(row, runs);
    }
}
