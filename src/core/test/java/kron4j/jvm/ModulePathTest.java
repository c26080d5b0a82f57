package kron4j.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModulePathTest {
    @TempDir
    Path directory;

    @Test
    void theExampleRuns() throws Exception {
        String said = new ModuleExample(directory).run(Map.of(), "--add-modules ALL-MODULE-PATH", "cpu");
        assertEquals("cpu: 25.0", said.strip());
    }

    @Test
    void withoutTheOptionItIsNamed() throws Exception {
        String said = new ModuleExample(directory).run(Map.of(), "--add-modules jdk.management", "cpu");
        assertTrue(said.contains("on a module path, start with --add-modules ALL-MODULE-PATH"), said);
    }
}
