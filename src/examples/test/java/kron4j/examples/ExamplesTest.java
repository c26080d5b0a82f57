package kron4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Runs the examples and holds the README to them. */
class ExamplesTest {
    @Test
    void theTenLinesPrintEightLogDeterminantsAndTheShapeOfTheProduct() {
        String printed = printedBy(() -> TenLines.main(new String[0]));
        Matcher numbers = Pattern.compile("-?\\d+\\.\\d+").matcher(printed);
        assertEquals(8, numbers.results().count(), printed);
        assertTrue(printed.stripTrailing().endsWith("[100,300]"), printed);
    }

    @Test
    void theReadmeShowsTheTenLines() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        Matcher block = Pattern.compile("## Ten lines.*?```java\n(.*?)```", Pattern.DOTALL)
                .matcher(readme);
        assertTrue(block.find(), "README.md has no java block under '## Ten lines'");
        String example = Files.readString(Path.of("src/examples/main/java/kron4j/examples/TenLines.java"));
        List<String> shown = code(block.group(1)).toList();
        List<String> run = code(example).toList();
        int start = run.indexOf(shown.get(0));
        assertTrue(start >= 0, shown.get(0));
        assertEquals(shown, run.subList(start, start + shown.size()));
    }

    @Test
    void theTrainingPageShowsTheExamples() throws IOException {
        String page = Files.readString(Path.of("src/docs/training.md"));
        Matcher block = Pattern.compile("<!-- (\\w+)\\.java -->\n```java\n(.*?)```", Pattern.DOTALL)
                .matcher(page);
        int blocks = 0;
        while (block.find()) {
            String example =
                    Files.readString(Path.of("src/examples/main/java/kron4j/examples/" + block.group(1) + ".java"));
            List<String> shown = code(block.group(2)).toList();
            List<String> run = code(example).toList();
            int start = run.indexOf(shown.get(0));
            assertTrue(start >= 0, shown.get(0));
            assertEquals(shown, run.subList(start, start + shown.size()));
            blocks++;
        }
        assertEquals(3, blocks);
    }

    @Test
    void theTrainingExamplesLearn() {
        assertTrue(number(printedBy(() -> FromPyTorch.main(new String[0]))) > 0.9);
        assertTrue(number(printedBy(() -> FromKeras.main(new String[0]))) < 0.1);
        // The maximum-likelihood estimate whitens: its determinant is off by the sampling error of 3 log-variances,
        // sqrt(3 * 2 / 4096) / 2.
        assertEquals(0, number(printedBy(() -> FromDjl.main(new String[0]))), 4 * Math.sqrt(6.0 / 4096) / 2);
    }

    private static double number(String printed) {
        Matcher number = Pattern.compile("-?\\d+\\.\\d+").matcher(printed);
        assertTrue(number.find(), printed);
        return Double.parseDouble(number.group());
    }

    /** Lines without comments, indentation and blanks. */
    private static Stream<String> code(String text) {
        return text.lines().map(line -> line.replaceAll("//.*", "").strip()).filter(line -> !line.isEmpty());
    }

    private static String printedBy(Runnable program) {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            program.run();
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
