package kron4j.io;

import static kron4j.io.SafetensorsTest.bytes;
import static kron4j.io.SafetensorsTest.file;
import static kron4j.io.SafetensorsTest.refusal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.io.Safetensors.Entry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that lie: each is refused with the reason, before anything is allocated for what it claims. */
class SafetensorsHostileTest {
    private static final Path FIXTURES = Path.of("src/core/test/resources/safetensors");
    private static final List<String> SPLICES = List.of(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\\u0000",
            "\\ud800",
            "\u00ff",
            "\0",
            " ",
            "-",
            "0",
            "1",
            "00",
            "1e9",
            ".5",
            "9223372036854775807",
            "18446744073709551616",
            "null",
            "F16",
            "BF16",
            "C64",
            "U8",
            "BOOL",
            "dtype",
            "shape",
            "data_offsets",
            "__metadata__",
            "{}",
            "[[[[",
            "\"f4\":");

    /** What no reading of a small file may allocate; classes that it loads count. */
    private static final long MUCH = 1 << 20;

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

    private Path write(byte... bytes) throws IOException {
        return Files.write(dir.resolve("f.safetensors"), bytes);
    }

    /** Headers have single quotes here and {@code <dtype shape offsets>} for a tensor; so many bytes of data follow. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "[]  | 0 | header, byte 8: expected '{'",
                " {} | 0 | ok",
                "{   | 0 | header, byte 9: expected '\"'",
                "{}x | 0 | header, byte 10: text after the closing brace",
                "{'a':1} | 0 | header, byte 13: expected '{'",
                "{'a':{}} | 0 | header, byte 14: expected '\"'",
                "{'a':{'dtype':'F32','shape':[1]}} | 4 | header, byte 40: 'a' has no dtype, no shape or not two data_offsets",
                "{'a':{'dtype':'F32','shape':[],'data_offsets':[4]}} | 4 | header, byte 58: 'a' has no dtype, no shape or"
                        + " not two data_offsets",
                "{'a':{'dtype':'F32','dtype':'F32'}} | 4 | header, byte 36: 'a' has the key 'dtype', not dtype, shape and"
                        + " data_offsets once each",
                "{'a':{'dtype':'F32','strides':[1]}} | 4 | header, byte 38: 'a' has the key 'strides', not dtype, shape and"
                        + " data_offsets once each",
                "{'a':{'dtype':4}} | 4 | header, byte 22: expected '\"'",
                "{'a':{'shape':[[1]]}} | 4 | header, byte 23: expected a whole number of 0 or more",
                "{'a':{'shape':[-1]}} | 4 | header, byte 23: expected a whole number of 0 or more",
                "{'a':{'shape':[1.0]}} | 4 | header, byte 23: expected a whole number of 0 or more",
                "{'a':{'shape':[1,]}} | 4 | header, byte 25: expected a whole number of 0 or more",
                "{'a':{'data_offsets':[0,4,8]}} | 4 | header, byte 34: more than 2 numbers",
                "{'a':[[[[[[[[]]]]]]]]} | 4 | header, byte 13: expected '{'",
                "{'a':<F32 1 0,4>,} | 4 | header, byte 62: expected '\"'",
                "{'__metadata__':{},'__metadata__':{}} | 0 | header, byte 41: '__metadata__' occurs twice",
                "{'__metadata__':{'a':1}} | 0 | header, byte 29: expected '\"'",
                "{'__metadata__':{'a':'1','a':'2'}} | 0 | header, byte 40: 'a' occurs twice",
                "{'__metadata__':null} | 0 | header, byte 24: expected '{'",
                "{'__metadata__':{'a':'1'}} | 0 | ok",
                "{'a':<F32 1 0,4>,'a':<F32 1 4,8>} | 8 | header, byte 65: 'a' occurs twice",
                "{'a':<F32 1 0,4>,'\\u0061':<F32 1 4,8>} | 8 | header, byte 70: 'a' occurs twice",
                "{'a':<F32 2 0,4>} | 4 | header, byte 61: 'a' has data_offsets of 4 bytes, but is F32 [2], which takes 8",
                "{'a':<F16 2 0,3>} | 3 | header, byte 61: 'a' has data_offsets of 3 bytes, but is F16 [2], which takes 4",
                "{'a':<BF16 2 0,2>} | 2 | header, byte 62: 'a' has data_offsets of 2 bytes, but is BF16 [2], which takes 4",
                "{'a':<C64 2 0,8>} | 8 | header, byte 61: 'a' has data_offsets of 8 bytes, but is C64 [2], which takes 16",
                "{'a':<U8 2 0,4>} | 4 | header, byte 60: 'a' has data_offsets of 4 bytes, but is U8 [2], which takes 2",
                "{'a':<C64 1152921504606846976 0,0>} | 0 | header, byte 79: 'a' takes more than 2^63-1 bytes: C64"
                        + " [1152921504606846976]",
                "{'a':<C128 7 0,3>} | 3 | ok",
                "{'a':<F32 2 4,0>} | 4 | header, byte 61: 'a' has data_offsets [4, 0], which are no range",
                "{'a':<F32 2 0,9223372036854775807>} | 4 | header, byte 79: 'a' has data_offsets [0, 9223372036854775807],"
                        + " which are no range",
                "{'a':<F32 2 0,9223372036854775808>} | 4 | header, byte 58: a number of more than 2^63-1",
                "{'a':<F64 1152921504606846976 0,0>} | 0 | header, byte 79: 'a' takes more than 2^63-1 bytes: F64"
                        + " [1152921504606846976]",
                "{'a':<F64 4294967296,4294967296 0,0>} | 0 | header, byte 59: shape [4294967296,4294967296]: more than"
                        + " 2^63-1 elements",
                "{'a':<F32 1 0,4>,'b':<F32 1 2,6>} | 6 | byte 117: tensor 'b' overlaps another one",
                "{'a':<F32 1 0,4>,'b':<F32 0 2,2>} | 4 | byte 117: tensor 'b' overlaps another one",
                "{'a':<F32 1 0,4>,'b':<F32 0 4,4>,'c':<F32 0 0,0>} | 4 | ok",
                "{'a':<F32 1 0,4>,'b':<F32 1 0,4>} | 4 | byte 115: tensor 'b' overlaps another one",
                "{'a':<F32 1 0,4>,'b':<F32 1 6,10>} | 10 | byte 120: is no tensor's; the next one, 'b', begins at byte 122",
                "{'a':<F32 1 4,8>} | 8 | byte 62: is no tensor's; the next one, 'a', begins at byte 66",
                "{'a':<F32 2 0,8>} | 7 | ends at byte 69, inside tensor 'a', which ends at byte 70",
                "{'a':<F32 2 0,8>} | 9 | byte 70: the last tensor ends here, the file at byte 71",
                "{} | 1 | byte 10: the last tensor ends here, the file at byte 11",
                "{'a':<X9 7 0,3>} | 3 | ok",
                "{'a':<X9 7 0,3>} | 4 | byte 64: the last tensor ends here, the file at byte 65",
            })
    void refusesHeaders(String text, int dataBytes, String fact) throws IOException {
        String json = text.strip()
                .replaceAll("<(\\w+) (\\S*) (\\S+)>", "{'dtype':'$1','shape':[$2],'data_offsets':[$3]}")
                .replace('\'', '"');
        Path path = write(file(json, dataBytes));
        if (fact.equals("ok")) {
            Safetensors.open(path).close();
        } else {
            String refused = refusal(path, () -> Safetensors.open(path));
            assertEquals(fact, refused.substring(0, refused.lastIndexOf(';')), json);
        }
    }

    @Test
    void refusesWhatIsTooShortForAHeader() throws IOException {
        String remedy = "; the file is truncated, or no .safetensors file";
        Path seven = write(new byte[7]);
        assertEquals(
                "ends after 7 bytes, inside its header's length" + remedy,
                refusal(seven, () -> Safetensors.open(seven)));
        Path zero = write(new byte[8]);
        assertEquals(
                "header, byte 8: expected '{'; the file is damaged or hostile",
                refusal(zero, () -> Safetensors.open(zero)));
        byte[] two = file("{}", 0);
        two[0] = 3;
        Path cut = write(two);
        assertEquals("byte 0: a header of 3 bytes in a file of 10" + remedy, refusal(cut, () -> Safetensors.open(cut)));
        Arrays.fill(two, 0, 8, (byte) 255);
        Path negative = write(two);
        assertEquals(
                "byte 0: a header of 18446744073709551615 bytes in a file of 10" + remedy,
                refusal(negative, () -> Safetensors.open(negative)));
        Path empty = write();
        assertEquals("is empty; write it again", refusal(empty, () -> Safetensors.open(empty)));
        assertEquals("is a directory; name a file in it", refusal(dir, () -> Safetensors.names(dir)));
        Path none = dir.resolve("none");
        assertEquals("no such file", refusal(none, () -> Safetensors.read(none)));
    }

    @Test
    void refusesALongHeaderWithoutReadingIt() throws IOException {
        Path path = dir.resolve("long.safetensors");
        try (FileChannel sparse = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            ByteBuffer length =
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_001);
            sparse.write(length);
            sparse.write(ByteBuffer.allocate(1), 100_000_008);
        }
        long bytes = allocated(() -> assertEquals(
                "byte 0: a header of 100000001 bytes, more than the 100000000 allowed; the file is damaged or hostile",
                refusal(path, () -> Safetensors.open(path))));
        assertTrue(bytes < MUCH, () -> bytes + " bytes allocated");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 128, 255})
    void refusesTruthValuesThatAreNone(int value) throws IOException {
        byte[] content = file("{\"t\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[0,3]}}", 3);
        content[content.length - 2] = (byte) value;
        Path path = write(content);
        assertEquals(
                "byte " + (content.length - 2) + ": tensor 't' is BOOL, but holds " + value
                        + ", not 0 or 1; the file is damaged",
                refusal(path, () -> Safetensors.read(path)));
        content[content.length - 2] = 1;
        write(content);
        assertArrayEquals(
                new boolean[] {false, true, false}, Safetensors.read(path, "t").toBooleanArray());
    }

    @Test
    void errorsStayShortWhateverTheNames() throws IOException {
        String name = "n".repeat(1000);
        Path path = write(file("{\"" + name + "\":1}", 0));
        String text = refusal(path, () -> Safetensors.open(path));
        assertTrue(text.length() < 300, text);
        StringBuilder many = new StringBuilder("{");
        for (int i = 0; i < 1000; i++) {
            many.append('"').append(name).append(i).append("\":{\"dtype\":\"").append(name);
            many.append("\",\"shape\":[],\"data_offsets\":[0,0]},");
        }
        many.setCharAt(many.length() - 1, '}');
        write(file(many.toString(), 0));
        String listed = refusal(path, () -> Safetensors.read(path, name));
        assertTrue(listed.endsWith(", and 980 more]"), listed);
        assertTrue(listed.length() < 2500, listed);
        String unread = refusal(path, () -> Safetensors.read(path));
        assertTrue(unread.length() < 500, unread);
    }

    private static long allocated(Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    /** Flips, replaces, inserts, removes or cuts off, mostly before {@code end}. */
    private static byte[] mutated(Random random, byte[] whole, int end) {
        byte[] bytes = whole;
        for (int times = random.nextInt(3); times >= 0 && bytes.length > 0; times--) {
            int at = random.nextInt(random.nextInt(8) > 0 ? Math.min(end, bytes.length) : bytes.length);
            byte[] splice = SPLICES.get(random.nextInt(SPLICES.size())).getBytes(StandardCharsets.ISO_8859_1);
            int kind = random.nextInt(6);
            bytes = switch (kind) {
                case 0 -> replaced(bytes, at, 1, (byte) (bytes[at] ^ (1 << random.nextInt(8))));
                case 1 -> replaced(bytes, at, 1, (byte) random.nextInt(256));
                case 2 -> replaced(bytes, at, bytes.length);
                case 3 -> replaced(bytes, at, random.nextInt(9));
                case 4 -> replaced(bytes, at, splice.length, splice);
                default -> replaced(bytes, at, 0, splice);
            };
        }
        return bytes;
    }

