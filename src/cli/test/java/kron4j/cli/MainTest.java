package kron4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import kron4j.Device;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.io.Npz;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    private static final List<String> COMMANDS = List.of(
            "demo",
            "einsum",
            "matmul",
            "tensordot",
            "dot",
            "batch-dot",
            "kron",
            "kron-apply",
            "slogdet",
            "solve",
            "inverse",
            "doctor",
            "conformance",
            "convert",
            "train");

    @TempDir
    Path dir;

    private TensorScope scope;

    /** What a run left. */
    private record Run(int code, String out, String err) {}

    @BeforeEach
    void open() {
        scope = Device.cpu().openScope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private Run run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        long live = Device.cpu().memoryReport().live();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), args);
        assertEquals(live, Device.cpu().memoryReport().live(), "a command must free what it made");
        return new Run(code, out.toString(), err.toString());
    }

    private String succeed(String... args) {
        Run run = run(args);
        assertEquals("", run.err());
        assertEquals(0, run.code(), run.out());
        return run.out().strip();
    }

    /** The one line of an error. */
    private String fail(int code, String... args) {
        Run run = run(args);
        assertEquals(code, run.code(), run.err());
        assertEquals("", run.out());
        assertTrue(Pattern.matches("kron4j: [^\\n]*\\n", run.err()), run.err());
        return run.err().strip().substring("kron4j: ".length());
    }

    private String save(String name, Object values, long... shape) {
        Path file = dir.resolve(name + ".npy");
        Tensor.of(values, shape).save(file);
        return file.toString();
    }

    private String a() {
        return save("a", new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
    }

    private String b() {
        return save("b", new double[] {1, 0, 0, 1, 1, 1}, 3, 2);
    }

    // ---- results ----

    @Test
    void printsTheResult() {
        assertEquals("Tensor[2,2] float64 cpu\n[[4.0, 5.0],\n [10.0, 11.0]]", succeed("matmul", a(), b()));
        assertEquals("Tensor[2,2] float64 cpu\n[[4.0, 5.0],\n [10.0, 11.0]]", succeed("einsum", "ij,jk->ik", a(), b()));
        assertEquals("Tensor[] float64 cpu 21.0", succeed("einsum", "ij->", a()));
        assertEquals("Tensor[] float64 cpu 42.0", succeed("einsum", "ij->", a(), "--alpha", "2"));
        assertEquals(
                "Tensor[2,2] float64 cpu\n[[14.0, 32.0],\n [32.0, 77.0]]",
                succeed("matmul", a(), a(), "--transpose-b"));
    }

    @Test
    void tensordotTakesANumberOrTwoLists() {
        assertEquals("Tensor[] float64 cpu 91.0", succeed("tensordot", a(), a()));
        assertEquals("Tensor[] float64 cpu 91.0", succeed("tensordot", a(), a(), "--axes", "0,1:0,1"));
        assertTrue(succeed("tensordot", a(), b(), "--axes", "1").startsWith("Tensor[2,2]"));
        assertTrue(succeed("tensordot", a(), b(), "--axes", "0").startsWith("Tensor[2,3,3,2]"));
        assertTrue(succeed("tensordot", a(), b(), "--axes", ":").startsWith("Tensor[2,3,3,2]"));
        for (String axes : List.of("x", "1:2:3", "1,2", "0,:1")) {
            assertEquals(
                    "--axes '" + axes + "' is neither a number such as 2 nor two lists such as 1,0:0,1;"
                            + " 'kron4j tensordot --help' shows how",
                    fail(2, "tensordot", a(), b(), "--axes", axes));
        }
    }

    @Test
    void kerasProducts() {
        String x = save("x", new double[2 * 2 * 1 * 3], 2, 2, 1, 3);
        String y = save("y", new double[2 * 2 * 3 * 4], 2, 2, 3, 4);
        assertTrue(succeed("batch-dot", x, y).startsWith("Tensor[2,2,1,2,4]"));
        assertTrue(succeed("batch-dot", x, y, "--legacy").startsWith("Tensor[2,2,1,4]"));
        assertTrue(succeed("batch-dot", x, y, "--axes", "3,2").startsWith("Tensor[2,2,1,2,4]"));
        assertTrue(succeed("batch-dot", x, x, "--axes", "-1").startsWith("Tensor[2,2,1,2,1]"));
        assertTrue(succeed("dot", x, y).startsWith("Tensor[2,2,1,2,2,4]"));
        assertTrue(fail(1, "dot", x, x).contains("[4,3], [1,12]"));
    }

    @Test
    void kronecker() {
        String e = save("e", new double[] {1, 0, 0, 1}, 2, 2);
        String v = save("v", new double[] {2, 3}, 1, 2);
        assertEquals("Tensor[2,4] float64 cpu\n[[2.0, 3.0, 0.0, 0.0],\n [0.0, 0.0, 2.0, 3.0]]", succeed("kron", e, v));
        assertTrue(succeed("kron", e, v, e).startsWith("Tensor[4,8]"));
        String batch = save("batch", new double[12], 3, 2, 2);
        assertTrue(succeed("kron", batch, e, "--batched").startsWith("Tensor[3,4,4]"));
    }

    @Test
    void multipliesByAKroneckerProductWithoutFormingIt() {
        String f = save("f", new double[] {0, 1, 1, 0}, 2, 2);
        String g = save("g", new double[] {1, 2}, 1, 2);
        String x = save("x", new double[] {1, 2, 3, 4});
        assertEquals("Tensor[2] float64 cpu\n[11.0, 5.0]", succeed("kron-apply", x, f, g));
        String y = save("y", new double[] {1, 2});
        assertEquals("Tensor[4] float64 cpu\n[2.0, 4.0, 1.0, 2.0]", succeed("kron-apply", y, f, g, "--transpose"));
        String row = save("row", new double[] {1, 2}, 1, 2);
        assertEquals("Tensor[1,4] float64 cpu\n[[2.0, 4.0, 1.0, 2.0]]", succeed("kron-apply", row, f, g, "--right"));
        assertTrue(fail(1, "kron-apply", y, f, g).contains("has 2 rows, product of factor columns is 4"));
    }

    @Test
    void linearAlgebra() {
        String a = save("m", new double[] {2, 1, 1, 1}, 2, 2);
        String b = save("r", new double[] {3, 2});
        assertEquals("Tensor[2] float64 cpu\n[1.0, 1.0]", succeed("solve", a, b));
        assertEquals("Tensor[2,2] float64 cpu\n[[1.0, -1.0],\n [-1.0, 2.0]]", succeed("inverse", a));
        assertEquals("sign: Tensor[] float64 cpu 1.0\nlogabsdet: Tensor[] float64 cpu 0.0", succeed("slogdet", a));
        assertEquals(
                "sign: Tensor[] float64 cpu 1.0\nlogabsdet: Tensor[] float64 cpu 0.0",
                succeed("slogdet", a, "--accuracy", "compensated"));
    }

    @Test
    void writesFilesAndArchives() {
        Path c = dir.resolve("c.npy");
        assertEquals("result [2,2] float64 -> " + c, succeed("matmul", a(), b(), "-o", c.toString()));
        assertArrayEquals(new double[] {4, 5, 10, 11}, Tensor.load(c).toDoubleArray());
        assertEquals("", succeed("matmul", a(), b(), "--quiet", "--output", c.toString()));
        Path z = dir.resolve("z.npz");
        String m = save("m", new double[] {0, 1, 1, 0}, 2, 2);
        succeed("slogdet", m, "-o", z.toString());
        assertEquals(-1, Npz.read(z).get("sign").item());
        assertEquals(0, Npz.read(z, "logabsdet").item());
        assertEquals(
                "the results [sign, logabsdet] are several arrays; write them to a .npz archive, not to " + c
                        + "; 'kron4j slogdet --help' shows how",
                fail(2, "slogdet", m, "-o", c.toString()));
    }

    @Test
    void readsArraysOfArchives() {
        Map<String, Tensor> arrays = new LinkedHashMap<>();
        arrays.put("x", Tensor.of(new double[] {1, 2}));
        Path z = dir.resolve("z.npz");
        Npz.write(z, arrays);
        assertEquals("Tensor[] float64 cpu 3.0", succeed("einsum", "i->", z.toString()));
        arrays.put("y", Tensor.of(new double[] {5}));
        Npz.write(z, arrays);
        assertEquals("Tensor[] float64 cpu 5.0", succeed("einsum", "i->", z + ":y"));
        assertEquals(
                "load: " + z + ": holds [x, y]; name one as " + z + ":NAME", fail(1, "einsum", "i->", z.toString()));
        assertEquals("load: " + z + ": has no array 'q'; it has [x, y]", fail(1, "einsum", "i->", z + ":q"));
    }

    @Test
    void convertsOperands() {
        String ints = save("ints", new int[] {1, 2, 3});
        assertEquals("Tensor[] float32 cpu 6.0", succeed("einsum", "i->", ints, "--dtype", "float32"));
        assertEquals("Tensor[3] uint8 cpu\n[1, 2, 3]", succeed("einsum", "i->i", ints, "--dtype", "uint8"));
        assertEquals(
                "Invalid value for option '--dtype': dtype: 'float8' is not one of [float32, float64, float16,"
                        + " bfloat16, complex128, complex64, int32, int64, int8, uint8, bool]; 'kron4j einsum --help' shows how",
                fail(2, "einsum", "i->", ints, "--dtype", "float8"));
    }

    @Test
    void printsJson() {
        JsonObject result = JsonParser.parseString(succeed("matmul", a(), b(), "--json"))
                .getAsJsonObject()
                .getAsJsonObject("result");
        assertEquals("{\"shape\":[2,2],\"dtype\":\"float64\",\"values\":[4.0,5.0,10.0,11.0]}", result.toString());
        String singular = save("s", new double[] {1, 1, 1, 1}, 2, 2);
        assertEquals(
                "{\"sign\":{\"shape\":[],\"dtype\":\"float64\",\"values\":[0.0]},"
                        + "\"logabsdet\":{\"shape\":[],\"dtype\":\"float64\",\"values\":[\"-inf\"]}}",
                succeed("--json", "slogdet", singular));
        Path c = dir.resolve("c.npy");
        assertEquals(
                "{\"result\":{\"shape\":[2,2],\"dtype\":\"float64\"},\"output\":\"" + c + "\"}",
                succeed("matmul", a(), b(), "--json", "-o", c.toString()));
        assertEquals(
                "{\"result\":{\"shape\":[2],\"dtype\":\"bool\",\"values\":[true,false]}}",
                succeed("--json", "kron", save("t", new boolean[] {true, false}), save("one", new boolean[] {true})));
        String tenths = save("tenths", new double[] {0.1, -1e9});
        assertEquals(
                "{\"result\":{\"shape\":[2],\"dtype\":\"float16\",\"values\":[0.099975586,\"-inf\"]}}",
                succeed("--json", "einsum", "i->i", tenths, "--dtype", "float16"));
        assertEquals(
                "{\"result\":{\"shape\":[2],\"dtype\":\"complex64\",\"values\":[[0.1,0.0],[-1.0E9,0.0]]}}",
                succeed("--json", "einsum", "i->i", tenths, "--dtype", "complex64"));
        assertEquals(
                "{\"result\":{\"shape\":[2],\"dtype\":\"complex128\",\"values\":[[0.1,0.0],[-1.0E9,0.0]]}}",
                succeed("--json", "einsum", "i->i", tenths, "--dtype", "complex128"));
    }

    @Test
    void explains() {
        String text = succeed("einsum", "ij,jk->ik", a(), b(), "--explain");
        assertTrue(text.contains("ij,jk->ik"), text);
        assertFalse(text.contains("Tensor["), text);
        JsonObject json = JsonParser.parseString(succeed("einsum", "ij,jk->ik", a(), b(), "--explain", "--json"))
                .getAsJsonObject();
        assertEquals(text, json.get("plan").getAsString().strip());
        assertFalse(json.has("result"));
        Path c = dir.resolve("c.npy");
        String both = succeed("einsum", "ij,jk->ik", a(), b(), "--explain", "-o", c.toString());
        assertTrue(both.endsWith("result [2,2] float64 -> " + c), both);
        assertEquals(Shape.of(2, 2), Tensor.load(c).shape());
    }

    @Test
    void limitsMemory() {
        assertTrue(
                succeed("einsum", "ij,jk->ik", a(), b(), "--memory-limit", "1K").startsWith("Tensor[2,2]"));
        assertTrue(
                fail(1, "einsum", "ij,jk->ik", a(), b(), "--memory-limit", "8").contains("8"));
        for (String limit : List.of("x", "", "K", "1T", "99999999999G")) {
            assertEquals(
                    "--memory-limit '" + limit + "' is not a number of bytes such as 1000000, 64M or 2G;"
                            + " 'kron4j einsum --help' shows how",
                    fail(2, "einsum", "ij,jk->ik", a(), b(), "--memory-limit", limit));
        }
    }

    // ---- errors ----

    @Test
    void computationsThatFailExitWithOne() {
        assertEquals("load: nothing.npy: no such file", fail(1, "inverse", "nothing.npy"));
        assertTrue(fail(1, "matmul", a(), a()).contains("[2,3]"));
        assertTrue(fail(1, "einsum", "ij,jk", a(), a()).contains("label 'j'"));
        String singular = save("s", new double[] {1, 1, 1, 1}, 2, 2);
        assertTrue(fail(1, "inverse", singular).contains("singular"));
        assertTrue(fail(1, "doctor", "--device", "cuda").startsWith("cuda: "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "inverse i | inverse: needs a floating dtype, got int64 [2,2]; convert with --dtype float64",
                "matmul t t | matmul: bool has no sums of products; convert with --dtype int64",
                "kron i s | kron: operands have dtypes int64 [2,2], float64 [2,2]; convert with --dtype float64",
                "kron-apply i s | kron-apply: x [2,2] is int64, the factors [2,2] are float64; convert with --dtype"
                        + " float64",
                "kron-apply s v | kron-apply: factor 0 of shape [2] is not a matrix; give it the axes with"
                        + " numpy.reshape",
                "dot t t | dot: bool has no sums of products; convert with --dtype int64",
                "batch-dot v v | batch-dot: shapes [2] and [2] need two axes or more",
                "inverse s | inverse: the matrix of shape [2,2] is singular (pivot 1 is zero)",
                "solve s s | solve: the matrix of shape [2,2] is singular (pivot 1 is zero)",
                "inverse v | inverse: needs a matrix or a batch of them, got shape [2] of rank 1; give it the axes"
                        + " with numpy.reshape",
                "solve s wide | solve: a of shape [2,2] needs b with 2 rows, got shape [3,2] with 3; b is a vector"
                        + " only if its rank is 1: for a batch of vectors give B as numpy.expand_dims(b, -1)",
            })
    void remediesAreThoseOfACommandLine(String line, String text) {
        Map<String, String> files = Map.of(
                "i", save("i", new long[] {1, 2, 3, 4}, 2, 2),
                "t", save("t", new boolean[] {true, true, true, false}, 2, 2),
                "s", save("s", new double[] {1, 1, 1, 1}, 2, 2),
                "v", save("v", new double[] {1, 2}),
                "wide", save("wide", new double[6], 3, 2));
        String[] args = Arrays.stream(line.split(" "))
                .map(word -> files.getOrDefault(word, word))
                .toArray(String[]::new);
        assertEquals(text, fail(1, args));
    }

    @Test
    void outputsAreLookedAtFirst() throws IOException {
        Path none = dir.resolve("none");
        for (String end : List.of("/x.npy", "/x.npz", "/x.npz:q")) {
            assertEquals(
                    "-o " + none + end + ": there is no directory " + none + "; 'kron4j matmul --help' shows how",
                    fail(2, "matmul", a(), b(), "-o", none + end));
        }
        for (String name : List.of(dir.toString(), "y.txt", "y", "y.npy.gz", "y.npy:q")) {
            assertEquals(
                    "-o " + name
                            + ": is not FILE.npy, FILE.npz[:NAME] or FILE.safetensors[:NAME]; 'kron4j matmul --help'"
                            + " shows how",
                    fail(2, "matmul", a(), b(), "-o", name));
        }
        Path directory = Files.createDirectory(dir.resolve("d.npy"));
        assertEquals(
                "save: " + directory + ": exists and is not a regular file; choose another name",
                fail(1, "matmul", a(), b(), "-o", directory.toString()));
        assertEquals(
                "save: /proc/x.npy: no file can be created there", fail(1, "matmul", a(), b(), "-o", "/proc/x.npy"));
    }

    @Test
    void writesANamedMember() {
        Path z = dir.resolve("z.npz");
        assertEquals("result [2,2] float64 -> " + z + ":q", succeed("matmul", a(), b(), "-o", z + ":q"));
        assertEquals(List.of("q"), Npz.names(z));
        assertEquals(
                "-o " + z + ":r: " + z + " exists already; name a new archive;" + " 'kron4j matmul --help' shows how",
                fail(2, "matmul", a(), b(), "-o", z + ":r"));
        assertTrue(fail(2, "slogdet", a(), "-o", dir.resolve("new.npz") + ":r")
                .startsWith("the results [sign, logabsdet]"));
    }

    @Test
    void errorsAreJsonToo() {
        Run run = run("--json", "inverse", "nothing.npy");
        assertEquals("{\"error\":\"load: nothing.npy: no such file\"}\n", run.out());
        assertEquals("kron4j: load: nothing.npy: no such file\n", run.err());
        assertEquals(1, run.code());
        JsonObject misuse = JsonParser.parseString(run("bogus", "--json").out()).getAsJsonObject();
        assertTrue(misuse.get("error").getAsString().startsWith("unknown command 'bogus'"), misuse::toString);
    }

    @Test
    void outputThatCannotBeWrittenIsAnError() throws Exception {
        File full = new File("/dev/full");
        Assumptions.assumeTrue(full.exists(), "there is no /dev/full here");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "einsum",
                        "ij->",
                        a())
                .redirectOutput(full)
                .start();
        String error = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor(), error);
        assertEquals("kron4j: cannot write the results: No space left on device\n", error);
    }

    @Test
    void quietIsQuietAboutWhatTheLibraryLogs() {
        Logger logger = Logger.getLogger("kron4j");
        List<String> lines = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Level level = logger.getLevel();
        logger.setLevel(Level.INFO);
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try {
            String foreign = "src/core/test/resources/npy/big-f8.npy";
            succeed("einsum", "...->...", foreign, "--quiet");
            succeed("einsum", "...->...", foreign, "--json");
            assertEquals(List.of(), lines);
            succeed("einsum", "...->...", foreign);
            assertEquals(1, lines.size());
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
            logger.setLevel(level);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "einsum | Missing required parameters: 'EQUATION', 'FILE'; 'kron4j einsum --help' shows how",
                "einsum ij | Missing required parameter: 'FILE'; 'kron4j einsum --help' shows how",
                "solve A | Missing required parameter: 'B.npy'; 'kron4j solve --help' shows how",
                "eimsum a b | unknown command 'eimsum'; nearest: einsum; 'kron4j --help' shows how",
                "--device cpu slogdte matmul | unknown command 'slogdte'; nearest: slogdet, tensordot; 'kron4j --help'"
                        + " shows how",
                "train kur | unknown command 'kur'; there are kru, attention, copy, adding, ica, flow, gp; 'kron4j train --help'"
                        + " shows how",
                "help slogdte | unknown command 'slogdte'; 'kron4j --help' shows how",
                "tensordot a b --axes 1 --alpha x | unknown option '--alpha'; 'kron4j tensordot --help' shows how",
                "einsum i a --alpha x | Invalid value for option '--alpha': 'x' is not a number; 'kron4j einsum"
                        + " --help' shows how",
                "demo --step x | Invalid value for option '--step' (N): 'x' is not a whole number; 'kron4j demo"
                        + " --help' shows how",
                "matmul a b c | unexpected argument 'c'; 'kron4j matmul --help' shows how",
                "matmul a b --jsn | unknown option '--jsn'; nearest: --json; 'kron4j matmul --help' shows how",
                "conformance | Missing required parameter: 'FILE'; 'kron4j conformance --help' shows how",
            })
    void wrongCommandLinesExitWithTwo(String line, String text) {
        assertEquals(text, fail(2, line.split(" ")));
    }

    @Test
    void debugAddsATrace() {
        Run run = run("--debug", "inverse", "nothing.npy");
        assertEquals(1, run.code());
        assertTrue(
                run.err().startsWith("kron4j: load: nothing.npy: no such file\nkron4j.FormatException: "), run.err());
        assertTrue(run.err().contains("\tat kron4j.io.Npy"), run.err());
    }

    // ---- help ----

    @Test
    void everyCommandExplainsItselfWithExamplesAndExitCodes() {
        for (String command : COMMANDS) {
            String help = succeed(command, "--help");
            assertTrue(help.startsWith("Usage: kron4j " + command), help);
            assertTrue(help.contains("Examples:\n  kron4j " + command), help);
            assertTrue(help.contains("Exit codes:\n  0   done\n  1   "), help);
            assertTrue(help.contains("--device=DEVICE"), help);
            assertEquals(help, succeed("help", command));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "help"})
    void helpListsEveryCommand(String argument) {
        String help = succeed(argument);
        for (String command : COMMANDS) {
            assertTrue(
                    Pattern.compile("^  " + command + " ", Pattern.MULTILINE)
                            .matcher(help)
                            .find(),
                    help);
        }
    }

    @Test
    void aLineWithoutACommandGetsTheHelp() {
        Run run = run();
        assertEquals(2, run.code());
        assertTrue(run.err().startsWith("Usage: kron4j [-hV]"), run.err());
        assertTrue(succeed("--version").matches("Kron4J .*, Java .*"));
    }

    // ---- doctor and conformance ----

    @Test
    void doctorShowsWhatRunsAndWhatDoesNot() {
        String text = succeed("doctor");
        for (String fact : List.of(
                "Kron4J ",
                "Java ",
                "device cpu",
                "threads: ",
                "OpenBLAS ",
                "memory limit: ",
                "native libraries: ",
                "self-test: ")) {
            assertTrue(text.contains(fact), text);
        }
        JsonObject json = JsonParser.parseString(succeed("doctor", "--json")).getAsJsonObject();
        assertEquals("cpu", json.get("device").getAsString());
        assertEquals("[]", json.get("wrong").toString());
        assertEquals(
                System.getProperty("java.version"),
                json.get("java").getAsString().split(",")[0]);
        json.getAsJsonObject("declined")
                .entrySet()
                .forEach(e -> assertTrue(text.contains(e.getValue().getAsString())));
        assertEquals("", succeed("doctor", "--quiet"));
    }

    @Test
    void doctorNamesEnginesOfDjl(@TempDir Path folder) throws IOException {
        assertFalse(succeed("doctor").contains("DJL"));
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve("ai.djl.engine.EngineProvider"), "# theirs\na.B\nkron4j.djl.Provider\n");
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            assertTrue(succeed("doctor").contains("engines of DJL: a.B, kron4j.djl.Provider"));
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void conformanceCounts() throws IOException {
        String keras = "src/cli/test/resources/cases/keras.json";
        String text = succeed("conformance", keras);
        assertTrue(text.startsWith("keras.json on cpu in float64\n"), text);
        assertTrue(text.contains("  tensordot                            11 passed    0 failed    0 skipped"), text);
        JsonObject first = JsonParser.parseString(succeed("conformance", "--json", "--dtype", "float32", keras))
                .getAsJsonArray()
                .get(0)
                .getAsJsonObject();
        assertEquals("float32", first.get("dtype").getAsString());
        assertEquals(
                0,
                first.getAsJsonArray("sections")
                        .get(0)
                        .getAsJsonObject()
                        .get("failed")
                        .getAsInt());

        Path wrong = dir.resolve("wrong.json");
        Files.writeString(wrong, Files.readString(Path.of(keras)).replaceFirst("\"sum\":\\s*-84", "\"sum\": -85"));
        Run run = run("conformance", keras, wrong.toString());
        assertEquals(1, run.code());
        assertTrue(run.out().contains("batch_dot[0]: sum is -84.0, expected -85.0"), run.out());
        assertEquals("conformance: " + a() + " is not JSON; give a file of cases", fail(1, "conformance", a()));
        assertEquals("conformance: pom.xml is not JSON; give a file of cases", fail(1, "conformance", "pom.xml"));
        assertEquals("conformance: none.json: no such file", fail(1, "conformance", "none.json"));
        assertEquals(
                "--dtype uint8: the cases' numbers do not fit; take int64; 'kron4j conformance --help' shows how",
                fail(2, "conformance", "--dtype", "uint8", keras));
        assertEquals(
                "conformance: " + dir + " cannot be read; give a file of cases",
                fail(1, "conformance", dir.toString()));
    }

    // ---- demo ----

    @Test
    void theDemosChecksHold() {
        JsonObject demo = JsonParser.parseString(succeed("demo", "--json")).getAsJsonObject();
        assertTrue(demo.get("holds").getAsBoolean());
        List<Integer> checks = List.of(1, 3, 12, 7, 5);
        for (int i = 0; i < 5; i++) {
            JsonObject step = demo.getAsJsonArray("steps").get(i).getAsJsonObject();
            assertEquals(i + 1, step.get("step").getAsInt());
            assertEquals(checks.get(i), step.getAsJsonArray("checks").size(), step.toString());
        }
    }

    @Test
    void theDemoRunsSingleSteps() {
        String text = succeed("demo", "--step", "5");
        assertTrue(text.contains("\n5. Keras dot and batch_dot, current and legacy ("), text);
        assertTrue(text.contains("for the matrices [60,2], [3,70]"), text);
        assertTrue(text.contains("1 steps in "), text);
        assertFalse(text.contains("\n1. "), text);
        assertTrue(succeed("demo", "--step", "5", "--quiet").matches("1 steps in [0-9.]+ s: all checks hold"));
        assertEquals("--step 6: the steps are 1 to 5; 'kron4j demo --help' shows how", fail(2, "demo", "--step", "6"));
    }
}
