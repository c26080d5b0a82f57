package kron4j.bench.peer;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The process of a peer: reads requests from standard input and answers each by a line of JSON, as {@code peer.py} does in Python. Needs nothing
 * but Gson, so that libraries run without Kron4J's dependencies.
 */
public final class Worker {
    private static final Gson GSON =
            new GsonBuilder().serializeSpecialFloatingPointValues().create();

    private final BufferedReader requests =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private final PrintStream answers = System.out;

    private Worker() {}

    /** Serves a library until standard input ends. */
    public static void serve(Supplier<Library> start) throws IOException {
        Worker worker = new Worker();
        System.setOut(System.err); // what libraries say
        try {
            Library library = start.get();
            worker.answer(Map.of("version", library.version()));
            for (Request request = worker.next(); request != null; request = worker.next()) {
                worker.serve(library, request);
            }
        } catch (RuntimeException | LinkageError e) {
            worker.answer(Map.of("missing", text(e)));
        }
        // Some libraries' threads would keep the process.
        Runtime.getRuntime().halt(0);
    }

    private void serve(Library library, Request request) throws IOException {
        Memory memory = Memory.begin();
        try (Library.Work work = library.prepare(request.row)) {
            work.run();
            double[][] values = new double[request.positions.length][];
            for (int output = 0; output < values.length; output++) {
                values[output] = work.values(output, request.positions[output]);
            }
            answer(Map.of("values", values));
            Request time = next();
            if (time != null && time.timing != null) {
                Map<String, Object> result = new LinkedHashMap<>();
                result.put("seconds", time.timing.measure(work));
                result.put("peak", memory.peak());
                answer(result);
            }
        } catch (UnsupportedOperationException e) {
            answer(Map.of("unsupported", String.valueOf(e.getMessage())));
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            answer(Map.of("error", text(e)));
        }
    }

    private Request next() throws IOException {
        String line = requests.readLine();
        return line == null ? null : GSON.fromJson(line, Request.class);
    }

    private void answer(Map<String, ?> answer) {
        answers.println(GSON.toJson(answer));
        answers.flush();
    }

    private static String text(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.toString();
    }

    /**
     * What the parent asks for: first a row with positions, then the timing, or an empty request if the values were wrong.
     *
     * @param row what to prepare and run once
     * @param positions for each output, where its values are checked
     * @param timing how to time it
     */
    public record Request(Row row, long[][] positions, Timing timing) {}
}
