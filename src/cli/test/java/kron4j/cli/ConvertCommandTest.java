package kron4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.io.Npz;
import kron4j.io.Safetensors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvertCommandTest {
    private static final Path WRITTEN_BY_PYTHON = Path.of("src/core/test/resources/safetensors/known.safetensors");

    @TempDir
    Path dir;

    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = Device.cpu().openScope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private String file(String name) {
        return dir.resolve(name).toString();
    }

    private String run(int code, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        long live = Device.cpu().memoryReport().live();
        assertEquals(code, Main.run(new PrintWriter(out), new PrintWriter(err), args), err::toString);
        assertEquals(live, Device.cpu().memoryReport().live(), "a command must free what it made");
        return (code == 0 ? out : err).toString().strip();
    }

    private Map<String, Tensor> two() {
        Map<String, Tensor> two = new LinkedHashMap<>();
        two.put("b/c", Tensor.of(new int[] {1, 2, 3, 4, 5, 6}, 2, 3));
        two.put("a", Tensor.of(new double[] {0.5}));
        return two;
    }

    @Test
    void convertsArchivesThereAndBack() throws IOException {
        Npz.write(dir.resolve("a.npz"), two());
        assertEquals(
                "b/c [2,3] int32 -> " + file("b.safetensors") + "\na [1] float64 -> " + file("b.safetensors"),
                run(0, "convert", file("a.npz"), file("b.safetensors")));
        assertEquals(List.of("b/c", "a"), Safetensors.names(dir.resolve("b.safetensors")));
        assertEquals("", run(0, "convert", "--quiet", file("b.safetensors"), file("c.npz")));
        assertArrayEquals(Files.readAllBytes(dir.resolve("a.npz")), Files.readAllBytes(dir.resolve("c.npz")));
    }

    @Test
    void convertsSingleArrays() {
        Tensor.of(new double[] {1, 2}).save(dir.resolve("w.npy"));
        run(0, "convert", file("w.npy"), file("w.safetensors"));
        assertArrayEquals(
                new double[] {1, 2},
                Safetensors.read(dir.resolve("w.safetensors"), "w").toDoubleArray());
        run(0, "convert", file("w.npy"), file("named.npz:layers.0"));
        assertEquals(List.of("layers.0"), Npz.names(dir.resolve("named.npz")));
        run(0, "convert", file("named.npz"), file("named.safetensors"));
        run(0, "convert", file("named.safetensors:layers.0"), file("other.safetensors"));
        assertEquals(List.of("layers.0"), Safetensors.names(dir.resolve("other.safetensors")));
        run(0, "convert", file("other.safetensors"), file("back.npy"));
        assertArrayEquals(
                new double[] {1, 2}, Tensor.load(dir.resolve("back.npy")).toDoubleArray());
        assertEquals("Tensor[] float64 cpu 3.0", run(0, "einsum", "i->", file("other.safetensors:layers.0")));
        run(0, "einsum", "i->", file("w.npy"), "-o", file("sum.safetensors"));
        assertEquals(
                3.0, Safetensors.read(dir.resolve("sum.safetensors"), "result").item());
    }

    @Test
    void metadataStaysWhereItCan() throws IOException {
        String text = run(0, "convert", WRITTEN_BY_PYTHON.toString(), file("a.npz"));
        assertTrue(text.endsWith("left out: metadata [written by]"), text);
        text = run(0, "convert", WRITTEN_BY_PYTHON.toString(), file("a.safetensors"));
        assertFalse(text.contains("left out"), text);
        assertArrayEquals(Files.readAllBytes(WRITTEN_BY_PYTHON), Files.readAllBytes(dir.resolve("a.safetensors")));
        assertEquals(
                "{\"arrays\":{\"a\":{\"shape\":[],\"dtype\":\"float64\"}},\"output\":\"" + file("b.npz:b") + "\"}",
                run(0, "--json", "convert", scalar(), file("b.npz:b")));
    }

    @Test
    void convertsDtypesThatAFormatDoesNotHave() {
        Map<String, Tensor> halves = new LinkedHashMap<>();
        halves.put("w", Tensor.of(new float[] {1, 0.1f}).to(DType.BFLOAT16));
        halves.put("n", Tensor.of(new long[] {3}));
        Safetensors.write(dir.resolve("h.safetensors"), halves);
        assertEquals(
                "kron4j: save: NumPy has no bfloat16; convert with --dtype float32, which keeps every value, or write a"
                        + " .safetensors file",
                run(1, "convert", file("h.safetensors"), file("h.npz")));
        run(0, "convert", "--dtype", "float32", file("h.safetensors"), file("h.npz"));
        Map<String, Tensor> read = Npz.read(dir.resolve("h.npz"));
        assertEquals(DType.FLOAT32, read.get("w").dtype());
        assertEquals(DType.INT64, read.get("n").dtype());
        assertArrayEquals(new double[] {1, 0.10009765625}, read.get("w").toDoubleArray());
        run(0, "convert", "--dtype", "bfloat16", file("h.npz"), file("again.safetensors"));
        assertEquals(
                DType.BFLOAT16,
                Safetensors.read(dir.resolve("again.safetensors"), "w").dtype());
        Tensor.of(2.0).to(DType.COMPLEX128).save(dir.resolve("z.npy"));
        assertEquals(
                "kron4j: save: " + file("z.safetensors")
                        + ": tensor 'z' is complex128 [], for which .safetensors files have no"
                        + " name; convert with --dtype complex64, or write an .npz archive",
                run(1, "convert", file("z.npy"), file("z.safetensors")));
        run(0, "convert", "--dtype", "complex64", file("z.npy"), file("z.safetensors"));
        assertEquals(
                DType.COMPLEX64,
                Safetensors.read(dir.resolve("z.safetensors"), "z").dtype());
        assertTrue(run(2, "convert", "--dtype", "int32", file("z.npy"), file("z.npz"))
                .contains("--dtype int32: only"));
    }

    private String scalar() {
        Tensor.of(1.0).save(dir.resolve("a.npy"));
        return file("a.npy");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | two.npz x.txt | x.txt: is not FILE.npy, FILE.npz[:NAME] or FILE.safetensors[:NAME]; 'kron4j convert"
                        + " --help' shows how",
                "2 | two.txt x.npz | two.txt: is not FILE.npy, FILE.npz[:NAME] or FILE.safetensors[:NAME]; 'kron4j convert"
                        + " --help' shows how",
                "2 | two.npz no/x.npz | no/x.npz: there is no directory no; 'kron4j convert --help' shows how",
                "2 | two.npz:a two.npz:b | two.npz:b: two.npz exists already; name a new archive; 'kron4j convert --help'"
                        + " shows how",
                "2 | two.npz | Missing required parameter: 'OUT'; 'kron4j convert --help' shows how",
                "1 | two.npz x.npy | load: two.npz: holds [b/c, a]; name one as two.npz:NAME",
                "1 | two.safetensors x.npz:x | load: two.safetensors: holds [b/c, a]; name one as two.safetensors:NAME",
                "1 | two.safetensors:q x.npy | load: two.safetensors: has no tensor 'q'; it has ['b/c', 'a']",
                "1 | none.safetensors x.npy | load: none.safetensors: no such file",
                "1 | empty.safetensors x.npy | load: empty.safetensors: holds no array",
                "1 | two.npz:a x.safetensors:__metadata__ | save: x.safetensors: a tensor cannot be named"
                        + " '__metadata__'; rename it",
            })
    void refuses(int code, String files, String text) {
        Npz.write(dir.resolve("two.npz"), two());
        Safetensors.write(dir.resolve("two.safetensors"), two());
        Safetensors.write(dir.resolve("empty.safetensors"), Map.of());
        String[] args = ("convert " + files.strip()).split(" ");
        for (int i = 1; i < args.length; i++) {
            args[i] = file(args[i]);
        }
        assertEquals("kron4j: " + text, run(code, args).replace(dir + "/", ""));
    }
}
