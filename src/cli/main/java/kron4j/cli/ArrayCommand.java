package kron4j.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.FormatException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.io.Npz;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** A command from array files to arrays: loads onto the chosen device, then writes to {@code -o} or prints. */
abstract class ArrayCommand implements Callable<Integer> {
    private static final String ARRAY = ".npy";
    private static final String ARCHIVE = ".npz";

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "Write the result to FILE.npy, FILE.npz or, named, FILE.npz:NAME instead of printing it.")
    private String output;

    @Option(names = "--dtype", paramLabel = "DTYPE", description = "Convert the operands: float32, float64, ...")
    private DType dtype;

    private String plan;

    /** Names of the results, in the order of {@link #compute}. */
    List<String> names() {
        return List.of("result");
    }

    abstract List<Tensor> compute();

    @Override
    public Integer call() {
        Path target = output == null ? null : target();
        try (TensorScope scope = main.device().openScope()) {
            List<Tensor> tensors = compute();
            Map<String, Tensor> results = new LinkedHashMap<>();
            for (int i = 0; i < tensors.size(); i++) {
                results.put(names().get(i), tensors.get(i));
            }
            if (target != null) {
                write(target, results);
            }
            report(results);
        }
        return 0;
    }

    /** The file that results go to, checked before anything is computed. */
    private Path target() {
        Place place = Place.of(output);
        boolean array = place.file.endsWith(ARRAY);
        if (!array && !place.file.endsWith(ARCHIVE)) {
            throw misuse("-o " + output + ": is not FILE.npy, FILE.npz or FILE.npz:NAME");
        }
        if (names().size() > 1 && (array || place.member != null)) {
            throw misuse("the results " + names() + " are several arrays; write them to a " + ARCHIVE
                    + " archive, not to " + output);
        }
        Path file = path(place.file);
        if (place.member != null && Files.exists(file)) {
            throw misuse("-o " + output + ": " + file + " exists already; name a new archive");
        }
        Path directory = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory)) {
            throw misuse("-o " + output + ": there is no directory " + directory);
        }
        return file;
    }

    private void write(Path file, Map<String, Tensor> results) {
        Tensor first = results.get(names().get(0));
        String member = Place.of(output).member;
        if (output.endsWith(ARRAY)) {
            first.save(file);
        } else {
            Npz.write(file, member == null ? results : Map.of(member, first));
        }
    }

    private static Path path(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new FormatException(
                    "'" + file + "' cannot be a file name here; for letters beyond ASCII set LC_ALL=C.UTF-8");
        }
    }

    /** FILE, or FILE.npz:MEMBER. */
    private record Place(String file, String member) {
        static Place of(String text) {
            int archive = text.lastIndexOf(ARCHIVE + ":");
            int end = archive + ARCHIVE.length();
            return archive < 0 ? new Place(text, null) : new Place(text.substring(0, end), text.substring(end + 1));
        }
    }

    final boolean writes() {
        return output != null;
    }

    /** The array of FILE.npy, FILE.npz:NAME, or of an archive with one array. */
    final Tensor load(String operand) {
        Tensor loaded = loadAsIs(operand);
        return dtype == null ? loaded : loaded.to(dtype);
    }

    final Tensor[] load(List<String> operands) {
        return operands.stream().map(this::load).toArray(Tensor[]::new);
    }

    private static Tensor loadAsIs(String operand) {
        Place place = Place.of(operand);
        Path file = path(place.file);
        if (place.member != null) {
            return Npz.read(file, place.member);
        }
        if (!operand.endsWith(ARCHIVE)) {
            return Tensor.load(file);
        }
        Map<String, Tensor> arrays = Npz.read(file);
        if (arrays.isEmpty()) {
            throw new FormatException("load: " + operand + ": holds no array; it has " + Npz.names(file));
        }
        if (arrays.size() > 1) {
            throw new FormatException(
                    "load: " + operand + ": holds " + arrays.keySet() + "; name one as " + operand + ":NAME");
        }
        return arrays.values().iterator().next();
    }

    /** Printed before the result. */
    final void explain(String text) {
        plan = text;
    }

    /** Ends the command as a wrong command line does. */
    final ParameterException misuse(String text) {
        return new ParameterException(spec.commandLine(), text);
    }

    private void report(Map<String, Tensor> results) {
        if (main.json()) {
            JsonObject report = new JsonObject();
            if (plan != null) {
                report.addProperty("plan", plan);
            }
            results.forEach((name, tensor) -> report.add(name, json(tensor)));
            if (output != null) {
                report.addProperty("output", output);
            }
            main.print(report.toString());
            return;
        }
        if (plan != null) {
            main.print(plan);
        }
        if (output != null) {
            results.forEach((name, t) -> main.say(name + " " + t.shape() + " " + t.dtype() + " -> " + output));
        } else {
            results.forEach((name, t) -> main.print((results.size() == 1 ? "" : name + ": ") + t));
        }
    }

    private JsonObject json(Tensor t) {
        JsonObject object = new JsonObject();
        JsonArray shape = new JsonArray();
        for (long d : t.shape().dims()) {
            shape.add(d);
        }
        object.add("shape", shape);
        object.addProperty("dtype", t.dtype().toString());
        if (output == null) {
            object.add("values", values(t));
        }
        return object;
    }

    /** Row-major. */
    private static JsonArray values(Tensor t) {
        JsonArray values = new JsonArray();
        Stream<JsonPrimitive> elements = switch (t.dtype()) {
            case FLOAT32 -> {
                float[] all = t.toFloatArray();
                yield IntStream.range(0, all.length)
                        .mapToObj(i -> Float.isFinite(all[i]) ? new JsonPrimitive(all[i]) : Json.number(all[i]));
            }
            case FLOAT64 -> Arrays.stream(t.toDoubleArray()).mapToObj(Json::number);
            case INT32, INT64 -> Arrays.stream(t.toLongArray()).mapToObj(JsonPrimitive::new);
            case BOOL -> {
                boolean[] all = t.toBooleanArray();
                yield IntStream.range(0, all.length).mapToObj(i -> new JsonPrimitive(all[i]));
            }
        };
        elements.forEach(values::add);
        return values;
    }
}
