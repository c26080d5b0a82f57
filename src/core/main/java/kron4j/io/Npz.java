package kron4j.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import kron4j.FormatException;
import kron4j.Tensor;
import kron4j.memory.Bytes;

/**
 * Reads and writes NumPy's .npz archives: zip files of .npy files. Other entries, such as a readme, are ignored. Names are
 * keys only and never become paths. Sizes are checked against a limit before anything is unpacked and again while
 * unpacking, so a zip bomb is refused; checksums are verified.
 *
 * <pre>{@code
 * Path file = Path.of("ab.npz");
 * Npz.write(file, Map.of("a", Tensor.of(new double[] {1, 2}), "b", Tensor.of(new long[] {3})));
 * Map<String, Tensor> all = Npz.read(file);   // in the archive's order
 * Tensor a = Npz.read(file, "a");             // without reading b
 * }</pre>
 */
public final class Npz {
    private static final String SUFFIX = ".npy";
    /** Where macOS puts a file's attributes, under the file's name. */
    private static final String ATTRIBUTES = "__MACOSX/";

    /** An entry of a zip archive's directory has at most 65535 bytes: 46 of its header, 9 of the time, the name. */
    private static final int LONGEST_NAME = 65535 - 46 - 9;

    private static final long ALWAYS_ALLOWED = 1L << 30;
    private static final long ALLOWED_EXPANSION = 100;
    /** Deflate's greatest expansion, with room for a few bytes. */
    private static final long POSSIBLE_EXPANSION = 1100;

    private Npz() {}

    /**
     * Reads all arrays as {@link Npy#read} does. At most 100 times the archive's size is unpacked, or 1 GiB if that is more.
     *
     * @param path a regular file
     * @return the arrays by name, in the archive's order, owned by the current scope
     * @throws FormatException if the archive or an array in it is malformed or too large
     */
    public static Map<String, Tensor> read(Path path) {
        return read(path, defaultLimit(path));
    }

    /**
     * Reads all arrays of at most {@code maxBytes} together.
     *
     * @param path a regular file
     * @param maxBytes greatest size of the unpacked archive
     * @return the arrays by name, in the archive's order, owned by the current scope
     * @throws FormatException if the archive or an array in it is malformed or too large
     */
    public static Map<String, Tensor> read(Path path, long maxBytes) {
        return open(path, zip -> {
            Map<String, ZipEntry> entries = entries(path, zip);
            long total = 0;
            for (ZipEntry entry : entries.values()) {
                total = check(path, entry, total, maxBytes);
            }
            Map<String, Tensor> result = new LinkedHashMap<>();
            boolean complete = false;
            try {
                for (Map.Entry<String, ZipEntry> e : entries.entrySet()) {
                    result.put(e.getKey(), unpack(path, zip, e.getValue()));
                }
                complete = true;
            } finally {
                if (!complete) {
                    result.values().forEach(Tensor::close);
                }
            }
            return result;
        });
    }

    /**
     * Lists the names of all entries, as NumPy's {@code NpzFile.files} does: arrays without {@code .npy}, other entries,
     * which {@link #read(Path)} ignores, with their full name.
     *
     * @param path a regular file
     * @return the names, in the archive's order
     * @throws FormatException if the archive is malformed
     */
    public static List<String> names(Path path) {
        return open(path, zip -> zip.stream().map(Npz::name).toList());
    }

    /**
     * Reads the array of one name, without the others.
     *
     * @param path a regular file
     * @param name without {@code .npy}
     * @return the array, owned by the current scope
     * @throws FormatException if the archive or the array is malformed or too large, or there is no such array
     */
    public static Tensor read(Path path, String name) {
        return open(path, zip -> {
            Map<String, ZipEntry> entries = entries(path, zip);
            ZipEntry entry = entries.get(name);
            if (entry == null) {
                String fact =
                        zip.getEntry(name) == null ? "has no array '" + name + "'" : "'" + name + "' is not an array";
                throw new FormatException("load: " + path + ": " + fact + "; it has " + entries.keySet());
            }
            check(path, entry, 0, defaultLimit(path));
            return unpack(path, zip, entry);
        });
    }

    /**
     * Writes tensors uncompressed, as {@code numpy.savez} does, atomically.
     *
     * @param path file to write; its directory must exist
     * @param tensors by name
     * @throws FormatException if the file cannot be written
     */
    public static void write(Path path, Map<String, Tensor> tensors) {
        write(path, tensors, Deflater.NO_COMPRESSION);
    }

    /**
     * Writes tensors compressed, as {@code numpy.savez_compressed} does, atomically.
     *
     * @param path file to write; its directory must exist
     * @param tensors by name
     * @throws FormatException if the file cannot be written
     */
    public static void writeCompressed(Path path, Map<String, Tensor> tensors) {
        write(path, tensors, Deflater.DEFAULT_COMPRESSION);
    }

