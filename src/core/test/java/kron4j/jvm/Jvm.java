package kron4j.jvm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Another JVM, of the kind that runs the tests. */
final class Jvm {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private Jvm() {}

    /** What it said and how it ended. */
    record Result(int code, String said) {}

    /** Where the tests' classes and libraries are, without those of the simulated device. */
    static List<String> classPath() {
        return List.of(System.getProperty("java.class.path").split(File.pathSeparator));
    }

    /** Runs a class of the tests. */
    static Result run(Class<?> main, List<String> options) throws IOException, InterruptedException {
        return run(main, options, classPath());
    }

    /** The same on a class path. */
    static Result run(Class<?> main, List<String> options, List<String> classPath)
            throws IOException, InterruptedException {
        return end(builder(main, options, classPath).redirectErrorStream(true).start());
    }

    /** Starts a class of the tests, whose output the caller reads, without what it says of errors. */
    static Process start(Class<?> main, List<String> options) throws IOException {
        return builder(main, options, classPath())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    static Result run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        return end(builder(environment, List.of(arguments))
                .redirectErrorStream(true)
                .start());
    }

    private static ProcessBuilder builder(Class<?> main, List<String> options, List<String> classPath) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), main.getName()));
        return builder(Map.of("LD_LIBRARY_PATH", "", "XDG_CACHE_HOME", ""), all);
    }

    private static ProcessBuilder builder(Map<String, String> environment, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(JAVA, "-Xmx256m", "-XX:+UseSerialGC"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        return builder;
    }

    private static Result end(Process process) throws IOException, InterruptedException {
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        return new Result(process.exitValue(), said);
    }
}
