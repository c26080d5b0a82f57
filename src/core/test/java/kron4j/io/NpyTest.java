package kron4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
    private static final Path FIXTURES = Path.of("src/core/test/resources/npy");
    private static final Logger LOG = Logger.getLogger("kron4j");

    @TempDir
    Path dir;

    private TensorScope scope;
    private Level level;

    @BeforeEach
    void open() {
        scope = Device.cpu().openScope();
        level = LOG.getLevel();
        LOG.setLevel(Level.OFF);
    }

    @AfterEach
    void close() {
        LOG.setLevel(level);
        scope.close();
    }

    /** What scripts/make-npy-fixtures.py writes at element i, of complex ones the real part. */
    private static double fixture(String name, int i) {
        int v = 7 * i % 11 - 5;
        if (name.equals("b1")) {
            return v % 2 == 0 ? 0 : 1;
        }
        return name.startsWith("u") ? Math.abs(v) : v;
    }

    private static double[] values(Tensor t) {
        return t.dtype() == DType.INT64
                ? Arrays.stream(t.toLongArray()).asDoubleStream().toArray()
                : t.toDoubleArray();
    }

    @ParameterizedTest
    @CsvSource({
        "f4,float32",
        "f8,float64",
        "f2,float16",
        "c8,complex64",
        "c16,complex128",
        "i4,int32",
        "i8,int64",
        "b1,bool",
        "i1,int8",
        "u1,uint8",
        "i2,int32",
        "u2,int32",
        "u4,int64",
        "big-f4,float32",
        "big-f8,float64",
        "big-f2,float16",
        "big-c8,complex64",
        "big-c16,complex128",
        "big-i4,int32",
        "big-i8,int64",
        "big-u2,int32",
        "version2,float64",
        "version3,float64",
        "fortran,float64"
    })
    void readsWhatNumPyWrote(String name, String dtype) {
        Tensor t = Tensor.load(FIXTURES.resolve(name + ".npy"));
        assertEquals(DType.of(dtype), t.dtype());
        assertEquals(Shape.of(2, 3, 4), t.shape());
        double[] got = t.dtype().isComplex() ? t.toComplexArray() : values(t);
        for (int i = 0; i < got.length; i++) {
            boolean imaginary = t.dtype().isComplex() && i % 2 == 1;
            int element = t.dtype().isComplex() ? i / 2 : i;
            assertEquals(fixture(name.replace("big-", ""), element) - (imaginary ? 3 : 0), got[i]);
        }
    }

    @Test
    void readsScalarsEmptyArraysAndVectors() {
        assertEquals(2.5, Tensor.load(FIXTURES.resolve("scalar.npy")).item());
        assertEquals(Shape.SCALAR, Tensor.load(FIXTURES.resolve("scalar.npy")).shape());
        assertEquals(
                Shape.of(3, 0, 2), Tensor.load(FIXTURES.resolve("empty.npy")).shape());
        assertArrayEquals(
                new double[] {-5, 2, -2, 5, 1},
                Tensor.load(FIXTURES.resolve("vector.npy")).toDoubleArray());
    }

    @Test
    void readsFortranOrderAsAViewAndWritesItBack() throws IOException {
        Tensor t = Tensor.load(FIXTURES.resolve("fortran.npy"));
        assertArrayEquals(new long[] {1, 2, 6}, t.layout().strides());
        Path copy = dir.resolve("copy.npy");
        t.save(copy);
        assertTrue(head(copy).contains("'fortran_order': True, 'shape': (2, 3, 4)"));
        assertArrayEquals(t.toDoubleArray(), Tensor.load(copy).toDoubleArray());
    }

    private static String head(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource({"'',()", "5,'(5,)'", "'2,3','(2, 3)'", "'2,0,4','(2, 0, 4)'"})
    void writesTheHeaderThatNumPyExpects(String dims, String tuple) throws IOException {
        long[] shape = Arrays.stream(dims.split(","))
                .filter(d -> !d.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
        Path file = dir.resolve("a.npy");
        Tensor.empty(Device.cpu(), DType.INT64, Shape.of(shape)).save(file);
        String head = head(file);
        assertEquals("\u0093NUMPY\u0001\u0000", head.substring(0, 8));
        int length = head.charAt(8) + 256 * head.charAt(9);
        assertEquals(0, (10 + length) % 64);
        assertTrue(head.startsWith("{'descr': '<i8', 'fortran_order': False, 'shape': " + tuple + ", }", 10), head);
        assertEquals('\n', head.charAt(10 + length - 1));
        assertEquals(10 + length + 8 * Shape.of(shape).size(), head.length());
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "BFLOAT16")
    void writesAndReadsRandomLayoutsOfEveryDType(DType dtype) {
        Random random = new Random(dtype.ordinal());
        for (int round = 0; round < 40; round++) {
            long[] dims = random.longs(random.nextInt(5), 0, 6).toArray();
            int size = (int) Shape.of(dims).size();
            byte[] bytes = new byte[size * dtype.bytes()];
            random.nextBytes(bytes);
            for (int i = 0; dtype == DType.BOOL && i < size; i++) {
                bytes[i] &= 1;
            }
            Tensor t = Tensor.of(dtype, ByteBuffer.wrap(bytes), Shape.of(dims));
            if (dims.length > 0 && random.nextBoolean()) {
                t = t.transpose();
            }
            Path file = dir.resolve("r.npy");
            t.save(file);
            Tensor back = Tensor.load(file);
            assertEquals(t.shape(), back.shape());
            // Bytes, not values: NaNs with payloads must survive.
            assertEquals(t.transpose().toBuffer(), back.transpose().toBuffer());
        }
    }

    @Test
    void copiesInChunks() {
        double[] values = new Random(1).doubles(400_003).toArray();
        Path file = dir.resolve("big.npy");
        Tensor.of(values).save(file);
        assertArrayEquals(values, Tensor.load(file).toDoubleArray());
    }

    @Test
    void ownsAsOtherTensorsDo() {
        Path file = dir.resolve("a.npy");
        Tensor.of(new double[] {1, 2}).save(file);
        Tensor inner;
        try (TensorScope ignored = Device.cpu().openScope()) {
            inner = Tensor.load(file);
        }
        assertThrows(ClosedTensorException.class, inner::toDoubleArray);
        long live = Device.cpu().memoryReport().live();
        Tensor.load(FIXTURES.resolve("fortran.npy")).close();
        assertEquals(live, Device.cpu().memoryReport().live());
    }

    @Test
    void readsUint64WhoseValuesInt64Holds() throws IOException {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            String descr = order == ByteOrder.LITTLE_ENDIAN ? "<u8" : ">u8";
            byte[] content = npy(1, dict(descr, "(3,)"), 24);
            ByteBuffer data =
                    ByteBuffer.wrap(content, content.length - 24, 24).slice().order(order);
            data.putLong(0, 5).putLong(8, Long.MAX_VALUE).putLong(16, 0);
            Path file = Files.write(dir.resolve("u8.npy"), content);
            assertArrayEquals(
                    new long[] {5, Long.MAX_VALUE, 0}, Tensor.load(file).toLongArray());
            data.putLong(16, Long.MIN_VALUE);
            Files.write(file, content);
            long live = Device.cpu().memoryReport().live();
            assertEquals(
                    "load: " + file
                            + ": uint64 9223372036854775808 is more than int64 holds; convert the array with astype",
                    assertThrows(FormatException.class, () -> Tensor.load(file)).getMessage());
            assertEquals(live, Device.cpu().memoryReport().live());
        }
    }

    // ---- what is refused ----

    private static byte[] npy(int version, String dict, int dataBytes) {
        byte[] text = dict.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(12 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        if (version == 1) {
            file.putShort((short) text.length);
        } else {
            file.putInt(text.length);
        }
        file.put(text).position(file.position() + dataBytes).flip();
        return Arrays.copyOf(file.array(), file.limit());
    }

    private String refusal(byte[] content) throws IOException {
        Path file = dir.resolve("bad.npy");
        Files.write(file, content);
        long live = Device.cpu().memoryReport().live();
        long peak = Device.cpu().memoryReport().peak();
        String text =
                assertThrows(FormatException.class, () -> Tensor.load(file)).getMessage();
        assertEquals(live, Device.cpu().memoryReport().live());
        assertEquals(peak, Device.cpu().memoryReport().peak());
        assertTrue(text.startsWith("load: " + file + ": "), text);
        return text.substring(("load: " + file + ": ").length());
    }

    private static String dict(String descr, String shape) {
        return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(-1,) | a negative size",
                "(9223372036854775808,) | size 9223372036854775808 is more than 2^63-1",
                "(4611686018427387904, 4) | shape [4611686018427387904,4]: more than 2^63-1 elements",
                "(576460752303423488,) | shape [576460752303423488] takes more than 2^63-1 bytes",
                "(3) | the shape is a number, not a tuple",
                "3 | expected '('",
                "(3,,4) | expected a size",
                "(3 4) | expected ',' or ')' in the shape",
                "(3.5,) | expected ',' or ')' in the shape",
                "(0x10,) | expected ',' or ')' in the shape",
                "(3, | expected a size",
            })
    void refusesBadShapes(String shape, String fact) throws IOException {
        String text = refusal(npy(1, dict("<f4", shape), 12));
        assertTrue(text.matches("header, byte \\d+: .*"), text);
        assertTrue(text.contains(fact), text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "=O | object arrays hold Python pickles, which are never read; save numbers, with allow_pickle=False",
                "<f16 | dtype '<f16' is not read; convert it with astype to float32, float64, float16, complex64, complex128, int32, int64, int8, uint8 or bool",
                "<c32 | dtype '<c32' is not read",
                "<V2 | dtype '<V2' is not read",
                "<U3 | dtype '<U3' is not read",
                "<f04 | dtype '<f04' is not read",
                "f4 | dtype 'f4' has no byte order",
                "'' | dtype '' has no byte order",
            },
            quoteCharacter = '\'')
    void refusesOtherDTypes(String descr, String fact) throws IOException {
        String text = refusal(npy(1, dict(descr.strip(), "(3,)"), 12));
        assertTrue(text.contains(fact), text);
    }

    @Test
    void refusesObjectsStructuresAndLongDoublesThatNumPyWrote() {
        for (String[] c : new String[][] {
            {"refused-object", "object arrays hold Python pickles"},
            {"refused-structured", "a structured dtype, which is not read; save its fields as arrays of their own"},
            {"refused-long-double", "dtype '<f16' is not read"}
        }) {
            Path file = FIXTURES.resolve(c[0] + ".npy");
            String text =
                    assertThrows(FormatException.class, () -> Tensor.load(file)).getMessage();
            assertTrue(text.contains(c[1]), text);
        }
    }

    static Stream<String> badDicts() {
        return Stream.of(
                "{'descr': '<f4', 'fortran_order': False}            | has only the keys",
                "{'descr': '<f4', 'descr': '<f4', 'shape': (3,)}     | key 'descr' occurs twice",
                "{'descr': '<f4', 'fortran_order': 1, 'shape': (3,)} | expected True or False",
                "{'descr': '<f4', 'other': False, 'shape': (3,)}     | unknown key 'other'",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} x | text after the closing brace",
                "{'descr': '<f4, fortran_order: False, shape: (3,)}  | a quote without its end",
                "('descr', '<f4', 'fortran_order', False, 'shape', (3,)) | expected '{'",
                "{'descr': '<f4' 'fortran_order': False, 'shape': (3,)}  | expected ','",
                "{descr: '<f4', 'fortran_order': False, 'shape': (3,)}   | expected a quoted name",
                "                                                        | expected '{'");
    }

    @ParameterizedTest
    @MethodSource("badDicts")
    void refusesBadHeaders(String dictAndFact) throws IOException {
        String[] parts = dictAndFact.split(" \\| ");
        String text = refusal(npy(2, parts[0], 12));
        assertTrue(text.contains(parts[1].strip()), text);
    }

    @Test
    void refusesTooManyAxes() throws IOException {
        assertTrue(refusal(npy(1, dict("<f4", "(" + "1,".repeat(65) + ")"), 4)).endsWith("65 axes, more than 64"));
    }

    @Test
    void holdsTheFileSizeAgainstTheHeader() throws IOException {
        assertEquals(
                "11 bytes of data from byte 68, but its header says [3] of 4 bytes each, which takes 12; the file is"
                        + " truncated or damaged",
                refusal(npy(1, dict("<f4", "(3,)"), 11)));
        assertTrue(refusal(npy(1, dict("<f4", "(3,)"), 13)).startsWith("13 bytes of data from byte"));
        assertTrue(refusal(npy(1, dict("<f8", "(1000000000000,)"), 8)).contains("which takes 8000000000000"));
        assertTrue(
                refusal(npy(1, dict("<f8", "(0, 4611686018427387904, 4)"), 8)).contains("which takes 0"));
    }

    @Test
    void refusesFilesThatEndInTheirHeader() throws IOException {
        byte[] whole = npy(1, dict("<f4", "(3,)"), 12);
        for (int length = 0; length < whole.length; length++) {
            String text = refusal(Arrays.copyOf(whole, length));
            assertTrue(
                    text.contains("is empty")
                            || text.contains("is not that of a .npy file")
                            || text.contains("inside its header")
                            || text.contains("truncated"),
                    text);
        }
    }

    @Test
    void refusesHugeHeadersAndOtherVersions() throws IOException {
        byte[] huge = npy(2, dict("<f4", "(3,)"), 12);
        ByteBuffer.wrap(huge).order(ByteOrder.LITTLE_ENDIAN).putInt(8, -1);
        assertEquals(
                "byte 8: a header of 4294967295 bytes, not of 32 to 65535; the file is damaged or hostile",
                refusal(huge));
        byte[] version4 = npy(4, dict("<f4", "(3,)"), 12);
        assertEquals("byte 6: version 4.0 is not 1.0, 2.0 or 3.0; write it again with numpy.save", refusal(version4));
        assertEquals(
                "byte 0 is not that of a .npy file (\\x93NUMPY); write one with numpy.save",
                refusal("hello, this is text".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void survivesRandomDamage() throws IOException {
        byte[] whole = npy(1, dict("<f4", "(3,)"), 12);
        Random random = new Random(7);
        for (int round = 0; round < 2000; round++) {
            byte[] damaged = whole.clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                damaged[random.nextInt(whole.length - 12)] = (byte) random.nextInt(256);
            }
            Path file = dir.resolve("bad.npy");
            Files.write(file, damaged);
            try {
                assertEquals(12, Tensor.load(file).size() * 4);
            } catch (FormatException e) {
                assertTrue(e.getMessage().startsWith("load: " + file), e.getMessage());
            }
        }
    }

    @Test
    void refusesWhatIsNoFile() throws IOException {
        assertEquals(
                "load: " + dir + ": is a directory; name a file in it",
                assertThrows(FormatException.class, () -> Tensor.load(dir)).getMessage());
        Path missing = dir.resolve("missing.npy");
        assertEquals(
                "load: " + missing + ": no such file",
                assertThrows(FormatException.class, () -> Tensor.load(missing)).getMessage());
        for (String name : new String[] {"empty.npy", "empty.npz"}) {
            Path empty = Files.createFile(dir.resolve(name));
            assertEquals(
                    "load: " + empty + ": is empty; write it again",
                    assertThrows(FormatException.class, () -> {
                                if (name.endsWith("z")) {
                                    Npz.read(empty);
                                } else {
                                    Tensor.load(empty);
                                }
                            })
                            .getMessage());
        }
        Tensor t = Tensor.of(1.0);
        assertEquals(
                "save: " + dir + ": exists and is not a regular file; choose another name",
                assertThrows(FormatException.class, () -> t.save(dir)).getMessage());
        Path nowhere = missing.resolve("a.npy");
        assertEquals(
                "save: " + nowhere + ": there is no directory " + missing + "; make it first",
                assertThrows(FormatException.class, () -> t.save(nowhere)).getMessage());
        Path archive = FIXTURES.resolve("stored.npz");
        assertEquals(
                "load: " + archive + ": is a zip archive (.npz), not one array; read it with Npz.read",
                assertThrows(FormatException.class, () -> Tensor.load(archive)).getMessage());
    }

    @Test
    void writesTheBytesThatNumPyWrites() throws IOException {
        for (String name : List.of("f2", "c8", "c16", "f4", "u1")) {
            Path file = dir.resolve(name + ".npy");
            Tensor.load(FIXTURES.resolve(name + ".npy")).save(file);
            assertArrayEquals(Files.readAllBytes(FIXTURES.resolve(name + ".npy")), Files.readAllBytes(file), name);
        }
    }

    @Test
    void refusesBfloat16WhichNumPyDoesNotHave() throws IOException {
        Tensor t = Tensor.of(new float[] {1}).to(DType.BFLOAT16);
        String text = "save: NumPy has no bfloat16; convert the tensor with to(DType.FLOAT32), which keeps every value,"
                + " or write a .safetensors file";
        Path file = dir.resolve("a.npy");
        assertEquals(
                text, assertThrows(DTypeException.class, () -> t.save(file)).getMessage());
        Path archive = dir.resolve("a.npz");
        assertEquals(
                text,
                assertThrows(DTypeException.class, () -> Npz.write(archive, Map.of("a", t)))
                        .getMessage());
        try (Stream<Path> left = Files.list(dir)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void keepsTheOldFileWhenWritingFails() throws IOException {
        Path file = dir.resolve("a.npy");
        Tensor.of(new double[] {1, 2, 3}).save(file);
        byte[] before = Files.readAllBytes(file);
        Tensor closed = Tensor.of(new double[] {4});
        closed.close();
        assertThrows(ClosedTensorException.class, () -> closed.save(file));
        assertArrayEquals(before, Files.readAllBytes(file));
        try (Stream<Path> left = Files.list(dir)) {
            assertEquals(1, left.count());
        }
    }

    @Test
    void writesThroughALink() throws IOException {
        Path file = dir.resolve("a.npy");
        Tensor.of(1.0).save(file);
        Path link = Files.createSymbolicLink(dir.resolve("link.npy"), file);
        Tensor.of(2.0).save(link);
        assertTrue(Files.isSymbolicLink(link));
        assertEquals(2.0, Tensor.load(file).item());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 255})
    void boolsAreZeroOrOneWhateverTheFileHolds(int value) throws IOException {
        byte[] content = npy(1, dict("|b1", "(1,)"), 1);
        content[content.length - 1] = (byte) value;
        Path file = dir.resolve("b.npy");
        Files.write(file, content);
        ByteBuffer read = Tensor.load(file).toBuffer();
        assertEquals(value == 0 ? 0 : 1, read.get(0));
        assertSame(ByteOrder.nativeOrder(), read.order());
    }
}
