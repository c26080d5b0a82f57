package kron4j.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** The application of src/examples/application, compiled and started as the README says. */
public final class ModuleExample {
    private final String modulePath;

    /** Compiles it into the directory. */
    public ModuleExample(Path directory) throws IOException {
        Path jar = jar(directory);
        String libraries = Jvm.classPath().stream()
                .filter(p -> p.matches(".*[/\\\\](bytedeco|jcuda)[/\\\\].*[.]jar"))
                .collect(Collectors.joining(File.pathSeparator));
        Path application = directory.resolve("app");
        Path sources = Path.of("src", "examples", "application", "main", "java");
        int failures = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-d",
                        application.toString(),
                        "-p",
                        jar + File.pathSeparator + libraries,
                        sources.resolve("module-info.java").toString(),
                        sources.resolve("app").resolve("Main.java").toString());
        assertEquals(0, failures);
        modulePath = jar + File.pathSeparator + libraries + File.pathSeparator + application;
    }

    /** As the build makes it: the compiled classes and resources. */
    private static Path jar(Path directory) throws IOException {
        Path jar = directory.resolve("kron4j.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (String resource : new String[] {"/kron4j/Device.class", "/kron4j/kernels/lu.ptx"}) {
                Path file = Path.of(
                        URI.create(ModuleExample.class.getResource(resource).toString()));
                Path root = file;
                for (int i = 0; i < Path.of(resource).getNameCount(); i++) {
                    root = root.getParent();
                }
                if (resource.endsWith(".class") || !Files.exists(root.resolve("kron4j/Device.class"))) {
                    add(root, out);
                }
            }
        }
        return jar;
    }

    private static void add(Path root, JarOutputStream out) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(file -> Files.isRegularFile(file)
                            && (file.startsWith(root.resolve("kron4j")) || file.endsWith("module-info.class")))
                    .forEach(file -> copy(root, file, out));
        }
    }

    private static void copy(Path root, Path file, JarOutputStream out) {
        try {
            out.putNextEntry(new JarEntry(root.relativize(file).toString().replace(File.separatorChar, '/')));
            Files.copy(file, (OutputStream) out);
            out.closeEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it on a device; what it said. */
    public String run(Map<String, String> environment, String options, String device)
            throws IOException, InterruptedException {
        Stream<String> flags = Stream.of(options.split(" "));
        if (Runtime.version().feature() >= 24) {
            flags = Stream.concat(
                    flags,
                    Stream.of(
                            "--enable-native-access=org.bytedeco.javacpp,org.bytedeco.openblas,kron4j,jcuda,jcublas,jcusolver"));
        }
        return Jvm.run(
                        environment,
                        Stream.concat(flags, Stream.of("-p", modulePath, "-m", "app/app.Main", device))
                                .toArray(String[]::new))
                .said();
    }
}
