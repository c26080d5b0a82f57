package kron4j.cli;

import com.google.gson.Gson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import kron4j.Device;
import kron4j.backend.Backends;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** What runs here, with what, and what is missing for more. */
@Command(
        name = "doctor",
        description =
                "Shows the device, versions, libraries and limits, and why a backend was declined and what would help.",
        footer = {"", "Examples:", "  kron4j doctor", "  kron4j doctor --device cpu --json"})
final class DoctorCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Override
    public Integer call() {
        Device device = main.device();
        List<String> facts = device.describe();
        Map<String, String> declined = Backends.declined();
        if (main.json()) {
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("kron4j", Version.text());
            report.put("java", java());
            report.put("device", device.name());
            report.put("facts", facts);
            report.put("available", Backends.available());
            report.put("declined", declined);
            main.print(new Gson().toJson(report));
            return 0;
        }
        main.say("Kron4J " + Version.text());
        main.say("Java " + java());
        main.say("device " + device.name() + " (of " + String.join(", ", Backends.available()) + ")");
        facts.forEach(fact -> main.say("  " + fact));
        declined.forEach((name, reason) -> main.say("declined " + name + ": " + reason));
        return 0;
    }

    private static String java() {
        return System.getProperty("java.version") + ", " + System.getProperty("java.vm.name") + ", "
                + System.getProperty("java.home");
    }
}
