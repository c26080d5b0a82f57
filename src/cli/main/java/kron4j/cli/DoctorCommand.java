package kron4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.backend.Backends;
import kron4j.ops.Einsum;
import kron4j.ops.Kron;
import kron4j.ops.Linalg;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Shows which devices run here, on which libraries, and what is missing for others. */
@Command(
        name = "doctor",
        description =
                "Shows the device, versions, libraries and limits, why a backend was declined and what would help.",
        footer = {"", "Examples:", "  kron4j doctor", "  kron4j doctor --device cpu --json"})
final class DoctorCommand implements Callable<Integer> {
    private static final String DJL_SERVICE = "META-INF/services/ai.djl.engine.EngineProvider";

    @ParentCommand
    private Main main;

    @Override
    public Integer call() {
        Device device = main.device();
        List<String> facts = device.describe();
        Map<String, String> declined = Backends.declined();
        List<String> wrong = wrong(device);
        if (main.json()) {
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("kron4j", Version.text());
            report.put("java", java());
            report.put("device", device.name());
            report.put("facts", facts);
            report.put("available", Backends.available());
            report.put("declined", declined);
            report.put("djl", djl());
            report.put("wrong", wrong);
            main.print(Json.text(report));
            return wrong.isEmpty() ? 0 : 1;
        }
        main.say("Kron4J " + Version.text());
        main.say("Java " + java());
        main.say("device " + device.name() + " (of " + String.join(", ", Backends.available()) + ")");
        facts.forEach(fact -> main.say("  " + fact));
        declined.forEach((name, reason) -> main.say("declined " + name + ": " + reason));
        if (!djl().isEmpty()) {
            main.say("engines of DJL: " + String.join(", ", djl())
                    + "; -Dai.djl.default_engine=Kron4J chooses Kron4J's");
        }
        if (wrong.isEmpty()) {
            main.say("self-test: einsum, solve, slogdet and kron are right");
        } else {
            main.print("SELF-TEST FAILS: " + String.join("; ", wrong));
        }
        return wrong.isEmpty() ? 0 : 1;
    }

    /** The wrong results, if any, on whole numbers without rounding. */
    private static List<String> wrong(Device device) {
        try (TensorScope scope = device.openScope()) {
            Tensor a = Tensor.of(new double[][] {{2, 1}, {1, 1}});
            Tensor b = Tensor.of(new double[] {3, 2});
            Map<String, Tensor> results = new LinkedHashMap<>();
            results.put("einsum", Einsum.einsum("ij,jk->ik", a, a));
            results.put("solve", Linalg.solve(a, b));
            results.put("slogdet", Linalg.slogdet(a).sign());
            results.put("kron", Kron.kron(b, b));
            Map<String, double[]> known = Map.of(
                    "einsum", new double[] {5, 3, 3, 2},
                    "solve", new double[] {1, 1},
                    "slogdet", new double[] {1},
                    "kron", new double[] {9, 6, 6, 4});
            return results.entrySet().stream()
                    .filter(r -> !Arrays.equals(r.getValue().toDoubleArray(), known.get(r.getKey())))
                    .map(r -> r.getKey() + " gives " + r.getValue())
                    .toList();
        }
    }

    /** The providers of DJL's engines on the class path, if Kron4J's is among them. */
    private static List<String> djl() {
        try {
            List<String> providers = new ArrayList<>();
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            for (URL service : Collections.list(loader.getResources(DJL_SERVICE))) {
                try (InputStream in = service.openStream()) {
                    new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                            .forEach(providers::add);
                }
            }
            return providers.stream().anyMatch(name -> name.startsWith("kron4j.")) ? providers : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String java() {
        return System.getProperty("java.version") + ", " + System.getProperty("java.vm.name") + ", "
                + System.getProperty("java.home");
    }
}
