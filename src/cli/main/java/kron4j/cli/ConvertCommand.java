package kron4j.cli;

import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
        name = "convert",
        description = "Converts files of arrays: .npy, .npz and .safetensors, as their names end.",
        footer = {
            "",
            "An array of a .npy file is named after the file. Metadata goes from .safetensors to .safetensors only.",
            "",
            "Examples:",
            "  kron4j convert arrays.npz arrays.safetensors",
            "  kron4j convert model.safetensors:layers.0.weight weight.npy",
            "  kron4j convert weight.npy model.safetensors:layers.0.weight",
            "  kron4j convert --dtype float32 bfloat16.safetensors arrays.npz"
        })
final class ConvertCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "IN", description = "The file to read: " + ArrayFile.KINDS + ".")
    private String in;

    @Parameters(index = "1", paramLabel = "OUT", description = "The file to write.")
    private String out;

    @Option(
            names = "--dtype",
            paramLabel = "DTYPE",
            description =
                    "Convert the arrays of floating-point numbers (of complex ones, if it is complex): float64, float32,"
                            + " float16, bfloat16, complex128 or complex64.")
    private DType dtype;

    @Override
    public Integer call() {
        if (dtype != null && !dtype.isDifferentiable()) {
            throw new ParameterException(
                    spec.commandLine(), "--dtype " + dtype + ": only floating-point and complex arrays are converted");
        }
        ArrayFile source = ArrayFile.of(in);
        ArrayFile target = ArrayFile.of(out);
        if (!source.isArray() && !source.isArchive()) {
            throw new ParameterException(spec.commandLine(), in + ": is not " + ArrayFile.KINDS);
        }
        target.refusal().ifPresent(fact -> {
            throw new ParameterException(spec.commandLine(), fact);
        });
        try (TensorScope scope = Device.cpu().openScope()) {
            Map<String, String> metadata = source.metadata();
            Map<String, Tensor> arrays =
                    source.isSingle() || target.isSingle() ? Map.of(name(source), source.read()) : source.readAll();
            Map<String, Tensor> converted = new LinkedHashMap<>();
            arrays.forEach((name, t) -> converted.put(name, converted(t)));
            target.write(converted, metadata);
            report(converted);
            if (!metadata.isEmpty() && !target.isSafetensors()) {
                main.say("left out: metadata " + metadata.keySet());
            }
        }
        return 0;
    }

    private Tensor converted(Tensor t) {
        boolean fits = dtype != null
                && (dtype.isComplex() ? t.dtype().isComplex() : t.dtype().isFloating());
        return fits ? t.to(dtype) : t;
    }

    /** What an array is called that its file, or the command line, gives no name. */
    private static String name(ArrayFile source) {
        String file = source.path().getFileName().toString();
        return source.member() != null ? source.member() : file.substring(0, file.lastIndexOf('.'));
    }

    private void report(Map<String, Tensor> arrays) {
        arrays.forEach((name, t) -> main.say(name + " " + t.shape() + " " + t.dtype() + " -> " + out));
        if (main.json()) {
            JsonObject shapes = new JsonObject();
            arrays.forEach((name, t) -> shapes.add(name, ArrayCommand.header(t)));
            JsonObject report = new JsonObject();
            report.add("arrays", shapes);
            report.addProperty("output", out);
            main.print(report.toString());
        }
    }
}
