package kron4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.io.Safetensors.Entry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    private static final Path FIXTURES = Path.of("src/core/test/resources/safetensors");
    /** What scripts/make-safetensors-fixtures.py writes. */
    private static final Path KNOWN = FIXTURES.resolve("known.safetensors");

    private static final String ODD_NAME = "layers.0/\"\u00e4\u20ac\ud83d\ude00\"\\\n\u0001";

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

    static byte[] file(String json, int dataBytes) {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .array();
    }

    static String refusal(Path file, Runnable read) {
        long live = Device.cpu().memoryReport().live();
        String text = assertThrows(FormatException.class, read::run).getMessage();
        assertEquals(live, Device.cpu().memoryReport().live());
        assertTrue(text.startsWith("load: " + file + ": "), text);
        return text.substring(("load: " + file + ": ").length());
    }

    static byte[] bytes(Tensor t) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Npy.writeElements(Channels.newChannel(bytes), t);
        return bytes.toByteArray();
    }

    // ---- with Python's safetensors ----

    @Test
    void readsWhatPythonWrote() {
        Map<String, Tensor> read = Safetensors.read(KNOWN);
        assertEquals(
                List.of("i8", "f8", "scalar", "empty", "f4", "special", "i4", ODD_NAME, "b1"),
                List.copyOf(read.keySet()));
        Map<String, DType> dtypes = Map.of(
                "f4", DType.FLOAT32, "f8", DType.FLOAT64, "i4", DType.INT32, "i8", DType.INT64, "b1", DType.BOOL);
        dtypes.forEach((name, dtype) -> {
            Tensor t = read.get(name);
            assertEquals(dtype, t.dtype());
            assertEquals(Shape.of(2, 3, 4), t.shape());
            double[] got = t.to(DType.FLOAT64).toDoubleArray();
            for (int i = 0; i < 24; i++) {
                int value = 7 * i % 11 - 5;
                assertEquals(dtype == DType.BOOL ? value & 1 : value, got[i]);
            }
        });
        assertEquals(Shape.SCALAR, read.get("scalar").shape());
        assertEquals(2.5, read.get("scalar").item());
        assertEquals(Shape.of(3, 0, 2), read.get("empty").shape());
        assertArrayEquals(new int[] {-5, 2, -2, 5, 1}, read.get(ODD_NAME).toIntArray());
        int[] special = new int[4];
        read.get("special").toBuffer().asIntBuffer().get(special);
        assertArrayEquals(new int[] {0x7fc00001, 0x80000000, 1, 0xff800000}, special);
    }

    @Test
    void writesTheBytesThatPythonWrites() throws IOException {
        Path copy = dir.resolve("copy.safetensors");
        try (Safetensors file = Safetensors.open(KNOWN)) {
            assertEquals(Map.of("written by", "Python's \"safetensors\"\n"), file.metadata());
            Safetensors.write(copy, file.read(), file.metadata());
        }
        assertArrayEquals(Files.readAllBytes(KNOWN), Files.readAllBytes(copy));
        Safetensors.write(copy, Map.of());
        assertArrayEquals(Files.readAllBytes(FIXTURES.resolve("nothing.safetensors")), Files.readAllBytes(copy));
        assertEquals(Map.of(), Safetensors.read(copy));
    }

    @Test
    void readsAndWritesTheHalvesAndComplexNumbersOfPyTorch() throws IOException {
        Path file = FIXTURES.resolve("halves.safetensors");
        Map<String, Tensor> read = Safetensors.read(file);
        assertEquals(DType.FLOAT16, read.get("f2").dtype());
        assertEquals(DType.BFLOAT16, read.get("bf2").dtype());
        double[] float16 = read.get("f2").toDoubleArray();
        assertArrayEquals(new double[] {0, -0.0, 0x1p-24, -1023 * 0x1p-24, 1, -1 - 0x1p-10}, Arrays.copyOf(float16, 6));
        assertArrayEquals(
                new double[] {65504, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN},
                Arrays.copyOfRange(float16, 6, 10));
        double[] bfloat16 = read.get("bf2").toDoubleArray();
        assertArrayEquals(new double[] {1, 1 + 0x1p-7, 255 * 0x1p120}, Arrays.copyOfRange(bfloat16, 10, 13));
        assertArrayEquals(
                new double[] {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN},
                Arrays.copyOfRange(bfloat16, 13, 16));
        assertEquals(0x1p-126, bfloat16[17]);
        assertArrayEquals(
                new double[] {-5, -8, 2, -1, -2, -5, 5, 2, 1, -2, -3, -6},
                read.get("c8").toComplexArray());
        Path copy = dir.resolve("copy.safetensors");
        Safetensors.write(copy, read);
        assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(copy));
    }

    @Test
    void refusesComplex128WhichTheFormatDoesNotHave() throws IOException {
        Tensor z = Tensor.of(1.0).to(DType.COMPLEX128);
        Path file = dir.resolve("a.safetensors");
        assertEquals(
                "save: " + file + ": tensor 'z' is complex128 [], for which .safetensors files have no name; convert it"
                        + " with to(DType.COMPLEX64), write its parts (ComplexNumbers.viewAsReal), or write an .npz archive",
                assertThrows(DTypeException.class, () -> Safetensors.write(file, Map.of("z", z)))
                        .getMessage());
        Files.write(file, file("{\"a\":{\"dtype\":\"C128\",\"shape\":[],\"data_offsets\":[0,16]}}", 16));
        assertTrue(refusal(file, () -> Safetensors.read(file))
                .startsWith("tensor 'a' has dtype 'C128', which is not read"));
    }

    @Test
    void listsDtypesThatItDoesNotRead() throws IOException {
        Path path = FIXTURES.resolve("others.safetensors");
        byte[] whole = Files.readAllBytes(path);
        try (Safetensors file = Safetensors.open(path)) {
            assertEquals(
                    Map.of(
                            "f2", "F16", "f4", "F32", "c8", "C64", "u1", "U8", "i1", "I8", "u2", "U16", "i2", "I16",
                            "u4", "U32", "u8", "U64"),
                    file.entries().entrySet().stream()
                            .collect(Collectors.toMap(
                                    Map.Entry::getKey, e -> e.getValue().dtype())));
            for (String name : file.names()) {
                Entry entry = file.entries().get(name);
                assertEquals(Shape.of(3), entry.shape());
                if (SafetensorsHeader.dtype(entry.dtype()).isPresent()) {
                    int from = (int) entry.offset();
                    assertArrayEquals(
                            Arrays.copyOfRange(whole, from, from + (int) entry.bytes()), bytes(file.read(name)));
                } else {
                    assertEquals(
                            "tensor '" + name + "' has dtype '" + entry.dtype()
                                    + "', which is not read; convert it to one" + " of " + SafetensorsHeader.dtypes(),
                            refusal(path, () -> file.read(name)));
                }
            }
            assertTrue(refusal(path, file::read).startsWith("tensor '"));
        }
    }

    // ---- what was written is read ----

    @Test
    void readsWhatItWrote() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Tensor x = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
        tensors.put("flags", Tensor.of(new boolean[] {true, false, true}));
        tensors.put("f", Tensor.of(new float[] {1.5f}));
        tensors.put("transposed", x.transpose());
        tensors.put("column", x.slice(1, 1, 2));
        tensors.put("expanded", Tensor.of(7L).expand(2, 2));
        tensors.put("", Tensor.of(new int[0], 0, 2));
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("b", "\u0000\u001f\"\\/\b\f\n\r\t\u007f\u20ac\ud83d\ude00");
        metadata.put("a", "");
        Path path = dir.resolve("a.safetensors");
        Safetensors.write(path, tensors, metadata);
        try (Safetensors file = Safetensors.open(path)) {
            assertEquals(List.copyOf(tensors.keySet()), file.names());
            assertEquals(
                    List.copyOf(metadata.entrySet()),
                    List.copyOf(file.metadata().entrySet()));
            for (Map.Entry<String, Tensor> e : file.read().entrySet()) {
                Tensor expected = tensors.get(e.getKey());
                assertEquals(expected.dtype(), e.getValue().dtype());
                assertEquals(expected.shape(), e.getValue().shape());
                assertArrayEquals(bytes(expected.contiguous()), bytes(e.getValue()));
            }
            // PyTorch views a tensor's bytes in place, which it only does if they are aligned.
            file.entries()
                    .values()
                    .forEach(e -> assertEquals(
                            0,
                            e.offset()
                                    % SafetensorsHeader.dtype(e.dtype())
                                            .orElseThrow()
                                            .bytes()));
        }
        assertEquals(List.copyOf(tensors.keySet()), Safetensors.names(path));
        assertArrayEquals(new double[] {2, 5}, Safetensors.read(path, "column").toDoubleArray());
        byte[] first = Files.readAllBytes(path);
        Safetensors.write(path, tensors, metadata);
        assertArrayEquals(first, Files.readAllBytes(path));
    }

    @Test
    void copiesMoreThanAPiece() throws IOException {
        double[] values = new Random(1).doubles(300_000).toArray();
        Path path = dir.resolve("a.safetensors");
        Safetensors.write(path, Map.of("a", Tensor.of(values)));
        assertArrayEquals(values, Safetensors.read(path, "a").toDoubleArray());
    }

    @Test
    void readsPastTwoGibibytes() throws IOException {
        long large = 300_000_000L * 8;
        Path path = dir.resolve("large.safetensors");
        byte[] head = file(
                "{\"large\":{\"dtype\":\"F64\",\"shape\":[300000000],\"data_offsets\":[0," + large + "]},"
                        + "\"small\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[" + large + "," + (large + 4)
                        + "]}}",
                0);
        try (FileChannel sparse = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            sparse.write(ByteBuffer.wrap(head));
            sparse.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), head.length + large);
        }
        try (Safetensors file = Safetensors.open(path)) {
            assertEquals(large, file.entries().get("large").bytes());
            assertEquals(0x04030201, file.read("small").itemLong());
        }
    }

    @Test
    void anOpenFileIsClosedOnce() throws IOException {
        Path path = Files.copy(KNOWN, dir.resolve("a.safetensors"));
        Safetensors file = Safetensors.open(path);
        Tensor kept = file.read("f8");
        file.close();
        file.close();
        assertEquals(-5, kept.toDoubleArray()[0]);
        assertEquals(9, file.names().size());
        String text =
                assertThrows(ClosedTensorException.class, () -> file.read("f8")).getMessage();
        assertEquals("load: " + path + ": is closed; read its tensors before", text);
        assertThrows(ClosedTensorException.class, file::read);
    }

    @Test
    void aFileCutWhileItIsOpenIsRefused() throws IOException {
        Path path = Files.copy(KNOWN, dir.resolve("a.safetensors"));
        try (Safetensors file = Safetensors.open(path)) {
            Entry entry = file.entries().get("f8");
            try (FileChannel cut = FileChannel.open(path, StandardOpenOption.WRITE)) {
                cut.truncate(entry.offset() + 100);
            }
            String text = "ends at byte " + (entry.offset() + 100) + ", 92 bytes early; copy it again";
            assertEquals(text, refusal(path, () -> file.read("f8")));
            assertEquals(text, refusal(path, file::read));
        }
    }

    @Test
    void readsFromSeveralThreads() {
        try (Safetensors file = Safetensors.open(KNOWN)) {
            assertTrue(Stream.generate(() -> "f8").limit(64).parallel().allMatch(name -> {
                try (Tensor t = file.read(name)) {
                    return t.toDoubleArray()[1] == 2;
                }
            }));
        }
    }

    @Test
    void refusesWhatCannotBeWritten() throws IOException {
        Path path = dir.resolve("a.safetensors");
        Tensor one = Tensor.of(1.0);
        Safetensors.write(path, Map.of("one", one));
        byte[] before = Files.readAllBytes(path);
        Tensor closed = Tensor.of(1.0);
        closed.close();
        String half =
                "save: " + path + ": a name or metadata holds half of a surrogate pair, which UTF-8 cannot express";
        Map<Runnable, String> refused = new LinkedHashMap<>();
        refused.put(() -> Safetensors.write(path, Map.of("\ud83d", one)), half);
        refused.put(() -> Safetensors.write(path, Map.of("a", one), Map.of("m", "\ude00")), half);
        refused.put(
                () -> Safetensors.write(path, Map.of("__metadata__", one)),
                "save: " + path + ": a tensor cannot be named '__metadata__'; rename it");
        refused.put(
                () -> SafetensorsHeader.padded(path, 100_000_001),
                "save: " + path + ": names and metadata take a header of 100000008 bytes, more than the 100000000 that"
                        + " readers accept; write several files");
        refused.forEach((write, text) -> assertEquals(
                text, assertThrows(FormatException.class, write::run).getMessage()));
        assertThrows(ClosedTensorException.class, () -> Safetensors.write(path, Map.of("closed", closed)));
        assertArrayEquals(before, Files.readAllBytes(path));
        try (Stream<Path> left = Files.list(dir)) {
            assertEquals(1, left.count());
        }
    }
}
