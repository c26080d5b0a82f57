package kron4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import kron4j.DType;
import kron4j.Device;
import kron4j.cli.conformance.CaseFile;
import kron4j.cli.conformance.SectionResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Replays case files and counts the outcomes. */
@Command(
        name = "conformance",
        description = "Replays files of cases with exact results on a device and counts the cases of each section that"
                + " passed, failed or were skipped.",
        footer = {
            "",
            "A case that float32 cannot represent exactly is skipped in float32, with the reason.",
            "",
            "Examples:",
            "  kron4j conformance src/cli/test/resources/cases/*.json",
            "  kron4j conformance --dtype float32 --json einsum.json"
        })
final class ConformanceCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--dtype",
            defaultValue = "float64",
            description = "float64 (default), float32, bfloat16, float16, complex128, complex64, int64 or int32.")
    private DType dtype;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Case files (JSON); recognised by their sections.")
    private List<Path> files;

    @Override
    public Integer call() {
        if (dtype.bytes() == 1) {
            throw new ParameterException(
                    spec.commandLine(), "--dtype " + dtype + ": the cases' numbers do not fit; take int64");
        }
        Device device = main.device();
        List<CaseFile> caseFiles = files.stream().map(CaseFile::read).toList();
        boolean failed = false;
        List<Map<String, Object>> report = new ArrayList<>();
        for (CaseFile file : caseFiles) {
            main.say(file.path().getFileName() + " on " + device + " in " + dtype);
            List<SectionResult> results;
            try (Progress progress = main.progress(file.path().getFileName().toString(), file.size())) {
                results = file.replay(device, dtype, progress::step);
            }
            failed |= results.stream().anyMatch(r -> r.failed() > 0);
            if (main.json()) {
                report.add(asMap(file, device, results));
            } else {
                results.forEach(this::print);
            }
        }
        if (main.json()) {
            main.print(Json.text(report));
        }
        return failed ? 1 : 0;
    }

    private void print(SectionResult r) {
        main.print(String.format(
                Locale.ROOT,
                "  %-34s %4d passed %4d failed %4d skipped",
                r.section(),
                r.passed(),
                r.failed(),
                r.skippedCases()));
        if (!main.quiet()) {
            r.skipped().forEach((reason, count) -> main.print("      " + count + " skipped: " + reason));
        }
        r.failures().forEach(failure -> main.print("      " + failure.replace("\n", "\n      ")));
        if (r.failed() > r.failures().size()) {
            main.print("      and " + (r.failed() - r.failures().size()) + " more");
        }
    }

    private Map<String, Object> asMap(CaseFile file, Device device, List<SectionResult> results) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("file", file.path().toString());
        map.put("device", device.name());
        map.put("dtype", dtype.toString());
        map.put("sections", results);
        return map;
    }
}
