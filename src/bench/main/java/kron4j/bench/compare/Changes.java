package kron4j.bench.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What became slower or faster between two reports, beyond their noise. */
final class Changes {
    /** Below this share a change is none, whatever the noise was measured to be. */
    private static final double LEAST = 0.05;

    /**
     * A row whose time changed.
     *
     * @param row its name
     * @param before seconds in the older report
     * @param after seconds in the newer one
     * @param noise the noise of both together, as a share
     */
    record Change(String row, double before, double after, double noise) {
        double ratio() {
            return after / before;
        }

        private boolean significant() {
            double threshold = 1 + Math.max(noise, LEAST);
            return ratio() > threshold || ratio() < 1 / threshold;
        }

        @Override
        public String toString() {
            return row + ": " + Table.time(before) + " -> " + Table.time(after) + ", " + Table.ratio(ratio())
                    + " times the time, noise " + Table.percent(noise);
        }
    }

    private final List<Change> all = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private int compared;

    Changes(Report before, Report after) {
        if (!before.machine().processor().equals(after.machine().processor())
                || before.machine().threads() != after.machine().threads()) {
            warnings.add("the older report is of another machine or number of threads: "
                    + before.machine().processor() + ", " + before.machine().threads() + " threads");
        }
        Map<String, Result> old = before.results().stream()
                .collect(Collectors.toMap(r -> r.row().id(), Function.identity(), (a, b) -> b));
        for (Result result : after.results()) {
            Result former = old.get(result.row().id());
            if (former == null || !former.ours().ok()) {
                continue;
            }
            compared++;
            if (result.ours().ok()) {
                all.add(new Change(
                        result.row().id(),
                        former.ours().seconds(),
                        result.ours().seconds(),
                        former.ours().noise() + result.ours().noise()));
            } else {
                warnings.add(result.row().id() + ": " + Table.word(result.ours()) + " now");
            }
        }
    }

    /** What takes longer, the worst first. */
    List<Change> slower() {
        return all.stream()
                .filter(c -> c.significant() && c.ratio() > 1)
                .sorted(Comparator.comparingDouble(Change::ratio).reversed())
                .toList();
    }

    /** What takes less time, the best first. */
    List<Change> faster() {
        return all.stream()
                .filter(c -> c.significant() && c.ratio() < 1)
                .sorted(Comparator.comparingDouble(Change::ratio))
                .toList();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        warnings.forEach(w -> text.append(w).append('\n'));
        text.append(slower().size() + " slower, " + faster().size() + " faster, of " + compared + " rows in both\n");
        slower().forEach(c -> text.append("slower  ").append(c).append('\n'));
        faster().forEach(c -> text.append("faster  ").append(c).append('\n'));
        return text.toString();
    }
}
