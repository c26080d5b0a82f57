package kron4j.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.FormatException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.io.Safetensors.Entry;

/**
 * The header of a .safetensors file: eight bytes with its length, and a JSON object with the dtype, the shape and the place of each
 * tensor, relative to the header's end. Source: github.com/huggingface/safetensors, README.md, "Format".
 *
 * @param entries in the header's order
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
    /** Bytes of the length. */
    static final int PREFIX = 8;
    /** The longest header that safetensors itself reads. */
    static final int LONGEST = 100_000_000;

    private static final String METADATA = "__metadata__";
    private static final int MAX_RANK = 64;
    private static final int MAX_LISTED = 20;

    // ---- dtypes ----

    /** The dtype's name; empty if the format has none. */
    private static Optional<String> name(DType dtype) {
        return Optional.ofNullable(nameOrNull(dtype));
    }

    private static String nameOrNull(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> "F32";
            case FLOAT64 -> "F64";
            case FLOAT16 -> "F16";
            case BFLOAT16 -> "BF16";
            case COMPLEX64 -> "C64";
            case COMPLEX128 -> null;
            case INT32 -> "I32";
            case INT64 -> "I64";
            case INT8 -> "I8";
            case UINT8 -> "U8";
            case BOOL -> "BOOL";
        };
    }

    /** The dtype with this name, if Kron4J has it. */
    static Optional<DType> dtype(String name) {
        return Arrays.stream(DType.values())
                .filter(d -> name(d).equals(Optional.of(name)))
                .findFirst();
    }

    /** The names of all dtypes. */
    static List<String> dtypes() {
        return Arrays.stream(DType.values()).flatMap(d -> name(d).stream()).toList();
    }

    // ---- writing ----

    /** In the order of their data: the widest elements first, so that each tensor is aligned, else as given. */
    static List<Map.Entry<String, Tensor>> byWidth(Map<String, Tensor> tensors) {
        List<Map.Entry<String, Tensor>> sorted = new ArrayList<>(tensors.entrySet());
        sorted.sort(Comparator.comparingInt(e -> -e.getValue().dtype().bytes()));
        return sorted;
    }

    /** The length and the JSON of these tensors, padded with spaces so that the data is aligned. */
    static ByteBuffer format(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
        Map<String, String> offsets = new LinkedHashMap<>();
        long end = 0;
        for (Map.Entry<String, Tensor> e : byWidth(tensors)) {
            long begin = end;
            end += e.getValue().size() * e.getValue().dtype().bytes();
            offsets.put(e.getKey(), begin + "," + end);
        }
        StringBuilder json = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            json.append('"').append(METADATA).append("\":{");
            metadata.forEach((key, value) ->
                    json.append(literal(key)).append(':').append(literal(value)).append(','));
            json.setCharAt(json.length() - 1, '}');
            json.append(',');
        }
        tensors.forEach((name, t) -> {
            if (name.equals(METADATA)) {
                throw new FormatException("save: " + path + ": a tensor cannot be named '" + METADATA + "'; rename it");
            }
            String dtype = name(t.dtype())
                    .orElseThrow(
                            () -> new DTypeException(
                                    "save: " + path + ": tensor " + Names.quoted(name) + " is "
                                            + t.dtype() + " " + t.shape()
                                            + ", for which .safetensors files have no name; convert it with"
                                            + " to(DType.COMPLEX64), write its parts (ComplexNumbers.viewAsReal), or write an .npz archive"));
            json.append(literal(name)).append(":{\"dtype\":\"").append(dtype).append("\",\"shape\":");
            json.append(Arrays.toString(t.shape().dims()).replace(" ", ""));
            json.append(",\"data_offsets\":[").append(offsets.get(name)).append("]},");
        });
        json.setLength(Math.max(1, json.length() - 1));
        json.append('}');
        ByteBuffer text = Names.utf8(path, json);
        int length = padded(path, text.remaining());
        ByteBuffer head = ByteBuffer.allocate(PREFIX + length).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(length).put(text);
        Arrays.fill(head.array(), head.position(), head.capacity(), (byte) ' ');
        return head.rewind();
    }

    /** The length with spaces that align the data. */
    static int padded(Path path, int length) {
        int padded = (length + PREFIX - 1) / PREFIX * PREFIX;
        if (padded > LONGEST) {
            throw new FormatException("save: " + path + ": names and metadata take a header of " + padded
                    + " bytes, more than the " + LONGEST + " that readers accept; write several files");
        }
        return padded;
    }

    private static CharSequence literal(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> json.append(c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
            }
        }
        return json.append('"');
    }

    // ---- reading ----

    /** The length of the JSON in a file of {@code bytes} bytes. */
    static int length(String file, ByteBuffer prefix, long bytes) {
        long length = prefix.order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        // As an unsigned number, a negative one is larger than any file.
        if (length < 0 || length > bytes - PREFIX) {
            throw new FormatException("load: " + file + ": byte 0: a header of " + Long.toUnsignedString(length)
                    + " bytes in a file of " + bytes + "; the file is truncated, or no .safetensors file");
        }
        if (length > LONGEST) {
            throw new FormatException("load: " + file + ": byte 0: a header of " + length + " bytes, more than the "
                    + LONGEST + " allowed; the file is damaged or hostile");
        }
        return (int) length;
    }

    /** From the JSON's bytes, in a file of {@code bytes} bytes. Nothing of the data is read. */
    static SafetensorsHeader parse(String file, byte[] json, long bytes) {
        JsonReader reader = new JsonReader(file, PREFIX, json);
        if (json.length == 0 || json[0] != '{') {
            throw reader.bad("expected '{'");
        }
        long dataStart = PREFIX + (long) json.length;
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, String> metadata = null;
        reader.expect('{');
        if (!reader.next('}')) {
            do {
                String name = reader.string();
                boolean more = name.equals(METADATA);
                if (more ? metadata != null : entries.containsKey(name)) {
                    throw reader.bad(Names.quoted(name) + " occurs twice");
                }
                reader.expect(':');
                if (more) {
                    metadata = strings(reader);
                } else {
                    entries.put(name, entry(reader, name, dataStart));
                }
            } while (reader.next(','));
            reader.expect('}');
        }
        reader.expectEnd();
        checkPlaces(file, entries, dataStart, bytes);
        return new SafetensorsHeader(
                Collections.unmodifiableMap(entries),
                metadata == null ? Map.of() : Collections.unmodifiableMap(metadata));
    }

    private static Map<String, String> strings(JsonReader reader) {
        Map<String, String> strings = new LinkedHashMap<>();
        reader.expect('{');
        if (!reader.next('}')) {
            do {
                String key = reader.string();
                reader.expect(':');
                if (strings.put(key, reader.string()) != null) {
                    throw reader.bad(Names.quoted(key) + " occurs twice");
                }
            } while (reader.next(','));
            reader.expect('}');
        }
        return strings;
    }

    private static Entry entry(JsonReader reader, String name, long dataStart) {
        String dtype = null;
        Shape shape = null;
        long[] offsets = null;
        reader.expect('{');
        do {
            String key = reader.string();
            reader.expect(':');
            if (key.equals("dtype") && dtype == null) {
                dtype = reader.string();
            } else if (key.equals("shape") && shape == null) {
                shape = shape(reader);
            } else if (key.equals("data_offsets") && offsets == null) {
                offsets = numbers(reader, 2);
            } else {
                throw reader.bad(Names.quoted(name) + " has the key " + Names.quoted(key)
                        + ", not dtype, shape and data_offsets once each");
            }
        } while (reader.next(','));
        reader.expect('}');
        if (dtype == null || shape == null || offsets == null || offsets.length < 2) {
            throw reader.bad(Names.quoted(name) + " has no dtype, no shape or not two data_offsets");
        }
        if (offsets[0] > offsets[1] || offsets[1] > Long.MAX_VALUE - dataStart) {
            throw reader.bad(
                    Names.quoted(name) + " has data_offsets " + Arrays.toString(offsets) + ", which are no range");
        }
        Entry entry = new Entry(dtype, shape, dataStart + offsets[0], offsets[1] - offsets[0]);
        dtype(dtype).ifPresent(known -> checkSize(reader, name, entry, known));
        return entry;
    }

    private static void checkSize(JsonReader reader, String name, Entry entry, DType dtype) {
        long elements = entry.shape().size();
        if (elements > Long.MAX_VALUE / dtype.bytes()) {
            throw reader.bad(
                    Names.quoted(name) + " takes more than 2^63-1 bytes: " + entry.dtype() + " " + entry.shape());
        }
        if (elements * dtype.bytes() != entry.bytes()) {
            throw reader.bad(Names.quoted(name) + " has data_offsets of " + entry.bytes() + " bytes, but is "
                    + entry.dtype() + " " + entry.shape() + ", which takes " + elements * dtype.bytes());
        }
    }

    private static Shape shape(JsonReader reader) {
        try {
            return Shape.of(numbers(reader, MAX_RANK));
        } catch (ShapeException e) {
            throw reader.bad(e.getMessage());
        }
    }

    private static long[] numbers(JsonReader reader, int most) {
        long[] numbers = new long[most];
        int count = 0;
        reader.expect('[');
        if (!reader.next(']')) {
            do {
                if (count == most) {
                    throw reader.bad("more than " + most + " numbers");
                }
                numbers[count++] = reader.number();
            } while (reader.next(','));
            reader.expect(']');
        }
        return Arrays.copyOf(numbers, count);
    }

    /** The tensors' bytes must be the file's from the header's end to its own, each once. */
    private static void checkPlaces(String file, Map<String, Entry> entries, long dataStart, long bytes) {
        List<Map.Entry<String, Entry>> sorted = new ArrayList<>(entries.entrySet());
        sorted.sort(Comparator.comparingLong(
                        (Map.Entry<String, Entry> e) -> e.getValue().offset())
                .thenComparingLong(e -> e.getValue().bytes()));
        long at = dataStart;
        for (Map.Entry<String, Entry> e : sorted) {
            Entry entry = e.getValue();
            if (entry.offset() != at) {
                throw new FormatException("load: " + file + ": byte " + Math.min(at, entry.offset()) + ": "
                        + (entry.offset() < at
                                ? "tensor " + Names.quoted(e.getKey()) + " overlaps another one"
                                : "is no tensor's; the next one, " + Names.quoted(e.getKey()) + ", begins at byte "
                                        + entry.offset())
                        + "; the file is damaged or hostile");
            }
            at += entry.bytes();
            if (at > bytes) {
                throw new FormatException("load: " + file + ": ends at byte " + bytes + ", inside tensor "
                        + Names.quoted(e.getKey()) + ", which ends at byte " + at + "; copy it again");
            }
        }
        if (at < bytes) {
            throw new FormatException("load: " + file + ": byte " + at
                    + ": the last tensor ends here, the file at byte " + bytes + "; it is damaged or hostile");
        }
    }

    /** The tensors' names for error texts. */
    String listed() {
        List<String> first =
                entries.keySet().stream().limit(MAX_LISTED).map(Names::quoted).toList();
        int more = entries.size() - first.size();
        return "[" + String.join(", ", first) + (more > 0 ? ", and " + more + " more]" : "]");
    }
}
