package kron4j.bench.gpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.junit.platform.launcher.listeners.TestExecutionSummary.Failure;

/**
 * Runs the contracts one by one on the device of {@code -Dkron4j.test.device}, with a line of results for each (see {@link Results}). Arguments: the file
 * of results, the jar of tests, and the names that come first, without package and Contract; all others follow unless the last argument is "only".
 */
public final class Suites {
    private static final int MOST_FAILURES = 20;

    private Suites() {}

    public static void main(String[] args) throws IOException {
        Results results = new Results(Path.of(args[0]));
        Launcher launcher = LauncherFactory.create();
        for (String name : names(args)) {
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(DiscoverySelectors.selectClass(name))
                    .build();
            if (launcher.discover(request).containsTests()) { // it is not abstract
                results.piece(name, result -> run(launcher, request, result));
            }
        }
        System.exit(results.finish());
    }

    private static Set<String> names(String[] args) {
        List<String> all = new ArrayList<>();
        try (JarFile jar = new JarFile(args[1])) {
            jar.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.startsWith("kron4j/contract/") && name.endsWith("Contract.class"))
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .sorted()
                    .forEach(all::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Set<String> ordered = new LinkedHashSet<>();
        for (int i = 2; i < args.length; i++) {
            String simple = "." + args[i] + "Contract";
            all.stream().filter(name -> name.endsWith(simple)).forEach(ordered::add);
        }
        if (!args[args.length - 1].equals("only")) {
            ordered.addAll(all);
        }
        return ordered;
    }

    private static void run(Launcher launcher, LauncherDiscoveryRequest request, Map<String, Object> result) {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        launcher.execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        List<Failure> failures = summary.getFailures();
        result.put("tests", summary.getTestsSucceededCount() + failures.size());
        result.put("skipped", summary.getTestsSkippedCount() + summary.getTestsAbortedCount());
        if (!failures.isEmpty()) {
            result.put("error", failures.size() + " failed");
            result.put(
                    "failures",
                    failures.stream().limit(MOST_FAILURES).map(Suites::text).toList());
            if (failures.stream().anyMatch(f -> isLost(f.getException()))) {
                result.put("lost", true);
            }
        } else if (summary.getTestsSucceededCount() == 0) {
            result.put("error", "no test ran");
        }
    }

    private static String text(Failure failure) {
        StackTraceElement[] trace = failure.getException().getStackTrace();
        StringBuilder text = new StringBuilder(failure.getTestIdentifier().getUniqueId()).append(": ");
        text.append(failure.getException());
        for (StackTraceElement element : trace) {
            if (element.getClassName().startsWith("kron4j.")) {
                text.append(" at ").append(element);
                break;
            }
        }
        return text.toString();
    }

    private static boolean isLost(Throwable e) {
        return e != null && (e.getClass().getSimpleName().equals("DeviceLostException") || isLost(e.getCause()));
    }
}
