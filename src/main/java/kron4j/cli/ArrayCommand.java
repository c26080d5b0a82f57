package kron4j.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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

/** A command from array files to arrays: loads on the chosen device, writes to {@code -o} or prints. */
abstract class ArrayCommand implements Callable<Integer> {
    private static final String ARCHIVE = ".npz";

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "Write the result to this .npy file, or to an .npz archive, instead of printing it.")
    private Path output;

    @Option(names = "--dtype", paramLabel = "DTYPE", description = "Convert the operands: float32, float64, ...")
    private DType dtype;

    private String plan;

    /** What the results are called, in the order of {@link #compute}. */
    List<String> names() {
        return List.of("result");
    }

    abstract List<Tensor> compute();

    @Override
    public Integer call() {
        if (output != null && names().size() > 1 && !isArchive(output)) {
            throw misuse("the results " + names() + " are several arrays; write them to a " + ARCHIVE
                    + " archive, not to " + output);
        }
        try (TensorScope scope = main.device().openScope()) {
            List<Tensor> tensors = compute();
            Map<String, Tensor> results = new LinkedHashMap<>();
            for (int i = 0; i < tensors.size(); i++) {
                results.put(names().get(i), tensors.get(i));
            }
            emit(results);
        }
        return 0;
    }

    private static boolean isArchive(Path path) {
        return path.toString().endsWith(ARCHIVE);
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
        int archive = operand.lastIndexOf(ARCHIVE + ":");
        if (archive >= 0) {
            int end = archive + ARCHIVE.length();
            return Npz.read(Path.of(operand.substring(0, end)), operand.substring(end + 1));
        }
        if (!operand.endsWith(ARCHIVE)) {
            return Tensor.load(Path.of(operand));
        }
        Map<String, Tensor> arrays = Npz.read(Path.of(operand));
        if (arrays.size() != 1) {
            throw new FormatException(
                    "load: " + operand + ": holds " + arrays.keySet() + "; name one as " + operand + ":NAME");
        }
        return arrays.values().iterator().next();
    }

    /** Printed before the result. */
    final void explain(String text) {
        plan = text;
    }

    /** Ends as a wrong command line does. */
    final ParameterException misuse(String text) {
        return new ParameterException(spec.commandLine(), text);
    }

    private void emit(Map<String, Tensor> results) {
        if (output != null && isArchive(output)) {
            Npz.write(output, results);
        } else if (output != null) {
            results.values().forEach(t -> t.save(output));
        }
        if (main.json()) {
            JsonObject report = new JsonObject();
            if (plan != null) {
                report.addProperty("plan", plan);
            }
            results.forEach((name, tensor) -> report.add(name, json(tensor)));
            if (output != null) {
                report.addProperty("output", output.toString());
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

    /** Row-major; JSON has no NaN and infinities, so they are the strings that NumPy prints. */
    private static JsonArray values(Tensor t) {
        JsonArray values = new JsonArray();
        switch (t.dtype()) {
            case FLOAT32 -> {
                for (float v : t.toFloatArray()) {
                    values.add(Float.isFinite(v) ? new JsonPrimitive(v) : notFinite(v));
                }
            }
            case FLOAT64 -> {
                for (double v : t.toDoubleArray()) {
                    values.add(Double.isFinite(v) ? new JsonPrimitive(v) : notFinite(v));
                }
            }
            case INT32, INT64 -> {
                for (long v : t.toLongArray()) {
                    values.add(v);
                }
            }
            case BOOL -> {
                for (boolean v : t.toBooleanArray()) {
                    values.add(v);
                }
            }
        }
        return values;
    }

    private static JsonPrimitive notFinite(double v) {
        return new JsonPrimitive(Double.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf");
    }
}
