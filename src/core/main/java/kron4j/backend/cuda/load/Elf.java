package kron4j.backend.cuda.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A shared library of 64-bit little-endian ELF: what it needs, what it exports, what it imports, and the same under other names. Layout by the
 * System V ABI and, for symbol versions, the Linux Standard Base ({@code Elf64_Verneed}, {@code Elf64_Vernaux}).
 */
final class Elf {
    private static final int MAGIC = 0x464C457F; // 0x7F 'E' 'L' 'F'
    private static final int SHT_DYNAMIC = 6;
    private static final int SHT_DYNSYM = 11;
    private static final int SHT_GNU_VERNEED = 0x6FFFFFFE;
    private static final int DT_NEEDED = 1;
    private static final int SYMBOL_BYTES = 24;
    private static final int DYNAMIC_BYTES = 16;

    private record Section(int type, int offset, int size, int link) {}

    private final String name;
    private final ByteBuffer bytes;
    private final List<Section> sections = new ArrayList<>();

    /**
     * Reads the section table.
     *
     * @param name for error texts
     * @throws IOException if this is no such file
     */
    Elf(String name, ByteBuffer content) throws IOException {
        this.name = name;
        this.bytes = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        try {
            if (bytes.getInt(0) != MAGIC || bytes.get(4) != 2 || bytes.get(5) != 1) {
                throw new IOException(name + ": not a 64-bit little-endian ELF file");
            }
            int table = Math.toIntExact(bytes.getLong(0x28));
            int width = bytes.getShort(0x3A);
            int count = bytes.getShort(0x3C);
            for (int i = 0; i < count; i++) {
                int at = table + i * width;
                sections.add(new Section(
                        bytes.getInt(at + 4),
                        Math.toIntExact(bytes.getLong(at + 0x18)),
                        Math.toIntExact(bytes.getLong(at + 0x20)),
                        bytes.getInt(at + 0x28)));
            }
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw damaged(e);
        }
    }

    /** The file, mapped. */
    static Elf of(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new Elf(file.toString(), channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        }
    }

    /** The names of the libraries that the dynamic linker must load for this one (DT_NEEDED). */
    List<String> needed() throws IOException {
        List<String> names = new ArrayList<>();
        try {
            for (Section dynamic : ofType(SHT_DYNAMIC)) {
                for (int at = dynamic.offset; at < dynamic.offset + dynamic.size; at += DYNAMIC_BYTES) {
                    if (bytes.getLong(at) == DT_NEEDED) {
                        names.add(string(dynamic, bytes.getLong(at + 8)));
                    }
                }
            }
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw damaged(e);
        }
        return names;
    }

    /** The names of the symbols that others can call. */
    Set<String> exports() throws IOException {
        return symbols(true);
    }

    /** The names of the symbols that others must provide. */
    Set<String> imports() throws IOException {
        return symbols(false);
    }

    private Set<String> symbols(boolean defined) throws IOException {
        Set<String> names = new HashSet<>();
        try {
            for (Section table : ofType(SHT_DYNSYM)) {
                for (int at = table.offset + SYMBOL_BYTES; at < table.offset + table.size; at += SYMBOL_BYTES) {
                    if (bytes.getShort(at + 6) != 0 == defined) {
                        names.add(string(table, Integer.toUnsignedLong(bytes.getInt(at))));
                    }
                }
            }
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw damaged(e);
        }
        return names;
    }

    /**
     * A copy that needs other libraries: each name in {@code .dynstr} becomes another of the same length, and the hashes of the symbol versions
     * of those names (in {@code .gnu.version_r}) follow.
     */
    byte[] renamed(Map<String, String> names) throws IOException {
        byte[] copy = new byte[bytes.limit()];
        bytes.get(0, copy);
        ByteBuffer out = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
        try {
            for (Section dynamic : ofType(SHT_DYNAMIC)) {
                Section strings = sections.get(dynamic.link);
                for (Map.Entry<String, String> name : names.entrySet()) {
                    replace(out, strings, name.getKey(), name.getValue());
                }
            }
            Elf renamed = new Elf(this.name, out);
            for (Section versions : ofType(SHT_GNU_VERNEED)) {
                renamed.rehash(out, versions);
            }
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw damaged(e);
        }
        return copy;
    }

    private static void replace(ByteBuffer out, Section strings, String from, String to) {
        byte[] old = (from + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] fresh = (to + "\0").getBytes(StandardCharsets.US_ASCII);
        if (old.length != fresh.length) {
            throw new IllegalArgumentException(from + " and " + to + " differ in length");
        }
        byte[] here = new byte[old.length];
        for (int at = strings.offset; at <= strings.offset + strings.size - old.length; at++) {
            if (out.get(at) == old[0]) {
                out.get(at, here);
                if (java.util.Arrays.equals(here, old)) {
                    out.put(at, fresh);
                }
            }
        }
    }

    /** Recomputes the hash of every version that is needed. */
    private void rehash(ByteBuffer out, Section versions) {
        int need = versions.offset;
        while (true) {
            int aux = need + bytes.getInt(need + 8);
            int count = bytes.getShort(need + 2);
            for (int i = 0; i < count; i++) {
                out.putInt(aux, hash(string(versions, Integer.toUnsignedLong(bytes.getInt(aux + 8)))));
                aux += bytes.getInt(aux + 12);
            }
            int next = bytes.getInt(need + 12);
            if (next == 0) {
                return;
            }
            need += next;
        }
    }

    /** The System V ABI's hash of a name. */
    static int hash(String name) {
        int h = 0;
        for (byte c : name.getBytes(StandardCharsets.US_ASCII)) {
            h = (h << 4) + Byte.toUnsignedInt(c);
            int high = h & 0xF0000000;
            h = (h ^ high >>> 24) & ~high;
        }
        return h;
    }

    private List<Section> ofType(int type) {
        return sections.stream().filter(s -> s.type == type).toList();
    }

    /** The string at an offset of the section's string table. */
    private String string(Section of, long offset) {
        int from = Math.toIntExact(sections.get(of.link).offset + offset);
        int to = from;
        while (bytes.get(to) != 0) {
            to++;
        }
        byte[] text = new byte[to - from];
        bytes.get(from, text);
        return new String(text, StandardCharsets.US_ASCII);
    }

    private IOException damaged(RuntimeException e) {
        return new IOException(name + ": damaged ELF file", e);
    }
}
