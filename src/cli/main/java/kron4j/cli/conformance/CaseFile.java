package kron4j.cli.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.TensorScope;

/** A file of cases with exact results, and the replayer for its sections. */
public final class CaseFile {
    private static final List<Replayer> REPLAYERS =
            List.of(new EinsumCases(), new KerasCases(), new KronCases(), new SlogdetCases());
    private static final int FAILURES_IN_FULL = 5;

    private final Path path;
    private final JsonObject root;
    private final Replayer replayer;

    CaseFile(Path path, JsonObject root, Replayer replayer) {
        this.path = path;
        this.root = root;
        this.replayer = replayer;
    }

    /**
     * Reads a file and recognises its kind by its sections.
     *
     * @throws FormatException if it is not a file of cases
     */
    public static CaseFile read(Path path) {
        JsonElement parsed;
        try (Reader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
            parsed = JsonParser.parseReader(reader);
        } catch (NoSuchFileException e) {
            throw new FormatException("conformance: " + path + ": no such file");
        } catch (IOException | JsonParseException e) {
            boolean readable = Files.isReadable(path) && !Files.isDirectory(path);
            throw new FormatException("conformance: " + path + (readable ? " is not JSON" : " cannot be read")
                    + "; give a file of cases");
        }
        if (!parsed.isJsonObject()) {
            throw new FormatException("conformance: " + path + " is not a JSON object of sections");
        }
        JsonObject root = parsed.getAsJsonObject();
        return new CaseFile(path, root, recognise(path, root));
    }

    private static Replayer recognise(Path path, JsonObject root) {
        return REPLAYERS.stream()
                .filter(r -> known(r, root) > 0)
                .max(Comparator.comparingLong(r -> known(r, root)))
                .orElseThrow(() -> new FormatException("conformance: " + path + " has the sections " + root.keySet()
                        + "; none is known; known are "
                        + REPLAYERS.stream().map(r -> r.sections().keySet()).toList()));
    }

    private static long known(Replayer replayer, JsonObject root) {
        return replayer.sections().keySet().stream()
                .map(Replayer::inFile)
                .distinct()
                .filter(root::has)
                .count();
    }

    public Path path() {
        return path;
    }

    /** The number of cases that {@link #replay} looks at. */
    public int size() {
        return replayer.sections().keySet().stream()
                .mapToInt(key -> cases(Replayer.inFile(key)).size())
                .sum();
    }

    /**
     * Replays every section. A section that no replayer knows counts as a failure, so nothing is left out in silence.
     *
     * @param caseDone called after each case
     */
    public List<SectionResult> replay(Device device, DType dtype, Runnable caseDone) {
        List<SectionResult> results = new ArrayList<>();
        Set<String> unknown = new LinkedHashSet<>(root.keySet());
        unknown.remove("meta");
        replayer.sections().forEach((key, body) -> {
            String section = Replayer.inFile(key);
            unknown.remove(section);
            if (root.has(section)) {
                results.add(replay(key, cases(section), body, device, dtype, caseDone));
            }
        });
        for (String section : unknown) {
            String failure = section + ": no replayer knows this section";
            results.add(new SectionResult(section, 0, cases(section).size(), Map.of(), List.of(failure)));
        }
        return results;
    }

    private JsonArray cases(String section) {
        JsonElement content = root.get(section);
        if (content == null || content.isJsonArray()) {
            return content == null ? new JsonArray() : content.getAsJsonArray();
        }
        JsonArray one = new JsonArray();
        one.add(content);
        return one;
    }

    private static SectionResult replay(
            String key, JsonArray cases, Replayer.Case body, Device device, DType dtype, Runnable caseDone) {
        int passed = 0;
        int failed = 0;
        Map<String, Integer> skipped = new LinkedHashMap<>();
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            try (TensorScope scope = device.openScope()) {
                replay(cases.get(i).getAsJsonObject(), body, dtype);
                passed++;
            } catch (Check.Absent e) {
                // This case has nothing to compare here: it neither passed nor was skipped.
            } catch (Check.Skip e) {
                skipped.merge(e.getMessage(), 1, Integer::sum);
            } catch (RuntimeException | LinkageError e) {
                failed++;
                if (failures.size() < FAILURES_IN_FULL) {
                    failures.add(key + "[" + i + "]: " + what(e) + "\n  case: " + cases.get(i));
                }
            }
            caseDone.run();
        }
        return new SectionResult(key, passed, failed, skipped, failures);
    }

    private static String what(Throwable e) {
        if (e instanceof Check.Mismatch) {
            return e.getMessage();
        }
        // Errors in reading the case, before the library is called.
        boolean malformed = e instanceof Check.Malformed
                || ((e instanceof ClassCastException
                                || e instanceof IllegalStateException
                                || e instanceof UnsupportedOperationException
                                || e instanceof IndexOutOfBoundsException
                                || e instanceof NumberFormatException)
                        && Arrays.stream(e.getStackTrace())
                                .map(StackTraceElement::getClassName)
                                .filter(name -> name.startsWith("kron4j."))
                                .findFirst()
                                .filter(name -> name.startsWith(CaseFile.class.getPackageName() + "."))
                                .isPresent());
        return malformed ? "malformed case: " + e.getMessage() : "unexpected " + e;
    }

    /** Many operations take floating and complex dtypes only, and factorisations no halves; that they refuse others is no failure. */
    private static void replay(JsonObject c, Replayer.Case body, DType dtype) {
        try {
            body.replay(c, new Check(dtype));
        } catch (DTypeException e) {
            boolean ofHalves = dtype.isHalf() && e.getMessage().contains("convert it with to(DType.FLOAT32)");
            throw dtype.isDifferentiable() && !ofHalves ? e : new Check.Skip("the operation does not take " + dtype);
        }
    }
}
