package kron4j.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import kron4j.TensorScope;
import kron4j.cli.demo.Digits;
import kron4j.cli.demo.Report;
import kron4j.cli.demo.Step;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
        name = "demo",
        description =
                "Does the library's real work on real digits, in five steps: shapes, times, and a check of each result"
                        + " against an independent computation, within a derived tolerance.",
        footer = {
            "",
            "Exits with 1 if a check fails.",
            "",
            "Examples:",
            "  kron4j demo",
            "  kron4j demo --step 3",
            "  kron4j demo --device cpu --json"
        })
final class DemoCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--step", paramLabel = "N", description = "Only this step, from 1; may be repeated.")
    private List<Integer> chosen = List.of();

    @Override
    public Integer call() {
        List<Step> steps = Step.all();
        for (int number : chosen) {
            if (number < 1 || number > steps.size()) {
                throw new ParameterException(
                        spec.commandLine(), "--step " + number + ": the steps are 1 to " + steps.size());
            }
        }
        boolean holds = true;
        double seconds = 0;
        List<Map<String, Object>> results = new ArrayList<>();
        try (TensorScope scope = main.device().openScope()) {
            main.say("Kron4J on " + scope.device() + ": "
                    + String.join("; ", scope.device().describe()));
            Digits digits = Digits.load();
            main.say("digits: MNIST " + digits.images().shape() + ", optical digits "
                    + digits.small().shape());
            for (int i = 1; i <= steps.size(); i++) {
                if (chosen.isEmpty() || chosen.contains(i)) {
                    Step step = steps.get(i - 1);
                    Report report = run(i, step, digits);
                    seconds += report.seconds();
                    holds &= report.holds();
                    results.add(asMap(i, step, report));
                }
            }
        }
        if (main.json()) {
            main.print(Json.text(Map.of("steps", results, "holds", holds)));
        } else {
            main.print(String.format(
                    Locale.ROOT,
                    "%d steps in %.1f s: %s",
                    results.size(),
                    seconds,
                    holds ? "all checks hold" : "A CHECK FAILED"));
        }
        return holds ? 0 : 1;
    }

    private Report run(int number, Step step, Digits digits) {
        Report report;
        try (Progress progress = main.progress("step " + number, -1);
                TensorScope scope = digits.images().device().openScope()) {
            report = new Report(progress::step);
            step.run(digits, report);
            report.finish();
        }
        main.say("");
        main.say(String.format(Locale.ROOT, "%d. %s (%.1f s)", number, step.title(), report.seconds()));
        report.lines().forEach(line -> main.say("   " + line));
        if (main.quiet() && !report.holds()) {
            report.checks().stream().filter(c -> !c.holds()).forEach(c -> main.print(number + ". fails: " + c));
        }
        return report;
    }

    private static Map<String, Object> asMap(int number, Step step, Report report) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("step", number);
        map.put("title", step.title());
        map.put("seconds", Json.time(report.seconds()));
        map.put("holds", report.holds());
        map.put("lines", report.lines());
        map.put("checks", report.checks());
        return map;
    }
}
