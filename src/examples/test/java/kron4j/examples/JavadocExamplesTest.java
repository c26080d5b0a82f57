package kron4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the examples in the Javadoc of the exported packages. */
class JavadocExamplesTest {
    private static final Path SOURCES = Path.of("src/core/main/java/kron4j");
    private static final Pattern EXAMPLE = Pattern.compile("<pre>\\{@code\\R(.*?)\\R\\s*\\* \\}</pre>", Pattern.DOTALL);
    private static final String IMPORTS = """
            import static kron4j.DType.*;
            import java.nio.*;
            import java.nio.file.Path;
            import java.util.*;
            import kron4j.*;
            import kron4j.autograd.*;
            import kron4j.backend.*;
            import kron4j.io.*;
            import kron4j.ops.*;
            import kron4j.ops.Random;
            import kron4j.train.*;
            """;
    /** Variables that examples may use without declaring them; their own ones hide these. */
    private static final String OPERANDS = """
            class Operands {
                static Tensor a, b, c, m, x, y, w, kernel, labels, order, covarianceX, covarianceY;
                static List<Tensor> batches;
                static Device device;
                static Path path;
            }
            """;

    @Test
    void theyCompile(@TempDir Path directory) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("-proc:none", "-nowarn", "-d", directory.toString()));
        arguments.addAll(List.of("-cp", System.getProperty("java.class.path")));
        arguments.add(write(directory, "Operands", OPERANDS));
        for (Path source : sources()) {
            Matcher example = EXAMPLE.matcher(Files.readString(source));
            for (int i = 0; example.find(); i++) {
                String name = SOURCES.relativize(source).toString().replaceAll("\\W", "_") + i;
                String code = example.group(1).replaceAll("(?m)^\\s*\\* ?", "");
                boolean member = code.startsWith("static ") || code.startsWith("final class ");
                String body = member ? code : "void example() throws Exception {\n" + code + "\n}";
                arguments.add(write(directory, name, "class " + name + " extends Operands {\n" + body + "\n}\n"));
            }
        }
        assertTrue(arguments.size() > 40, arguments::toString);
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int status = ToolProvider.getSystemJavaCompiler().run(null, errors, errors, arguments.toArray(String[]::new));
        assertEquals(0, status, () -> errors.toString(StandardCharsets.UTF_8));
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String exported : List.of("", "autograd", "io", "ops", "train")) {
            try (Stream<Path> files = Files.list(SOURCES.resolve(exported))) {
                files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(sources::add);
            }
        }
        return sources;
    }

    private static String write(Path directory, String name, String code) throws IOException {
        return Files.writeString(directory.resolve(name + ".java"), IMPORTS + code)
                .toString();
    }
}
