package kron4j.bench.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import kron4j.bench.compare.Run.Status;
import kron4j.bench.peer.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportTest {
    @TempDir
    private Path directory;

    private static Run seconds(double seconds, double noise) {
        return new Run(Status.OK, "", seconds, noise, 3 << 20);
    }

    /** Three rows: of 1 s, 2 s and 4 s times a factor. */
    private static Report report(double factor, double noise) {
        Map<String, String> versions = new LinkedHashMap<>();
        for (String peer : List.of("Kron4J", "NumPy", "Evil <&\"> \u00e9", "OpenBLAS", "copy")) {
            versions.put(peer, "1.0 of " + peer);
        }
        List<Result> results = new ArrayList<>();
        List<Row> rows = Rows.all().stream()
                .filter(r -> r.series().equals("matmul float64"))
                .limit(3)
                .toList();
        for (int i = 0; i < rows.size(); i++) {
            Map<String, Run> runs = new LinkedHashMap<>();
            double ours = (1 << i) * factor;
            runs.put("Kron4J", seconds(ours, noise));
            runs.put("NumPy", seconds(ours * (i == 0 ? 0.5 : 4), 0.01));
            runs.put("Evil <&\"> \u00e9", Run.none(Status.DIFFERS, "element 3 is <NaN> & not \"2\""));
            runs.put("OpenBLAS", seconds(ours / 4, 0.01));
            runs.put("copy", seconds(ours / 2, 0.01));
            results.add(new Result(rows.get(i), runs));
        }
        Machine machine = new Machine("2026-01-01 00:00", "processor", 2, 2, "Linux", "17", 0, "--quick");
        return new Report(machine, versions, Map.of("float64", 1e6), results);
    }

    @Test
    void comesBackFromItsFile() throws IOException {
        Path first = directory.resolve("first.json");
        Path second = directory.resolve("second.json");
        report(1, 0.02).write(first);
        Report read = Report.read(first);
        read.write(second);
        assertEquals(Files.readString(first), Files.readString(second));
        assertEquals(new Table(report(1, 0.02)).toString(), new Table(read).toString());
        Files.writeString(second, "no JSON {");
        UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> Report.read(second));
        assertTrue(e.getMessage().contains("second.json"));
    }

    @Test
    void tableHasRatiosMeansAndFaults() {
        String table = new Table(report(1, 0.02)).toString();
        assertTrue(table.contains("| gemm/64x64   | float64 | 1.00 s | 2% |   3 |  0.50 |"), table);
        assertTrue(table.contains("NumPy / ours, geometric mean: 2.00\n"), table);
        assertTrue(table.contains("differs: element 3 is"), table);
    }

    @Test
    void rooflineIsTheLargerFloor() {
        Report report = report(1, 0.02);
        // 2 * 64^3 operations at a million a second take 0.52 s, the copy 0.5 s.
        assertEquals(0.524288, report.roofline(report.results().get(0)).getAsDouble(), 1e-12);
        Report fast = new Report(report.machine(), report.peers(), Map.of("float64", 1e30), report.results());
        assertEquals(0.5, fast.roofline(report.results().get(0)).getAsDouble(), 1e-12);
        Report unknown = new Report(report.machine(), report.peers(), Map.of(), report.results());
        assertFalse(unknown.roofline(report.results().get(0)).isPresent());
    }

    @Test
    void onlyWhatIsBeyondTheNoiseOfBothHasChanged() {
        Changes slower = new Changes(report(1, 0.05), report(1.2, 0.05));
        assertEquals(3, slower.slower().size());
        assertEquals(0, slower.faster().size());
        assertTrue(
                slower.toString().contains("gemm/64x64 float64: 1.00 s -> 1.20 s, 1.20 times the time, noise 10%"),
                slower::toString);
        assertEquals(3, new Changes(report(1.2, 0.05), report(1, 0.05)).faster().size());
        Changes noisy = new Changes(report(1, 0.15), report(1.2, 0.1));
        assertEquals(0, noisy.slower().size() + noisy.faster().size());
        Changes small = new Changes(report(1, 0), report(1.04, 0));
        assertEquals(0, small.slower().size() + small.faster().size());
    }

    @Test
    void pageIsWellFormedAndNeedsNothing() throws Exception {
        String page = new Html(report(1, 0.02)).page();
        String xml = page.substring(page.indexOf("<html"));
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
        assertEquals(3, document.getElementsByTagName("svg").getLength());
        assertEquals(1 + 3, document.getElementsByTagName("tr").getLength());
        assertTrue(document.getElementsByTagName("circle").getLength() >= 3 + 3 * 4);
        assertEquals(3, document.getElementsByTagName("rect").getLength());
        for (String outside : List.of("http:", "https:", "url(", "<script", "<link", "@import")) {
            assertFalse(page.contains(outside), outside);
        }
    }
}