    private static byte[] replaced(byte[] bytes, int at, int length, byte... by) {
        int after = Math.min(bytes.length, at + length);
        ByteBuffer joined = ByteBuffer.allocate(at + by.length + bytes.length - after);
        return joined.put(bytes, 0, at)
                .put(by)
                .put(bytes, after, bytes.length - after)
                .array();
    }

    /** What is read of a damaged file is all of its data, each byte in its place; all else is a FormatException. */
    @ParameterizedTest
    @ValueSource(strings = {"known.safetensors", "halves.safetensors"})
    void survivesRandomDamage(String name) throws IOException {
        byte[] whole = Files.readAllBytes(FIXTURES.resolve(name));
        int headerEnd =
                8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        Random random = new Random(5);
        int read = 0;
        int refused = 0;
        for (int round = 0; round < 600; round++) {
            byte[] damaged = mutated(random, whole, headerEnd);
            if (round % 2 == 0 && damaged.length > whole.length - headerEnd + 8) {
                // The length follows, so that the damage is seen behind it.
                ByteBuffer.wrap(damaged)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(0, headerEnd - 8L + damaged.length - whole.length);
            }
            Path path = write(damaged);
            int number = round;
            boolean[] opened = new boolean[1];
            long bytes = allocated(() -> opened[0] = isRead(path, damaged, number));
            assertTrue(bytes < MUCH, () -> "round " + number + ": " + bytes + " bytes");
            read += opened[0] ? 1 : 0;
            refused += opened[0] ? 0 : 1;
        }
        // Damage to data and names goes unnoticed; all of both kinds would mean that the test tests nothing.
        assertTrue(read > 10 && refused > 100, read + " read, " + refused + " refused");
    }

