package kron4j.bench.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kron4j.bench.compare.Run.Status;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Timing;
import kron4j.bench.reference.Reference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A comparison goes on whatever a peer does, and says what it was. */
class ComparisonTest {
    private static final Timing SHORT = new Timing(0, 0.02, 3, 10);

    @TempDir
    private Path directory;

    private static Row add() {
        return Rows.all().stream()
                .filter(row -> row.id().equals("small/add 16x16 float64"))
                .findFirst()
                .orElseThrow();
    }

    private static Peer fake(String fault, double limit) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classPath = System.getProperty("java.class.path");
        return new ChildPeer(fault, false, limit, 1, List.of(java, "-cp", classPath, FakePeer.class.getName(), fault));
    }

    private static Result compare(Peer... peers) {
        try {
            return new Comparison(List.of(peers), SHORT, (row, peer) -> {}).result(add());
        } finally {
            List.of(peers).forEach(Peer::close);
        }
    }

    @Test
    void faultsAreResultsAndOthersGoOn() {
        Map<String, Run> runs = compare(
                        fake("throws", 60),
                        fake("dies", 60),
                        fake("differs", 60),
                        fake("missing", 60),
                        fake("mute", 60),
                        fake("unsupported", 60),
                        fake("right", 60))
                .runs();
        assertEquals(Status.FAILS, runs.get("throws").status());
        assertTrue(runs.get("throws").detail().contains("out of luck"));
        assertEquals(Status.FAILS, runs.get("dies").status());
        assertTrue(runs.get("dies").detail().contains("status 3"), runs.get("dies")::detail);
        assertEquals(Status.DIFFERS, runs.get("differs").status());
        assertTrue(runs.get("differs").detail().startsWith("element 0 is "), runs.get("differs")::detail);
        assertEquals(Status.MISSING, runs.get("missing").status());
        assertTrue(runs.get("missing").detail().contains("no such library"));
        assertEquals(Status.MISSING, runs.get("mute").status());
        assertTrue(runs.get("mute").detail().endsWith("cannot start"), runs.get("mute")::detail);
        assertEquals(Status.UNSUPPORTED, runs.get("unsupported").status());
        assertEquals(Status.OK, runs.get("right").status());
        assertTrue(runs.get("right").seconds() >= 0.002);
    }

    @Test
    void whoHangsIsEndedAndStartedAgain() {
        try (Peer peer = fake("hangs", 0.5)) {
            for (int row = 0; row < 2; row++) {
                Run run = peer.run(add(), Reference.of(add()), SHORT);
                assertEquals(Status.HANGS, run.status(), run::detail);
                assertEquals("no answer within 0.5 s", run.detail());
            }
        }
    }

    @Test
    void aPeerGoesOnAfterAWrongResult() {
        try (Peer peer = fake("differs", 60)) {
            for (int row = 0; row < 2; row++) {
                assertEquals(
                        Status.DIFFERS,
                        peer.run(add(), Reference.of(add()), SHORT).status());
            }
        }
    }

    @Test
    void theFasterOfTwoRunsCountsAndTheirDistanceIsNoise() {
        Run slow = Run.of(List.of(3.0, 3.0, 3.0), 5);
        Run fast = Run.of(List.of(2.0, 2.0, 2.2), 7);
        Run both = slow.with(fast);
        assertEquals(2.0, both.seconds());
        assertEquals(0.5, both.noise());
        assertEquals(7, both.peak());
        assertEquals(Status.HANGS, slow.with(Run.none(Status.HANGS, "late")).status());
    }

    @Test
    void theCommandTimesARow() {
        StringWriter out = new StringWriter();
        Path json = directory.resolve("results.json");
        int code = new CommandLine(new BenchCommand())
                .setOut(new PrintWriter(out))
                .execute(
                        "--row",
                        "small/add 16x16 float32",
                        "--peers",
                        "none",
                        "--seconds",
                        "0.01",
                        "--threads",
                        "1",
                        "--quiet",
                        "--json",
                        json.toString());
        assertEquals(0, code, out::toString);
        assertTrue(out.toString().contains("| small/add 16x16 | float32 |"), out::toString);
        Report report = Report.read(json);
        Result result = report.results().get(0);
        assertEquals(Status.OK, result.ours().status());
        assertTrue(report.peers().get(Result.OURS).contains("OpenBLAS"));
    }

    @Test
    void aWrongCommandLineNamesWhatThereIs() {
        StringWriter err = new StringWriter();
        int code =
                new CommandLine(new BenchCommand()).setErr(new PrintWriter(err)).execute("--suite", "nothing");
        assertEquals(2, code);
        assertTrue(err.toString().contains("suites are einsum, tccg, gemm"), err::toString);
    }
}
