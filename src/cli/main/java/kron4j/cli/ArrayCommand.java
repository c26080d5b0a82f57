package kron4j.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** A command from array files to arrays: loads onto the chosen device, then writes to {@code -o} or prints. */
abstract class ArrayCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "Write the result to " + ArrayFile.KINDS + " instead of printing it.")
    private String output;

    @Option(
            names = "--dtype",
            paramLabel = "DTYPE",
            description =
                    "Convert the operands: float64, float32, float16, bfloat16, complex128, complex64, int64, int32,"
                            + " int8, uint8 or bool.")
    private DType dtype;

    private String plan;

    /** Names of the results, in the order of {@link #compute}. */
    List<String> names() {
        return List.of("result");
    }

    abstract List<Tensor> compute();

    @Override
    public Integer call() {
        ArrayFile target = output == null ? null : target();
        try (TensorScope scope = main.device().openScope()) {
            List<Tensor> tensors = compute();
            Map<String, Tensor> results = new LinkedHashMap<>();
            for (int i = 0; i < tensors.size(); i++) {
                results.put(names().get(i), tensors.get(i));
            }
            if (target != null) {
                target.write(results, Map.of());
            }
            report(results);
        }
        return 0;
    }

    /** The file that results go to, checked before anything is computed. */
    private ArrayFile target() {
        ArrayFile target = ArrayFile.of(output);
        target.refusal().ifPresent(fact -> {
            throw misuse("-o " + fact);
        });
        if (names().size() > 1 && target.isSingle()) {
            throw misuse(
                    "the results " + names() + " are several arrays; write them to a .npz archive, not to " + output);
        }
        return target;
    }

    final boolean writes() {
        return output != null;
    }

    /** The array of FILE.npy, of an archive with one array, or that an archive's :NAME names. */
    final Tensor load(String operand) {
        Tensor loaded = ArrayFile.of(operand).read();
        return dtype == null ? loaded : loaded.to(dtype);
    }

    final Tensor[] load(List<String> operands) {
        return operands.stream().map(this::load).toArray(Tensor[]::new);
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
        JsonObject object = header(t);
        if (output == null) {
            object.add("values", values(t));
        }
        return object;
    }

    /** Shape and dtype. */
    static JsonObject header(Tensor t) {
        JsonObject object = new JsonObject();
        JsonArray shape = new JsonArray();
        for (long d : t.shape().dims()) {
            shape.add(d);
        }
        object.add("shape", shape);
        object.addProperty("dtype", t.dtype().toString());
        return object;
    }

    /** Row-major; complex numbers as pairs. */
    private static JsonArray values(Tensor t) {
        JsonArray values = new JsonArray();
        Stream<? extends JsonElement> elements = switch (t.dtype()) {
            case FLOAT32, FLOAT16, BFLOAT16 -> {
                float[] all = t.to(DType.FLOAT32).toFloatArray();
                yield IntStream.range(0, all.length).mapToObj(i -> number(all[i]));
            }
            case COMPLEX64 -> {
                float[] parts = ComplexNumbers.viewAsReal(t).toFloatArray();
                yield IntStream.range(0, parts.length / 2)
                        .mapToObj(i -> pair(number(parts[2 * i]), number(parts[2 * i + 1])));
            }
            case COMPLEX128 -> {
                double[] parts = t.toComplexArray();
                yield IntStream.range(0, parts.length / 2)
                        .mapToObj(i -> pair(Json.number(parts[2 * i]), Json.number(parts[2 * i + 1])));
            }
            case FLOAT64 -> Arrays.stream(t.toDoubleArray()).mapToObj(Json::number);
            case INT32, INT64, INT8, UINT8 -> Arrays.stream(t.toLongArray()).mapToObj(JsonPrimitive::new);
            case BOOL -> {
                boolean[] all = t.toBooleanArray();
                yield IntStream.range(0, all.length).mapToObj(i -> new JsonPrimitive(all[i]));
            }
        };
        elements.forEach(values::add);
        return values;
    }

    private static JsonPrimitive number(float v) {
        return Float.isFinite(v) ? new JsonPrimitive(v) : Json.number(v);
    }

    private static JsonArray pair(JsonPrimitive re, JsonPrimitive im) {
        JsonArray pair = new JsonArray();
        pair.add(re);
        pair.add(im);
        return pair;
    }
}
