package kron4j.bench.compare;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The drawings of a report. */
final class Charts {
    private static final int WIDTH = 960;
    private static final int NAMES = 330;
    private static final int LINE = 20;
    private static final int TOP = 26;

    private final Report report;
    private final List<String> peers;

    Charts(Report report) {
        this.report = report;
        this.peers = List.copyOf(report.peers().keySet());
    }

    /** The class of a peer's colour. */
    String style(String peer) {
        return "p" + peers.indexOf(peer);
    }

    // ---- ratios ----

    /** For each row of a suite the time of each library over ours, on a logarithmic axis. */
    String ratios(List<Result> results, List<String> libraries) {
        Svg svg = new Svg(WIDTH, TOP + LINE * results.size() + 4, "time of each library over Kron4J's");
        for (double tick : new double[] {0.01, 0.1, 0.5, 1, 2, 10, 100}) {
            double x = ratioX(tick);
            svg.line(x, TOP - 6, x, TOP + LINE * results.size(), tick == 1 ? "one" : "grid");
            svg.text(x, TOP - 10, "middle", tick == 1 ? "1" : String.format(Locale.ROOT, "%.3g", tick));
        }
        int y = TOP;
        for (Result result : results) {
            svg.text(NAMES - 10, y + LINE * 0.7, "end", label(result));
            for (String peer : libraries) {
                OptionalDouble ratio = result.ratio(peer);
                if (ratio.isPresent()) {
                    double r = ratio.getAsDouble();
                    String hint = label(result) + "\n" + peer + " " + Table.time(result.run(peer)) + ", Kron4J "
                            + Table.time(result.ours()) + ": " + Table.ratio(r);
                    svg.dot(ratioX(r), y + LINE * 0.5, 5, style(peer), hint);
                }
            }
            y += LINE;
        }
        return svg.toString();
    }

    private static double ratioX(double ratio) {
        double share = (Math.log10(Math.max(0.005, Math.min(200, ratio))) + 2.3) / 4.6;
        return NAMES + share * (WIDTH - NAMES - 10);
    }

    private static String label(Result result) {
        String name = result.row().name();
        return (name.length() > 42 ? name.substring(0, 40) + "…" : name) + " "
                + result.row().dtype().replace("float", "f");
    }

    // ---- roofline ----

    /** Our share of the roofline in each row that has one. */
    String roofline(List<Result> results) {
        List<Result> known =
                results.stream().filter(r -> report.roofline(r).isPresent()).toList();
        Svg svg = new Svg(WIDTH, TOP + LINE * known.size() + 4, "share of the roofline");
        for (int tick = 0; tick <= 125; tick += 25) {
            double x = NAMES + tick / 125.0 * (WIDTH - NAMES - 20);
            svg.line(x, TOP - 6, x, TOP + LINE * known.size(), tick == 100 ? "one" : "grid");
            svg.text(x, TOP - 10, "middle", tick + "%");
        }
        int y = TOP;
        for (Result result : known) {
            double share = report.roofline(result).getAsDouble();
            svg.text(NAMES - 10, y + LINE * 0.7, "end", label(result));
            double length = Math.min(share, 1.25) / 1.25 * (WIDTH - NAMES - 20);
            svg.bar(NAMES, y + 4, length, LINE - 8, style(Result.OURS), label(result) + ": " + Table.percent(share));
            y += LINE;
        }
        return svg.toString();
    }

    // ---- cost over size ----

    /** The curves' names with their rows, in the order of size. */
    Map<String, List<Result>> curves() {
        Map<String, List<Result>> curves = report.results().stream()
                .filter(r -> !r.row().series().isEmpty())
                .collect(Collectors.groupingBy(r -> r.row().series(), TreeMap::new, Collectors.toList()));
        curves.values().removeIf(rows -> rows.size() < 2);
        curves.values()
                .forEach(rows -> rows.sort(
                        (a, b) -> Double.compare(a.row().size(), b.row().size())));
        return curves;
    }

    /** The time over the size, both logarithmic, a line for each peer. */
    String curve(String name, List<Result> rows) {
        int width = 460;
        int height = 280;
        double[] times = rows.stream()
                .flatMap(r -> r.runs().values().stream())
                .filter(Run::ok)
                .mapToDouble(Run::seconds)
                .sorted()
                .toArray();
        Svg svg = new Svg(width, height, name);
        if (times.length == 0) {
            return svg.toString();
        }
        Axis x = new Axis(
                rows.get(0).row().size(), rows.get(rows.size() - 1).row().size(), 60, width - 15);
        Axis y = new Axis(times[0], times[times.length - 1], height - 35, 15);
        for (Result r : rows) {
            double at = x.at(r.row().size());
            svg.line(at, 15, at, height - 35, "grid");
            svg.text(at, height - 18, "middle", String.valueOf((long) r.row().size()));
        }
        for (int power = (int) Math.ceil(Math.log10(times[0]));
                Math.pow(10, power) <= times[times.length - 1];
                power++) {
            double at = y.at(Math.pow(10, power));
            svg.line(60, at, width - 15, at, "grid");
            svg.text(
                    54,
                    at + 4,
                    "end",
                    Table.time(Math.pow(10, power)).replace(".00", "").replace(".0", ""));
        }
        for (String peer : peers) {
            StringBuilder points = new StringBuilder();
            for (Result r : rows) {
                if (r.run(peer).ok()) {
                    double px = x.at(r.row().size());
                    double py = y.at(r.run(peer).seconds());
                    points.append(String.format(Locale.ROOT, "%.1f,%.1f ", px, py));
                    svg.dot(
                            px,
                            py,
                            4,
                            style(peer),
                            peer + ", " + (long) r.row().size() + ": " + Table.time(r.run(peer)));
                }
            }
            svg.path(points.toString().strip(), "curve " + style(peer));
        }
        return svg.toString();
    }

    /** A logarithmic axis from one place to another. */
    private record Axis(double least, double most, double from, double to) {
        double at(double value) {
            double range = Math.log(most / least);
            return range == 0 ? (from + to) / 2 : from + (to - from) * Math.log(value / least) / range;
        }
    }
}
