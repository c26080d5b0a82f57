package kron4j.bench.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A report as a table that reads as Markdown too. */
final class Table {
    private final Report report;
    private final List<String> others;

    Table(Report report) {
        this.report = report;
        this.others = report.peers().keySet().stream()
                .filter(name -> !name.equals(Result.OURS))
                .filter(name -> report.results().stream()
                        .anyMatch(r -> !List.of(Run.Status.MISSING, Run.Status.UNSUPPORTED)
                                .contains(r.run(name).status())))
                .toList();
    }

    @Override
    public String toString() {
        List<List<String>> lines = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("row", "dtype", Result.OURS, "+-", "MiB"));
        others.forEach(name -> head.add(Result.FLOORS.contains(name) ? name + " floor" : name));
        head.addAll(List.of("best / ours", "of roofline"));
        lines.add(head);
        report.results().forEach(result -> lines.add(line(result)));
        return text(lines) + "\n" + summary();
    }

    private List<String> line(Result result) {
        Run ours = result.ours();
        List<String> cells = new ArrayList<>(List.of(
                result.row().suite() + "/" + result.row().name(),
                result.row().dtype(),
                time(ours),
                ours.ok() ? percent(ours.noise()) : "",
                ours.peak() < 0 ? "" : String.valueOf(Math.round(ours.peak() / 1048576.0))));
        for (String name : others) {
            OptionalDouble ratio = result.ratio(name);
            cells.add(ratio.isPresent() ? ratio(ratio.getAsDouble()) : time(result.run(name)));
        }
        cells.add(result.best()
                .map(name -> result.ratio(name))
                .filter(OptionalDouble::isPresent)
                .map(r -> ratio(r.getAsDouble()))
                .orElse(""));
        OptionalDouble roofline = report.roofline(result);
        cells.add(roofline.isPresent() ? percent(roofline.getAsDouble()) : "");
        return cells;
    }

    /** What no cell says: means, and faults in full. */
    private String summary() {
        StringBuilder text = new StringBuilder();
        for (String name : others) {
            report.mean(name)
                    .ifPresent(mean -> text.append(name)
                            .append(" / ours, geometric mean: ")
                            .append(ratio(mean))
                            .append('\n'));
        }
        report.meanOfBest()
                .ifPresent(mean -> text.append("best / ours, geometric mean: ")
                        .append(ratio(mean))
                        .append('\n'));
        for (Result result : report.results()) {
            result.runs().forEach((name, run) -> {
                if (List.of(Run.Status.FAILS, Run.Status.HANGS, Run.Status.DIFFERS)
                        .contains(run.status())) {
                    text.append(result.row().id() + ": " + name + " " + word(run) + ": " + run.detail() + "\n");
                }
            });
        }
        report.peers().forEach((name, version) -> text.append(name + ": " + version + "\n"));
        return text.toString();
    }

    private static String text(List<List<String>> lines) {
        int columns = lines.get(0).size();
        int[] widths = new int[columns];
        for (List<String> line : lines) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < lines.size(); row++) {
            for (int i = 0; i < columns; i++) {
                String cell = lines.get(row).get(i);
                String space = " ".repeat(widths[i] - cell.length());
                text.append("| ").append(i < 2 ? cell + space : space + cell).append(' ');
            }
            text.append("|\n");
            if (row == 0) {
                for (int i = 0; i < columns; i++) {
                    text.append(i < 2 ? "| " + "-".repeat(widths[i]) + " " : "| " + "-".repeat(widths[i] - 1) + ": ");
                }
                text.append("|\n");
            }
        }
        return text.toString();
    }

    // ---- numbers ----

    /** A time with its unit, or why there is none. */
    static String time(Run run) {
        return run.ok() ? time(run.seconds()) : word(run);
    }

    static String word(Run run) {
        return run.status() == Run.Status.UNSUPPORTED
                ? "-"
                : run.status().name().toLowerCase(Locale.ROOT);
    }

    static String time(double seconds) {
        double micros = seconds * 1e6;
        return micros < 1000
                ? digits(micros) + " us"
                : micros < 1e6 ? digits(micros / 1e3) + " ms" : digits(micros / 1e6) + " s";
    }

    static String ratio(double ratio) {
        return digits(ratio);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f%%", share * 100);
    }

    /** Three digits, or all before the point. */
    private static String digits(double v) {
        int decimals = v >= 99.95 ? 0 : v >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f", v);
    }
}