    /** Headers that are accepted place each byte of the data in one tensor; 20,000 of them, in memory. */
    @ParameterizedTest
    @ValueSource(strings = {"known.safetensors", "halves.safetensors"})
    void headersSurviveRandomDamage(String name) throws IOException {
        byte[] whole = Files.readAllBytes(FIXTURES.resolve(name));
        int headerEnd =
                8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        byte[] json = Arrays.copyOfRange(whole, 8, headerEnd);
        Random random = new Random(6);
        int accepted = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = mutated(random, json, json.length);
            long bytes = (long) damaged.length + whole.length - json.length;
            try {
                long at = 8L + damaged.length;
                List<Entry> entries = SafetensorsHeader.parse("f", damaged, bytes).entries().values().stream()
                        .sorted(Comparator.comparingLong(Entry::offset).thenComparingLong(Entry::bytes))
                        .toList();
                for (Entry e : entries) {
                    assertEquals(at, e.offset());
                    at += e.bytes();
                    SafetensorsHeader.dtype(e.dtype())
                            .ifPresent(dtype -> assertEquals(e.shape().size() * dtype.bytes(), e.bytes()));
                }
                assertEquals(bytes, at, "round " + round);
                accepted++;
            } catch (FormatException e) {
                assertTrue(e.getMessage().startsWith("load: f: "), e.getMessage());
            }
        }
        assertTrue(accepted > 500 && accepted < 15_000, accepted + " accepted");
    }

    private static boolean isRead(Path path, byte[] damaged, int round) {
        long live = Device.cpu().memoryReport().live();
        try (Safetensors file = Safetensors.open(path)) {
            ByteArrayOutputStream data = new ByteArrayOutputStream();
            List<String> names = file.entries().entrySet().stream()
                    .sorted(Comparator.comparingLong(
                            (Map.Entry<String, Entry> e) -> e.getValue().offset()))
                    .map(Map.Entry::getKey)
                    .toList();
            for (String name : names) {
                try (Tensor t = file.read(name)) {
                    data.writeBytes(bytes(t));
                }
            }
            int from = damaged.length - data.size();
            assertEquals(
                    8 + ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN).getLong(0), from, "round " + round);
            assertArrayEquals(Arrays.copyOfRange(damaged, from, damaged.length), data.toByteArray(), "round " + round);
            return true;
        } catch (FormatException e) {
            assertTrue(e.getMessage().startsWith("load: " + path + ": "), e.getMessage());
            assertEquals(live, Device.cpu().memoryReport().live());
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
