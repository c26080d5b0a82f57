package kron4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import kron4j.DType;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzTest {
    private static final Path FIXTURES = Path.of("src/core/test/resources/npy");

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

    @Test
    void readsWhatNumPyWrote() {
        Map<String, Tensor> stored = Npz.read(FIXTURES.resolve("stored.npz"));
        assertEquals(List.of("a", "b"), List.copyOf(stored.keySet()));
        assertEquals(Shape.of(2, 3), stored.get("a").shape());
        assertArrayEquals(new double[] {-5, 2, -2, 5, 1, -3}, stored.get("a").toDoubleArray());
        assertArrayEquals(new int[] {-5, 2, -2, 5}, stored.get("b").toIntArray());
        Map<String, Tensor> compressed = Npz.read(FIXTURES.resolve("compressed.npz"));
        assertEquals(Shape.of(100, 100), compressed.get("zeros").shape());
        assertArrayEquals(new double[10000], compressed.get("zeros").toDoubleArray());
        assertArrayEquals(
                new int[] {-5, 2, -2, 5},
                Npz.read(FIXTURES.resolve("compressed.npz"), "b").toIntArray());
    }

    @Test
    void writesAndReadsBack() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("x", Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3));
        tensors.put("t", tensors.get("x").transpose());
        tensors.put("flags", Tensor.of(new boolean[] {true, false}));
        Path file = dir.resolve("a.npz");
        Npz.write(file, tensors);
        byte[] first = Files.readAllBytes(file);
        Npz.write(file, tensors);
        assertArrayEquals(first, Files.readAllBytes(file));
        Map<String, Tensor> back = Npz.read(file);
        assertEquals(List.copyOf(tensors.keySet()), List.copyOf(back.keySet()));
        assertArrayEquals(
                new double[] {1, 2, 3, 4, 5, 6}, back.get("t").transpose().toDoubleArray());
        assertArrayEquals(new boolean[] {true, false}, back.get("flags").toBooleanArray());
        Npz.writeCompressed(file, tensors);
        assertEquals(Shape.of(3, 2), Npz.read(file, "t").shape());
        Npz.write(file, Map.of());
        assertEquals(Map.of(), Npz.read(file));
    }

    private static byte[] npy(DType dtype, Shape shape) {
        byte[] head = NpyHeader.format(dtype, shape, false);
        return Arrays.copyOf(head, Math.toIntExact(head.length + shape.size() * dtype.bytes()));
    }

    private Path zip(String name, byte[] content) throws IOException {
        Path file = dir.resolve("z.npz");
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(content);
        }
        return file;
    }

    private static String refusal(Path file, Runnable read) {
        long live = Device.cpu().memoryReport().live();
        String text = assertThrows(FormatException.class, read::run).getMessage();
        assertEquals(live, Device.cpu().memoryReport().live());
        assertTrue(text.startsWith("load: " + file), text);
        return text.substring(("load: " + file).length());
    }

    @Test
    void refusesMoreThanTheLimit() throws IOException {
        Path file = zip("a.npy", npy(DType.FLOAT64, Shape.of(100_000)));
        String text = refusal(file, () -> Npz.read(file, 100_000));
        assertTrue(text.startsWith(": entry 'a.npy' unpacks to 781.4 KiB from "), text);
        assertTrue(
                text.endsWith("more than the 97.7 KiB allowed; if that is right, use Npz.read(path, maxBytes)"), text);
        assertEquals(100_000, Npz.read(file, 1 << 20).get("a").size());
    }

    @Test
    void theLimitIsForAllEntriesTogether() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < 10; i++) {
            tensors.put("t" + i, Tensor.of(new double[1000]));
        }
        Path file = dir.resolve("many.npz");
        Npz.write(file, tensors);
        assertTrue(refusal(file, () -> Npz.read(file, 60_000)).startsWith(": entry 't7.npy' unpacks to"));
    }

    @Test
    void refusesSizesThatLie() throws IOException {
        byte[] content = npy(DType.FLOAT64, Shape.of(1000));
        Path file = zip("a.npy", content);
        byte[] archive = Files.readAllBytes(file);
        int central = find(archive, 0x02014b50);
        // The header of the array and the archive agree on a size that the content does not have.
        Files.write(file, withInt(archive, central + 24, content.length + 8));
        assertTrue(refusal(file, () -> Npz.read(file)).startsWith(":a.npy: 8008 bytes of data from byte 128, but"));
        Files.write(file, withInt(archive, central + 24, content.length - 8));
        assertTrue(refusal(file, () -> Npz.read(file)).startsWith(":a.npy: 7992 bytes of data from byte 128, but"));
        Files.write(file, withInt(archive, central + 24, 900_000_000));
        String text = refusal(file, () -> Npz.read(file));
        assertTrue(text.contains("which no compression reaches; the archive is damaged or hostile"), text);
        Files.write(file, withInt(archive, central + 16, 1));
        assertEquals(":a.npy: its checksum is wrong; copy the archive again", refusal(file, () -> Npz.read(file)));
    }

    @Test
    void refusesAnEntryThatEndsEarlyOrLate() throws IOException {
        for (int off : new int[] {-8, 8}) {
            byte[] content = npy(DType.FLOAT64, Shape.of(1000 + off / 8));
            byte[] head = NpyHeader.format(DType.FLOAT64, Shape.of(1000), false);
            System.arraycopy(head, 0, content, 0, head.length);
            Path file = zip("a.npy", content);
            byte[] archive = Files.readAllBytes(file);
            Files.write(file, withInt(archive, find(archive, 0x02014b50) + 24, content.length - off));
            String text = refusal(file, () -> Npz.read(file));
            assertTrue(
                    off < 0
                            ? text.equals(":a.npy: ends at byte 8120, 8 bytes early; copy it again")
                            : text.startsWith(":a.npy: contains more than the 8128 bytes that the archive states"),
                    text);
        }
    }

    private static int find(byte[] archive, int signature) {
        ByteBuffer b = ByteBuffer.wrap(archive).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (b.getInt(at) != signature) {
            at++;
        }
        return at;
    }

    private static byte[] withInt(byte[] archive, int at, int value) {
        byte[] changed = archive.clone();
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        return changed;
    }

    @Test
    void refusesNamesThatAnArchiveCannotHold() throws IOException {
        Path file = dir.resolve("names.npz");
        Tensor one = Tensor.of(1.0);
        String longest = "\u20ac".repeat(21_825) + "a"; // 65,476 bytes, with .npy 65,480
        Npz.write(file, Map.of(longest, one));
        byte[] before = Files.readAllBytes(file);
        assertEquals(List.of(longest), Npz.names(file));
        String text = assertThrows(FormatException.class, () -> Npz.write(file, Map.of(longest + "c", one)))
                .getMessage();
        assertEquals(
                "save: " + file + ": the name '" + "\u20ac".repeat(80)
                        + "...' takes 65481 bytes with .npy, more than an archive's 65480; shorten it",
                text);
        text = assertThrows(FormatException.class, () -> Npz.writeCompressed(file, Map.of("\ud83d", one)))
                .getMessage();
        assertEquals(
                "save: " + file + ": a name or metadata holds half of a surrogate pair, which UTF-8 cannot express",
                text);
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void namesAreKeysOnly() throws IOException {
        Path file = zip("../../escape.npy", npy(DType.BOOL, Shape.of(2)));
        assertEquals("[../../escape]", Npz.read(file).keySet().toString());
        assertEquals(": has no array 'escape'; it has [../../escape]", refusal(file, () -> Npz.read(file, "escape")));
    }

    @Test
    void whatIsNoArrayIsLeftAlone() throws IOException {
        Path file = dir.resolve("more.npz");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String name : List.of("readme.txt", "a.npy", "sub/", "sub/b.npy", "__MACOSX/._a.npy", "c.npy/")) {
                zip.putNextEntry(new ZipEntry(name));
                if (!name.endsWith("/")) {
                    boolean array = !name.startsWith("__") && name.endsWith(".npy");
                    zip.write(array ? npy(DType.BOOL, Shape.of(2)) : "hello".getBytes(StandardCharsets.UTF_8));
                }
                zip.closeEntry();
            }
        }
        assertEquals(List.of("a", "sub/b"), List.copyOf(Npz.read(file).keySet()));
        assertEquals(Shape.of(2), Npz.read(file, "sub/b").shape());
        assertEquals(List.of("readme.txt", "a", "sub/", "sub/b", "__MACOSX/._a.npy", "c.npy/"), Npz.names(file));
        assertEquals(
                ": 'readme.txt' is not an array; it has [a, sub/b]", refusal(file, () -> Npz.read(file, "readme.txt")));
        assertEquals(": has no array 'q'; it has [a, sub/b]", refusal(file, () -> Npz.read(file, "q")));
        Path text = zip("readme.txt", "hello".getBytes(StandardCharsets.UTF_8));
        assertEquals(Map.of(), Npz.read(text));
        assertEquals(List.of("readme.txt"), Npz.names(text));
        Path damaged = zip("a.npy", "hello".getBytes(StandardCharsets.UTF_8));
        assertTrue(refusal(damaged, () -> Npz.read(damaged)).startsWith(":a.npy: byte 0 is not that of a .npy file"));
    }

    @Test
    void survivesRandomDamage() throws IOException {
        byte[] whole = Files.readAllBytes(FIXTURES.resolve("stored.npz"));
        Random random = new Random(3);
        Path file = dir.resolve("d.npz");
        for (int round = 0; round < 1000; round++) {
            byte[] damaged = whole.clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                damaged[random.nextInt(whole.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, damaged);
            try {
                Npz.read(file).values().forEach(Tensor::close);
            } catch (TensorException e) {
                assertTrue(e.getMessage().startsWith("load: " + file), e.getMessage());
            }
        }
    }

    @Test
    void refusesWhatIsNoArchive() {
        Path npy = FIXTURES.resolve("f8.npy");
        assertTrue(refusal(npy, () -> Npz.read(npy)).startsWith(": is not a valid zip archive"));
        Path missing = dir.resolve("missing.npz");
        assertEquals(": no such file", refusal(missing, () -> Npz.read(missing)));
        assertEquals(": is a directory; name a file in it", refusal(dir, () -> Npz.read(dir)));
    }
}