    private static void write(Path path, Map<String, Tensor> tensors, int level) {
        tensors.keySet().forEach(name -> checkName(path, name));
        tensors.values().forEach(t -> NpyHeader.format(t.dtype(), t.shape(), false));
        AtomicFile.write(path, channel -> {
            try (ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(channel))) {
                zip.setLevel(level);
                WritableByteChannel content = Channels.newChannel(zip);
                for (Map.Entry<String, Tensor> e : tensors.entrySet()) {
                    ZipEntry entry = new ZipEntry(e.getKey() + SUFFIX);
                    // The zip format's first day: the same tensors give the same bytes.
                    entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
                    zip.putNextEntry(entry);
                    Npy.write(content, e.getValue());
                    zip.closeEntry();
                }
            }
        });
    }

    private static void checkName(Path path, String name) {
        int bytes = Names.utf8(path, name + SUFFIX).remaining();
        if (bytes > LONGEST_NAME) {
            throw new FormatException("save: " + path + ": the name " + Names.quoted(name) + " takes " + bytes
                    + " bytes with " + SUFFIX + ", more than an archive's " + LONGEST_NAME + "; shorten it");
        }
    }

    // ---- reading ----

    @FunctionalInterface
    private interface Reading<T> {
        T from(ZipFile zip) throws IOException;
    }

    private static <T> T open(Path path, Reading<T> reading) {
        Npy.requireFile(path);
        try (ZipFile zip = new ZipFile(path.toFile())) {
            return reading.from(zip);
        } catch (ZipException e) {
            throw new FormatException("load: " + path + ": is not a valid zip archive (" + e.getMessage()
                    + "); write one with numpy.savez");
        } catch (IOException e) {
            throw Npy.failed("load", path, e);
        }
    }

    private static long defaultLimit(Path path) {
        try {
            return Math.max(ALWAYS_ALLOWED, Math.multiplyExact(Files.size(path), ALLOWED_EXPANSION));
        } catch (IOException | ArithmeticException e) {
            // A missing file is reported where it is opened.
            return ALWAYS_ALLOWED;
        }
    }

    private static boolean isArray(ZipEntry entry) {
        return entry.getName().endsWith(SUFFIX) && !entry.getName().startsWith(ATTRIBUTES);
    }

    private static String name(ZipEntry entry) {
        String name = entry.getName();
        return isArray(entry) ? name.substring(0, name.length() - SUFFIX.length()) : name;
    }

    /** The arrays by name. */
    private static Map<String, ZipEntry> entries(Path path, ZipFile zip) {
        Map<String, ZipEntry> result = new LinkedHashMap<>();
        zip.stream().filter(Npz::isArray).forEach(entry -> {
            if (result.put(name(entry), entry) != null) {
                throw new FormatException("load: " + path + ": entry '" + entry.getName() + "' occurs twice");
            }
        });
        return result;
    }

    /** The bytes unpacked so far with this entry's, if they stay within the limit. */
    private static long check(Path path, ZipEntry entry, long before, long maxBytes) {
        long size = entry.getSize();
        if (size < 0 || size > maxBytes - before) {
            throw new FormatException("load: " + path + ": entry '" + entry.getName() + "' unpacks to "
                    + Bytes.text(Math.max(size, 0)) + " from " + Bytes.text(entry.getCompressedSize())
                    + ", more than the " + Bytes.text(maxBytes)
                    + " allowed; if that is right, use Npz.read(path, maxBytes)");
        }
        if (size / POSSIBLE_EXPANSION > entry.getCompressedSize()) {
            throw new FormatException("load: " + path + ": entry '" + entry.getName() + "' says that "
                    + Bytes.text(entry.getCompressedSize()) + " unpack to " + Bytes.text(size)
                    + ", which no compression reaches; the archive is damaged or hostile");
        }
        return before + size;
    }

    private static Tensor unpack(Path path, ZipFile zip, ZipEntry entry) throws IOException {
        String file = path + ":" + entry.getName();
        CRC32 crc = new CRC32();
        try (InputStream raw = zip.getInputStream(entry);
                InputStream content = new CheckedInputStream(raw, crc)) {
            Tensor result = Npy.read(file, Channels.newChannel(content), entry.getSize());
            if (content.read() >= 0) {
                result.close();
                throw new FormatException("load: " + file + ": contains more than the " + entry.getSize()
                        + " bytes that the archive states; it is damaged or hostile");
            }
            if (crc.getValue() != entry.getCrc()) {
                result.close();
                throw new FormatException("load: " + file + ": its checksum is wrong; copy the archive again");
            }
            return result;
        }
    }
}
