package kron4j.fuzz;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kron4j.Device;
import kron4j.contract.DeviceUnderTest;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** The fuzzer's command line: what {@code scripts/fuzz} runs. */
public final class Fuzz {
    private static final String USAGE = "scripts/fuzz [--cases N] [--seed S] [--device cpu|sim] [--domain all|"
            + Arrays.stream(Domain.values()).map(Domain::toString).collect(Collectors.joining("|")) + "]";
    private static final int SECONDS = 20;
    private static final int MOST_FAILURES = 25;

    private final PrintStream report;
    private final PrintStream progress;
    private final String device;
    private final Map<Domain, int[]> counts = new EnumMap<>(Domain.class);
    private int failures;

    private Fuzz(PrintStream report, PrintStream progress, String device) {
        this.report = report;
        this.progress = progress;
        this.device = device;
    }

    /** Exits with 0 if no case failed, 1 if some did, 2 for wrong arguments, 3 after a case without an end. */
    public static void main(String... args) throws IOException {
        PrintStream report = console(3, System.out);
        PrintStream progress = console(4, System.err);
        Map<String, String> options =
                new TreeMap<>(Map.of("cases", "1000", "seed", "1", "device", "cpu", "domain", "all"));
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length
                    || !args[i].startsWith("--")
                    || options.replace(args[i].substring(2), args[i + 1]) == null) {
                progress.println(USAGE);
                Runtime.getRuntime().exit(2);
            }
        }
        int status;
        try {
            Device device = options.get("device").equals("sim")
                    ? DeviceUnderTest.SIM.device()
                    : Device.of(options.get("device"));
            Domain domain = options.get("domain").equals("all") ? null : Domain.named(options.get("domain"));
            status = new Fuzz(report, progress, options.get("device"))
                    .run(device, domain, Long.parseLong(options.get("seed")), Integer.parseInt(options.get("cases")));
        } catch (IllegalArgumentException e) {
            progress.println(e.getMessage() + "\n" + USAGE);
            status = 2;
        }
        Runtime.getRuntime().exit(status);
    }

    /** A descriptor that the script opened, since what native code writes to 1 and 2 is looked at. */
    private static PrintStream console(int descriptor, PrintStream otherwise) throws IOException {
        return System.getProperty("fuzz.output") == null
                ? otherwise
                : new PrintStream(new FileOutputStream("/dev/fd/" + descriptor), true, StandardCharsets.UTF_8);
    }

    private int run(Device on, Domain only, long firstSeed, int cases) {
        long start = System.nanoTime();
        try (Fuzzer fuzzer = new Fuzzer(on, SECONDS);
                ProgressBar bar = new ProgressBarBuilder()
                        .setTaskName("fuzz " + device)
                        .setInitialMax(cases)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(progressInterval())
                        .setConsumer(new ConsoleProgressBarConsumer(progress))
                        .build()) {
            for (long seed = firstSeed; seed < firstSeed + cases && failures < MOST_FAILURES; seed++) {
                Domain domain = only == null ? Domain.at(seed) : only;
                int[] count = counts.computeIfAbsent(domain, d -> new int[2]);
                count[0]++;
                bar.step();
                try {
                    Draw draw = fuzzer.draw(seed);
                    Throwable failure = fuzzer.run(domain::check, draw);
                    if (failure != null) {
                        count[1]++;
                        failed(fuzzer, domain, seed, draw, failure);
                    }
                } catch (Fuzzer.Hang e) {
                    count[1]++;
                    report.println(name(domain, seed) + ": " + e.getMessage());
                    summary(start);
                    return 3;
                }
            }
        }
        summary(start);
        return failures > 0 ? 1 : 0;
    }

    private static int progressInterval() {
        return System.console() == null ? 60_000 : 1_000;
    }

    private String name(Domain domain, long seed) {
        return "scripts/fuzz --device " + device + " --domain " + domain + " --seed " + seed + " --cases 1";
    }

    private void failed(Fuzzer fuzzer, Domain domain, long seed, Draw draw, Throwable failure) {
        failures++;
        report.println("\n" + name(domain, seed));
        print(failure);
        int[] small = fuzzer.shrink(domain::check, draw.choices(), failure);
        report.println("  smallest: " + domain + " " + Arrays.toString(small));
        print(fuzzer.run(domain::check, fuzzer.draw(small)));
    }

    private void print(Throwable failure) {
        report.println("  " + failure);
        if (failure != null) {
            Arrays.stream(failure.getStackTrace())
                    .filter(f -> f.getClassName().startsWith("kron4j."))
                    .limit(failure instanceof AssertionError ? 3 : 10)
                    .forEach(f -> report.println("    at " + f));
        }
    }

    private void summary(long start) {
        report.printf("%n%-14s %9s %9s%n", device, "cases", "failed");
        counts.forEach((domain, count) -> report.printf("%-14s %9d %9d%n", domain, count[0], count[1]));
        report.printf(
                "%-14s %9d %9d   in %d s%n",
                "all",
                counts.values().stream().mapToInt(c -> c[0]).sum(),
                counts.values().stream().mapToInt(c -> c[1]).sum(),
                (System.nanoTime() - start) / 1_000_000_000);
    }
}
