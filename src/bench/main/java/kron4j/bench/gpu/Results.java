package kron4j.bench.gpu;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kron4j.DeviceLostException;

/**
 * A file of one JSON object a line, written as results come, so that an interruption loses only the current piece. Each piece writes a line when it
 * begins and one when it ends. A piece that began in an earlier process and did not end is run last, as it may have ended that process; the second
 * time it is given up.
 */
final class Results {
    /** Exit status for a lost context of the card; a new process may go on. */
    private static final int LOST = 3;

    private static final Gson GSON =
            new GsonBuilder().serializeSpecialFloatingPointValues().create();

    /** Does a piece of the work. */
    interface Piece {
        /** Puts its results into the map. */
        void run(Map<String, Object> result) throws Exception;
    }

    private final Path file;
    private final Set<String> ended = new HashSet<>();
    /** Number of times that each piece was begun. */
    private final Map<String, Integer> begun = new HashMap<>();

    private final List<Runnable> last = new ArrayList<>();
    private int failures;

    Results(Path file) throws IOException {
        this.file = file;
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                if (line.endsWith("}")) { // else it was cut
                    Map<?, ?> piece = GSON.fromJson(line, Map.class);
                    String name = (String) piece.get("piece");
                    if (piece.containsKey("begun")) {
                        begun.merge(name, 1, Integer::sum);
                    } else {
                        ended.add(name);
                    }
                }
            }
        }
    }

    /** Runs the piece unless it ended before. An exception becomes its result; after the loss of the card the process ends. */
    void piece(String name, Piece body) {
        if (ended.contains(name)) {
            return;
        }
        switch (begun.getOrDefault(name, 0)) {
            case 0 -> run(name, body);
            case 1 -> last.add(() -> run(name, body));
            default -> {} // given up
        }
    }

    private void run(String name, Piece body) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("piece", name);
        line.put("begun", true);
        write(line);
        line.remove("begun");
        long start = System.nanoTime();
        boolean lost = false;
        try {
            body.run(line);
        } catch (Exception | LinkageError | AssertionError | OutOfMemoryError e) {
            line.put("error", e.toString());
            line.put("at", String.valueOf(e.getStackTrace().length > 0 ? e.getStackTrace()[0] : ""));
            lost = e instanceof DeviceLostException;
        }
        failures += line.containsKey("error") ? 1 : 0;
        line.put("seconds", Math.round((System.nanoTime() - start) / 1e7) / 100.0);
        write(line);
        if (lost || line.containsKey("lost")) {
            System.exit(LOST);
        }
    }

    /** Runs the pieces left for the end; returns the exit status, 1 if a piece failed. */
    int finish() {
        last.forEach(Runnable::run);
        return failures == 0 ? 0 : 1;
    }

    private void write(Map<String, Object> line) {
        String text = GSON.toJson(line);
        System.out.println(text);
        System.out.flush();
        try {
            Files.writeString(
                    file, text + "\n", StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
