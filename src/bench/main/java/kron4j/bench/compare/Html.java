package kron4j.bench.compare;

import static kron4j.bench.compare.Svg.escape;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** A report as a page that needs nothing beside itself. */
final class Html {
    private final Report report;
    private final Charts charts;
    private final List<String> libraries;

    Html(Report report) {
        this.report = report;
        this.charts = new Charts(report);
        this.libraries = report.peers().keySet().stream()
                .filter(name -> !name.equals(Result.OURS) && !Result.FLOORS.contains(name))
                .filter(name -> report.mean(name).isPresent())
                .toList();
    }

    void write(Path file) {
        try {
            Files.writeString(file, page());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    String page() {
        StringBuilder page = new StringBuilder();
        page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")
                .append("<title>Kron4J beside other libraries</title>\n<style>\n")
                .append(style())
                .append("</style>\n</head>\n<body>\n<main>\n<h1>Kron4J beside other libraries</h1>\n");
        head(page);
        Map<String, List<Result>> suites = report.results().stream()
                .collect(Collectors.groupingBy(r -> r.row().suite(), LinkedHashMap::new, Collectors.toList()));
        page.append(
                "<h2>Time over Kron4J's</h2>\n<p>To the right of 1 Kron4J is faster. Point at a dot for the times.</p>\n");
        legend(page, libraries);
        suites.forEach(
                (suite, results) -> page.append("<h3>" + suite + "</h3>\n").append(charts.ratios(results, libraries)));
        page.append(
                "<h2>Share of the roofline</h2>\n<p>The larger of the time of copying as many bytes and that of as many operations"
                        + " in a large product, over Kron4J's time. A row in the caches may come above 100%.</p>\n");
        page.append(charts.roofline(report.results()));
        Map<String, List<Result>> curves = charts.curves();
        if (!curves.isEmpty()) {
            page.append("<h2>Time over size</h2>\n");
            legend(page, List.copyOf(report.peers().keySet()));
            page.append("<div class=\"curves\">\n");
            curves.forEach((name, rows) -> page.append("<figure>" + charts.curve(name, rows) + "<figcaption>"
                    + escape(name) + "</figcaption></figure>\n"));
            page.append("</div>\n");
        }
        table(page);
        return page.append("</main>\n</body>\n</html>\n").toString();
    }

    private void head(StringBuilder page) {
        Machine machine = report.machine();
        page.append("<p>"
                + escape(machine.date() + " · " + machine.processor() + " · " + machine.threads() + " threads of "
                        + machine.cores() + " cores · " + machine.system() + " · " + machine.java()
                        + " · load at the start "
                        + machine.load() + " " + machine.options())
                + "</p>\n<div class=\"cards\">\n");
        report.meanOfBest()
                .ifPresent(mean ->
                        card(page, "best of all", mean, "", report.results().size()));
        for (String name : libraries) {
            long rows = report.results().stream()
                    .filter(r -> r.ratio(name).isPresent())
                    .count();
            card(page, name, report.mean(name).getAsDouble(), charts.style(name), rows);
        }
        page.append("</div>\n<dl>\n");
        report.peers()
                .forEach((name, version) ->
                        page.append("<dt>" + escape(name) + "</dt><dd>" + escape(version) + "</dd>\n"));
        page.append("</dl>\n");
    }

    private static void card(StringBuilder page, String name, double mean, String style, long rows) {
        page.append("<div class=\"card\"><span class=\"key " + style + "\"></span>" + escape(name) + "<strong>"
                + Table.ratio(mean) + "</strong><small>geometric mean of " + rows + " rows</small></div>\n");
    }

    private void legend(StringBuilder page, List<String> names) {
        page.append("<p class=\"legend\">");
        names.forEach(name -> page.append(
                "<span><span class=\"key " + charts.style(name) + "\"></span>" + escape(name) + "</span>\n"));
        page.append("</p>\n");
    }

    private void table(StringBuilder page) {
        List<String> peers = List.copyOf(report.peers().keySet());
        page.append(
                "<h2>Times</h2>\n<p>+- is the larger of the distance of the two runs and of the quartiles; MiB is how much Kron4J's"
                        + " process grew at most.</p>\n<div class=\"scroll\"><table>\n<thead><tr><th>row</th><th>dtype</th>");
        peers.forEach(name -> page.append("<th>" + escape(name) + "</th>"));
        page.append("<th>+-</th><th>MiB</th><th>roofline</th></tr></thead>\n<tbody>\n");
        for (Result result : report.results()) {
            page.append("<tr><td>"
                    + escape(result.row().suite() + "/" + result.row().name()) + "</td><td>"
                    + result.row().dtype() + "</td>");
            for (String name : peers) {
                Run run = result.run(name);
                boolean best = result.best().filter(name::equals).isPresent()
                        && result.ratio(name).orElse(2) < 1;
                page.append(
                        "<td class=\"" + (best ? "best" : run.status().name().toLowerCase(Locale.ROOT)) + "\" title=\""
                                + escape(run.detail()) + "\">" + Table.time(run) + "</td>");
            }
            OptionalDouble roofline = report.roofline(result);
            Run ours = result.ours();
            page.append("<td>" + (ours.ok() ? Table.percent(ours.noise()) : "") + "</td><td>"
                    + (ours.peak() < 0 ? "" : Math.round(ours.peak() / 1048576.0)) + "</td><td>"
                    + (roofline.isPresent() ? Table.percent(roofline.getAsDouble()) : "") + "</td></tr>\n");
        }
        page.append("</tbody>\n</table></div>\n");
    }

    private static String style() {
        try (InputStream in = Html.class.getResourceAsStream("/kron4j/bench/page.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
