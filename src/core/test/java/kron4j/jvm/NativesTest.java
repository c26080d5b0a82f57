package kron4j.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where native libraries are unpacked to, and what is said when they cannot be loaded; each in a JVM of its own. */
class NativesTest {
    private static final String WORKS = "45.0, large: 300.0";

    /** What the probe prints where only products of a few numbers work. */
    private static final String WORKS_WITHOUT_BLAS = "45.0, large: ";

    @TempDir
    Path directory;

    private String log;

    /** Computes, or says why not; twice, since the second failure must say the same. */
    static final class Probe {
        public static void main(String[] args) {
            for (int i = 0; i < 2; i++) {
                try {
                    Device.cpu();
                    Tensor x = Tensor.of(new double[] {3, 6});
                    System.out.println("> " + x.matmul(x).item() + ", large: " + large());
                    Device.best();
                } catch (DeviceException e) {
                    System.out.println("> " + e.getMessage());
                }
            }
            System.out.println("> " + System.getProperty("org.bytedeco.javacpp.cachedir"));
        }
    }

    private static Object large() {
        Tensor x = Tensor.ones(DType.FLOAT64, 300);
        try {
            return x.matmul(x).item();
        } catch (DeviceException e) {
            return e.getMessage();
        }
    }

    private List<String> probe(String... options) throws IOException, InterruptedException {
        return probe(Jvm.classPath(), options);
    }

    private List<String> probe(List<String> classPath, String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("-Duser.name=tester"));
        if (Runtime.version().feature() >= 24 && !String.join(" ", options).contains("native-access")) {
            all.add("--enable-native-access=ALL-UNNAMED");
        }
        all.addAll(List.of(options));
        Jvm.Result result = Jvm.run(Probe.class, all, classPath);
        assertEquals(0, result.code(), result.said());
        List<String> lines = result.said()
                .lines()
                .filter(l -> l.startsWith("> "))
                .map(l -> l.substring(2))
                .toList();
        assertEquals(3, lines.size(), result.said());
        assertEquals(lines.get(0), lines.get(1), result.said());
        log = result.said();
        return lines;
    }

    private static String said(List<String> lines) {
        return lines.get(0);
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectory(directory.resolve(name));
    }

    /** A file where the cache should be: no user can make a directory there, not even root. */
    private Path notADirectory() throws IOException {
        return Files.createFile(directory.resolve("file"));
    }

    @Test
    void theTemporaryDirectoryIsUsedAgainAndSaid() throws Exception {
        Path temporary = folder("tmp");
        String[] options = {"-Dkron4j.cache=" + notADirectory(), "-Djava.io.tmpdir=" + temporary};
        List<String> first = probe(options);
        assertEquals(WORKS, said(first), log);
        assertTrue(log.contains("): the temporary directory is used for native libraries"), log);
        assertEquals(temporary.resolve("kron4j-natives-tester").toString(), first.get(2));
        List<String> files = files(temporary);
        assertEquals(WORKS, said(probe(options)));
        assertEquals(files, files(temporary), "nothing is left by a second start");
    }

    private static List<String> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.map(Path::toString)
                    .filter(f -> !f.contains("hsperfdata"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void whereNoDirectoryCanBeWrittenThatIsSaid() throws Exception {
        Path file = notADirectory();
        String said = said(probe("-Dkron4j.cache=" + file, "-Djava.io.tmpdir=" + file));
        assertTrue(said.startsWith("no directory to unpack native libraries into: " + file.resolve("natives")), said);
        assertTrue(said.contains("; " + file.resolve("kron4j-natives-tester") + " (Not a directory); "), said);
        assertTrue(said.endsWith("name a writable one that allows execution: -Dkron4j.cache=DIR"), said);
    }

    /** Needs the right to mount. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void whatIsMountedWithNoexecIsPassedOver() throws Exception {
        Path mounted = folder("noexec");
        Assumptions.assumeTrue(
                mount("mount", "-t", "tmpfs", "-o", "noexec,size=1m", "none", mounted.toString()), "no right to mount");
        try {
            Path temporary = folder("tmp");
            List<String> lines = probe("-Dkron4j.cache=" + mounted, "-Djava.io.tmpdir=" + temporary);
            assertEquals(WORKS, said(lines), log);
            String said = said(probe("-Dkron4j.cache=" + mounted, "-Djava.io.tmpdir=" + mounted));
            assertTrue(
                    said.contains(mounted.resolve("natives") + " (does not allow execution: mounted with noexec)"),
                    said);
            assertTrue(said.contains("-Dkron4j.cache=DIR"), said);
            assertTrue(mount("mount", "-o", "remount,ro", mounted.toString()));
            said = said(probe("-Dkron4j.cache=" + mounted, "-Djava.io.tmpdir=" + mounted));
            assertTrue(said.contains(" (Read-only file system)"), said);
        } finally {
            mount("umount", mounted.toString());
        }
    }

    private static boolean mount(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException noSuchCommand) {
            return false;
        }
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_24)
    void deniedNativeAccessIsSaid() throws Exception {
        String said = said(probe("--illegal-native-access=deny"));
        assertTrue(said.startsWith("the JVM denies native access ("), said);
        assertTrue(said.endsWith("start it with --enable-native-access=ALL-UNNAMED"), said);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aDamagedLibraryIsSaid() throws Exception {
        String said = damaged("libjnijavacpp.");
        assertTrue(said.startsWith("cpu: the native part of org.bytedeco.javacpp.Pointer cannot be loaded: "), said);
        assertTrue(said.contains("libjnijavacpp") && said.contains("-Dkron4j.cache=DIR"), said);
    }

    @Test
    void nativesThatAreNotOnTheClassPathAreNamed() throws Exception {
        String said = said(probe(without("javacpp")));
        assertTrue(said.startsWith("cpu: no native part of org.bytedeco.javacpp.Pointer for "), said);
        assertTrue(said.contains(": add org.bytedeco:javacpp and openblas with the classifier "), said);
        said = said(probe(without("openblas")));
        assertTrue(said.startsWith(WORKS_WITHOUT_BLAS + "cpu: no native part of org.bytedeco.openblas."), said);
    }

    private static List<String> without(String natives) {
        String jar = natives + "-[0-9.-]+-[a-z].*[.]jar";
        return Jvm.classPath().stream()
                .filter(path -> !Path.of(path).getFileName().toString().matches(jar))
                .toList();
    }

    @Test
    void productsOfAFewNumbersNeedNoOpenBlas() throws Exception {
        String said = damaged("libjniopenblas_nolapack.");
        assertTrue(said.startsWith(WORKS_WITHOUT_BLAS + "cpu: the native part of org.bytedeco.openblas."), said);
        assertTrue(said.contains(" cannot be loaded: ") && said.contains("-Dkron4j.cache=DIR"), said);
    }

    /** What the probe says when a library, once unpacked, is damaged. */
    private String damaged(String name) throws Exception {
        Path cache = folder("cache");
        probe("-Dkron4j.cache=" + cache);
        Path library = files(cache).stream()
                .map(Path::of)
                .filter(f -> f.getFileName().toString().startsWith(name))
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow();
        Path damaged = Files.createFile(directory.resolve("damaged"));
        Files.write(damaged, new byte[(int) Files.size(library)]);
        Files.setLastModifiedTime(damaged, Files.getLastModifiedTime(library));
        Files.move(damaged, library, StandardCopyOption.REPLACE_EXISTING);
        return said(probe("-Dkron4j.cache=" + cache));
    }
}
