package kron4j.bench.compare;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonSyntaxException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kron4j.bench.compare.Child.NoAnswer;
import kron4j.bench.compare.Run.Status;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Timing;
import kron4j.bench.peer.Worker.Request;
import kron4j.bench.reference.Expected;

/** A peer in a process of its own. It is started when it is first needed, and again after it ended or took too long. */
final class ChildPeer implements Peer {
    private static final Gson GSON =
            new GsonBuilder().serializeSpecialFloatingPointValues().create();

    /** Seconds until a process must have said which library it has. */
    private static final double START = 120;

    private final String name;
    private final boolean floor;
    private final double limit;
    private final ProcessBuilder builder;
    private Child child;
    private Answer greeting;

    /** What an answer may hold. */
    private record Answer(
            String version,
            String missing,
            String unsupported,
            String error,
            double[][] values,
            List<Double> seconds,
            long peak) {}

    /**
     * Describes a process, which is not started yet.
     *
     * @param name the peer's name
     * @param floor whether it is a floor
     * @param limit seconds that an answer may take
     * @param threads threads that the libraries below it may use
     * @param command how the process is started
     */
    ChildPeer(String name, boolean floor, double limit, int threads, List<String> command) {
        this.name = name;
        this.floor = floor;
        this.limit = limit;
        builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        // Each OpenBLAS picks its kernels itself.
        environment.keySet().removeIf(key -> key.startsWith("OPENBLAS_"));
        for (String library : List.of("OMP", "OPENBLAS", "MKL")) {
            environment.put(library + "_NUM_THREADS", String.valueOf(threads));
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean floor() {
        return floor;
    }

    @Override
    public String version() {
        start();
        return greeting.version != null ? greeting.version : "missing: " + greeting.missing;
    }

    @Override
    public Run run(Row row, List<Expected> expected, Timing timing) {
        start();
        if (greeting.version == null) {
            return Run.none(Status.MISSING, greeting.missing);
        }
        try {
            return measure(row, expected, timing);
        } catch (NoAnswer e) {
            close();
            return Run.none(e.late() ? Status.HANGS : Status.FAILS, e.getMessage());
        } catch (JsonSyntaxException e) {
            close();
            return Run.none(Status.FAILS, e.getMessage());
        }
    }

    private Run measure(Row row, List<Expected> expected, Timing timing) throws NoAnswer {
        long[][] positions = floor
                ? new long[0][]
                : expected.stream().map(Expected::positions).toArray(long[][]::new);
        Answer answer = ask(new Request(row, positions, null), limit);
        if (answer.unsupported != null) {
            return Run.none(Status.UNSUPPORTED, answer.unsupported);
        }
        if (answer.error != null) {
            return Run.none(Status.FAILS, answer.error);
        }
        for (int i = 0; i < positions.length; i++) {
            Optional<String> difference = expected.get(i).difference(answer.values[i]);
            if (difference.isPresent()) {
                child.send(GSON.toJson(new Request(null, null, null)));
                return Run.none(Status.DIFFERS, (positions.length > 1 ? "output " + i + ": " : "") + difference.get());
            }
        }
        Answer timed = ask(new Request(null, null, timing), limit + timing.warmUp() + timing.seconds());
        return timed.error != null ? Run.none(Status.FAILS, timed.error) : Run.of(timed.seconds, timed.peak);
    }

    private Answer ask(Request request, double seconds) throws NoAnswer {
        return GSON.fromJson(child.ask(GSON.toJson(request), seconds), Answer.class);
    }

    private void start() {
        if (child != null || (greeting != null && greeting.version == null)) {
            return;
        }
        try {
            child = new Child(builder);
            greeting = GSON.fromJson(child.receive(START), Answer.class);
        } catch (IOException | NoAnswer | JsonSyntaxException e) {
            greeting = new Answer(null, e.getMessage(), null, null, null, null, -1);
        }
        if (greeting.version == null) {
            close();
        }
    }

    @Override
    public void close() {
        if (child != null) {
            child.close();
            child = null;
        }
    }
}
