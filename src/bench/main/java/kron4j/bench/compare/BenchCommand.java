package kron4j.bench.compare;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Timing;
import kron4j.cli.Progress;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kron4j bench}: Kron4J beside other libraries, in times of a call. */
@Command(
        name = "kron4j bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Times Kron4J beside other libraries, each in a process of its own, and beside floors: the bare calls of OpenBLAS, and a copy of as many bytes.",
            "A result is compared with one in float64 before it is timed. Each peer has two runs for a row, the others between them; the faster"
                    + " median counts, and +- is the larger of their distance and the quartiles'. Ratios are the peer's time over Kron4J's: above 1 Kron4J is"
                    + " faster. The roofline is the larger of the copy's time and the operations at the speed of a large product."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:Kron4J failed or was wrong in a row, or became slower than in --against",
            "2:the command line is wrong"
        },
        footer = {
            "",
            "Examples:",
            "  kron4j bench --quick --html bench.html",
            "  kron4j bench --suite gemm,small --json new.json --against old.json",
            "  kron4j bench --row 'softmax|tanh' --peers numpy,pytorch --python venv/bin/python"
        })
public final class BenchCommand implements Callable<Integer> {
    @Option(
            names = "--suite",
            split = ",",
            paramLabel = "SUITE",
            description =
                    "Only these: einsum, tccg, gemm, permute, elementwise, reduce, kron, lu, spectra, train, small.")
    private List<String> suites;

    @Option(names = "--row", paramLabel = "REGEX", description = "Only rows whose 'suite/name dtype' has a match.")
    private Pattern row;

    @Option(names = "--list", description = "List the rows and end.")
    private boolean list;

    @Option(names = "--quick", description = "Fewer rows and shorter runs: below ten minutes on two cores.")
    private boolean quick;

    @Option(
            names = "--peers",
            split = ",",
            paramLabel = "PEER",
            description =
                    "Only these beside Kron4J: numpy, pytorch, jax, djl-pytorch, ejml, nd4j, tensorflow, openblas, copy; or none.")
    private List<String> wanted;

    @Option(
            names = "--python",
            paramLabel = "FILE",
            description = "A Python with NumPy, PyTorch and JAX, or some of them (python3).")
    private String python = "python3";

    @Option(
            names = "--fetch",
            description = "First download ND4J, DJL's PyTorch, TensorFlow and EJML, about 400 MB, from Maven Central.")
    private boolean fetch;

    @Option(names = "--device", paramLabel = "DEVICE", description = "Kron4J on this device too, as cuda:0.")
    private String device;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of each peer (all cores).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Seconds of a run after its warm-up (1.5, with --quick 0.2).")
    private Double seconds;

    @Option(
            names = "--limit",
            paramLabel = "S",
            description = "Seconds in which a peer must have a first result (60, with --quick 20).")
    private Double limit;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results here, after each row.")
    private Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page with charts, which needs no network.")
    private Path html;

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description = "List what became slower or faster than in this file of --json, beyond the noise of both.")
    private Path against;

    @Option(names = "--quiet", description = "No progress bar.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    public static void main(String[] args) {
        System.exit(new CommandLine(new BenchCommand()).execute(args));
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<Row> rows = rows();
        if (list) {
            rows.forEach(r -> out.println(r.id() + (r.quick() ? "  (quick)" : "")));
            return 0;
        }
        if (fetch) {
            fetch();
        }
        Report before = against == null ? null : Report.read(against); // that file may be overwritten
        Report report = compare(rows);
        out.print(new Table(report));
        if (html != null) {
            new Html(report).write(html);
        }
        boolean wrong = report.results().stream().anyMatch(r -> !r.ours().ok());
        if (before != null) {
            Changes changes = new Changes(before, report);
            out.print(changes);
            wrong |= !changes.slower().isEmpty();
        }
        out.flush();
        return wrong ? 1 : 0;
    }

    /** The checkout, as scripts/kron4j names it. */
    private static Path root() {
        return Path.of(System.getProperty("kron4j.root", ""));
    }

    /** Builds the JVM's libraries; one that cannot be had is missing later. */
    private void fetch() {
        PrintWriter err = spec.commandLine().getErr();
        err.println(
                "kron4j bench: downloading ND4J, DJL's PyTorch, TensorFlow and EJML, about 400 MB, from Maven Central ...");
        Path root = root().toAbsolutePath();
        try {
            int status = new ProcessBuilder(
                            root.resolve("mvnw").toString(),
                            "-B",
                            "-q",
                            "-Ppeers",
                            "-Dmaven.test.skip=true",
                            "--fail-at-end",
                            "-pl",
                            "src/bench/peers/ejml,src/bench/peers/nd4j,src/bench/peers/djl,src/bench/peers/tensorflow",
                            "-am",
                            "package")
                    .directory(root.toFile())
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                err.println("kron4j bench: not all of them were built, see above; going on without");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + root.resolve("mvnw"), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Row> rows() {
        List<Row> all = Rows.all();
        List<Row> rows = all.stream()
                .filter(r -> suites == null || suites.contains(r.suite()))
                .filter(r -> row == null || row.matcher(r.id()).find())
                .filter(r -> !quick || r.quick())
                .toList();
        if (rows.isEmpty()) {
            List<String> names = all.stream().map(Row::suite).distinct().toList();
            throw new ParameterException(
                    spec.commandLine(),
                    "no row is left; suites are " + String.join(", ", names) + "; --list shows all rows");
        }
        return rows;
    }

    private Report compare(List<Row> rows) {
        Machine machine = Machine.here(threads, quick ? "--quick" : "");
        Timing timing = new Timing(quick ? 0.3 : 2, seconds == null ? (quick ? 0.2 : 1.5) : seconds, 3, 2000);
        List<Peer> peers = peers();
        try {
            Map<String, String> versions = new LinkedHashMap<>();
            peers.forEach(peer -> versions.put(peer.name(), peer.version()));
            List<Result> results = new ArrayList<>();
            Report report = new Report(machine, versions, new LinkedHashMap<>(), results);
            int steps = Comparison.ROUNDS * peers.size() * rows.size();
            try (Progress progress = Progress.of("bench", steps, !quiet)) {
                Comparison comparison =
                        new Comparison(peers, timing, (r, peer) -> progress.step(r.name() + ", " + peer.name()));
                report.peaks().putAll(comparison.peaks(rows));
                for (Row r : rows) {
                    results.add(comparison.result(r));
                    if (json != null) {
                        report.write(json);
                    }
                }
            }
            return report;
        } finally {
            peers.forEach(Peer::close);
        }
    }

    /** How {@code --peers} names a peer. */
    private static String option(Peer peer) {
        return peer.name().toLowerCase(Locale.ROOT);
    }

    private List<Peer> peers() {
        Peers peers = new Peers(threads, limit == null ? (quick ? 20 : 60) : limit);
        List<Peer> all = new ArrayList<>();
        all.add(peers.kron4j("cpu"));
        if (device != null && !device.equals("cpu")) {
            all.add(peers.kron4j(device));
        }
        all.addAll(peers.python(python));
        all.addAll(peers.jvm(root().resolve("src/bench/peers")));
        all.addAll(peers.floors());
        return all.stream()
                .filter(p -> wanted == null || p.name().startsWith(Result.OURS) || wanted.contains(option(p)))
                .toList();
    }
}
