package kron4j.backend.cuda.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcusolver.JCusolver;
import kron4j.backend.Backends;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a JVM of its own, against libraries of a few functions that are compiled here, under the names of CUDA 12 or 13. */
class LoadingTest {
    @TempDir
    Path directory;

    @BeforeEach
    void compilerAndNatives() {
        boolean there =
                Stream.of(System.getenv("PATH").split(":")).anyMatch(d -> Files.isExecutable(Path.of(d, "g++")));
        Assumptions.assumeTrue(there || System.getProperty("require.sim") != null, "no g++ to compile stand-ins with");
        Assumptions.assumeTrue(
                JCublas2.class.getResource("/lib/libJCublas2-12.6.0-linux-x86_64.so") != null,
                "this platform has no JCuda natives");
    }

    private static String run(List<String> command, Path libraries) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(k -> k.matches("CUDA.*|VIRTUAL_ENV|CONDA_PREFIX|PATH|LD_LIBRARY_PATH"));
        builder.environment().put("PATH", "/usr/bin:/bin");
        builder.environment().put("LD_LIBRARY_PATH", libraries.toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue(), said);
        return said;
    }

    private void compile(String library, String code) throws IOException, InterruptedException {
        Path source = directory.resolve("stand-in.cpp");
        Files.writeString(source, "extern \"C\" { " + code + " }");
        Path versions = directory.resolve("versions.map");
        Files.writeString(versions, library + " { global: *; };");
        run(
                List.of(
                        "g++",
                        "-shared",
                        "-fPIC",
                        "-Wl,-soname," + library,
                        "-Wl,--version-script=" + versions,
                        "-o",
                        directory.resolve(library).toString(),
                        source.toString()),
                directory);
    }

    private void driver(int version, int cards) throws IOException, InterruptedException {
        driver(version, cards, 75);
    }

    private void driver(int version, int cards, int capability) throws IOException, InterruptedException {
        compile(
                "libcuda.so.1",
                "int cuInit(unsigned) { return 0; } int cuDriverGetVersion(int* v) { *v = " + version
                        + "; return 0; } int cuDeviceGetCount(int* n) { *n = " + cards
                        + "; return 0; } int cuDeviceGet(int* d, int i) { *d = i; return 0; }"
                        + " int cuDeviceGetAttribute(int* v, int which, int) { *v = which == 75 ? " + capability / 10
                        + " : " + capability % 10 + "; return 0; }");
    }

    private void blas(String library, int version) throws IOException, InterruptedException {
        compile(library, "int cublasGetVersion_v2(void*, int* v) { *v = " + version + "; return 0; }");
    }

    /** Of what is under test and JCuda, whoever runs this test. */
    private static String classPath() throws IOException {
        List<String> entries = new ArrayList<>();
        for (Class<?> c : List.of(Probe.class, Backends.class, JCudaDriver.class, JCublas2.class, JCusolver.class)) {
            entries.add(c.getProtectionDomain().getCodeSource().getLocation().getPath());
        }
        for (String part : List.of("JCudaDriver", "JCublas2", "JCusolver")) {
            URL resource = JCublas2.class.getResource("/lib/lib" + part + "-12.6.0-linux-x86_64.so");
            entries.add(((JarURLConnection) resource.openConnection())
                    .getJarFileURL()
                    .getPath());
        }
        return String.join(File.pathSeparator, entries);
    }

    private List<String> jvm() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-Dkron4j.cache=" + directory.resolve("cache"),
                "-Duser.home=" + directory,
                "-cp",
                classPath(),
                Probe.class.getName()));
        if (Runtime.version().feature() >= 24) {
            command.add(1, "--enable-native-access=ALL-UNNAMED"); // else it warns
        }
        return run(command, directory).lines().toList();
    }

    /** Says what became of it. */
    static final class Probe {
        public static void main(String[] args) {
            System.out.println(Backends.available());
            if (Backends.available().size() == 1) {
                System.out.println(Backends.declined());
                return;
            }
            CudaLibraries libraries = CudaLibraries.get();
            libraries.describe().forEach(System.out::println);
            libraries.loadBlas();
            int[] version = new int[1];
            System.out.println(JCublas2.cublasGetVersion(new jcuda.jcublas.cublasHandle(), version) + " " + version[0]);
            libraries.requireBlas("cublasGetVersion");
            try {
                libraries.requireBlas("cublasDgemm");
            } catch (kron4j.DeviceException e) {
                System.out.println(e.getMessage());
            }
            System.out.println(System.getProperty("java.io.tmpdir").contains("jcuda"));
        }
    }

    @Test
    void cuda12AsItIs() throws IOException, InterruptedException {
        driver(12020, 1);
        blas("libcublas.so.12", 120600);
        compile("libcusolver.so.11", "");
        List<String> said = jvm();
        assertEquals("[cuda:0, cpu]", said.get(0), said.toString());
        assertEquals("library libcuda.so.1: " + directory.toRealPath().resolve("libcuda.so.1"), said.get(1));
        assertEquals("library libcublas.so.12: " + directory.toRealPath().resolve("libcublas.so.12"), said.get(2));
        assertTrue(said.get(4).endsWith("as they are"), said.get(4));
        assertEquals("0 120600", said.get(5));
        assertEquals(
                "cuda: " + directory.resolve("libcublas.so.12")
                        + " has no cublasDgemm; use a CUDA toolkit of 12.0 or newer that has it",
                said.get(6));
        assertEquals("false", said.get(7));
        Path natives = directory.resolve("cache/natives");
        assertEquals("rwx------", permissions(natives));
    }

    private static String permissions(Path path) throws IOException {
        return java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void cuda13ByRelinkedNatives() throws IOException, InterruptedException {
        driver(13000, 2);
        blas("libcublas.so.13", 130000);
        compile("libcusolver.so.12", "");
        List<String> said = jvm();
        assertEquals("[cuda:0, cuda:1, cpu]", said.get(0), said.toString());
        assertTrue(said.get(4).endsWith("re-linked for CUDA 13"), said.get(4));
        assertEquals("0 130000", said.get(5));
    }

    @Test
    void cuda12IsPreferred() throws IOException, InterruptedException {
        driver(13000, 1);
        blas("libcublas.so.13", 130000);
        compile("libcusolver.so.12", "");
        blas("libcublas.so.12", 120600);
        compile("libcusolver.so.11", "");
        assertEquals("0 120600", jvm().get(5));
    }

    @Test
    void whatLiesInTheDirectoryIsChecked() throws IOException, InterruptedException {
        driver(12020, 1);
        blas("libcublas.so.12", 120600);
        compile("libcusolver.so.11", "");
        jvm();
        Path one;
        try (Stream<Path> files = Files.walk(directory.resolve("cache"))) {
            one = files.filter(f -> f.getFileName().toString().startsWith("libJCublas2"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] content = Files.readAllBytes(one);
        Files.write(one, new byte[content.length]);
        assertEquals("0 120600", jvm().get(5));
        assertTrue(java.util.Arrays.equals(content, Files.readAllBytes(one)));
    }

    @Test
    void whatIsMissingIsSaid() throws IOException, InterruptedException {
        List<String> none = jvm();
        assertEquals("[cpu]", none.get(0));
        // A machine with a driver finds that one.
        if (none.get(1).contains("libcuda.so.1 not found")) {
            assertEquals(
                    "{cuda:0=no NVIDIA driver: libcuda.so.1 not found; install the driver (nvidia-smi must work) or ask for"
                            + " cpu}",
                    none.get(1));
        }
        driver(12020, 1);
        List<String> driverOnly = jvm();
        Assumptions.assumeTrue(driverOnly.get(0).equals("[cpu]"), "this machine has a toolkit");
        String bare = driverOnly.get(1);
        assertTrue(
                bare.contains("the driver is there (" + directory.resolve("libcuda.so.1")
                        + ") but not libcublas.so.12 and libcusolver.so.11"),
                bare);
        assertTrue(bare.contains("pip install nvidia-cublas-cu12"), bare);
        assertFalse(bare.contains("\n"), bare);
        blas("libcublas.so.12", 120600);
        compile("libcusolver.so.11", "");
        driver(11080, 1);
        String old = jvm().get(1);
        assertEquals(
                "{cuda:0=the NVIDIA driver is for CUDA 11.8; 12.0 (driver 525) or newer is required; update the driver}",
                old);
        driver(12020, 1, 70);
        String weak = jvm().get(1);
        assertEquals(
                "{cuda:0=the card has compute capability 7.0, the kernels need 7.5 (Turing) or newer; use another card, or"
                        + " cpu}",
                weak);
        driver(12020, 0);
        String noCard = jvm().get(1);
        assertTrue(noCard.contains("the NVIDIA driver shows no card; see what nvidia-smi"), noCard);
    }
}
