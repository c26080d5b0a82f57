package kron4j.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.FormatException;
import kron4j.Shape;
import kron4j.ShapeException;

/**
 * The header of a .npy file: a Python dict literal with {@code descr}, {@code fortran_order} and {@code shape}, after eight
 * bytes of magic and version and its length (16 bits in version 1, 32 in versions 2 and 3). Source: NEP 1 and
 * numpy.lib.format.
 *
 * @param fileBytes width of an element in the file
 * @param signed whether an integer in the file is signed
 */
record NpyHeader(DType dtype, int fileBytes, boolean signed, ByteOrder order, boolean fortran, Shape shape) {
    /** Magic, version and the longest length field. */
    static final int PREFIX = 12;
    /** The longest header of version 1; a longer one is structured or hostile. */
    static final int LONGEST = 65535;

    /** Even a scalar's header is longer. */
    private static final int SHORTEST = 32;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int ALIGNMENT = 64;
    private static final int MAX_RANK = 64;

    /** Bytes of the elements in the file. */
    long dataBytes() {
        return shape.size() * fileBytes;
    }

    boolean asStored() {
        return fileBytes == dtype.bytes() && (fileBytes == 1 || (order == ByteOrder.nativeOrder() && signed));
    }

    /** Numbers in an element, each in the file's byte order: two in a complex one. */
    int parts() {
        return dtype.isComplex() ? 2 : 1;
    }

    // ---- writing ----

    /** The head of version 1 of a file with this dtype and shape, padded so that the data is aligned. */
    static byte[] format(DType dtype, Shape shape, boolean fortran) {
        StringBuilder dict = new StringBuilder(
                "{'descr': '" + descr(dtype) + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': (");
        for (long d : shape.dims()) {
            dict.append(d).append(shape.rank() == 1 ? "," : ", ");
        }
        if (shape.rank() > 1) {
            dict.setLength(dict.length() - 2);
        }
        dict.append("), }");
        while ((MAGIC.length + 4 + dict.length() + 1) % ALIGNMENT != 0) {
            dict.append(' ');
        }
        dict.append('\n');
        ByteBuffer head = ByteBuffer.allocate(MAGIC.length + 4 + dict.length()).order(ByteOrder.LITTLE_ENDIAN);
        head.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) dict.length());
        head.put(dict.toString().getBytes(StandardCharsets.US_ASCII));
        return head.array();
    }

    private static String descr(DType dtype) {
        String order = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "<" : ">";
        return switch (dtype) {
            case FLOAT32 -> order + "f4";
            case FLOAT64 -> order + "f8";
            case FLOAT16 -> order + "f2";
            case BFLOAT16 ->
                throw new DTypeException("save: NumPy has no bfloat16; convert the tensor with to(DType.FLOAT32), which"
                        + " keeps every value, or write a .safetensors file");
            case COMPLEX64 -> order + "c8";
            case COMPLEX128 -> order + "c16";
            case INT32 -> order + "i4";
            case INT64 -> order + "i8";
            case INT8 -> "|i1";
            case UINT8 -> "|u1";
            case BOOL -> "|b1";
        };
    }

    // ---- reading ----

    /** Where the dict starts and how long it is, from the first bytes of a file. */
    record Span(int start, int length) {
        static Span of(String file, ByteBuffer prefix) {
            if (prefix.remaining() >= 4 && prefix.getInt(0) == 0x504B0304) {
                throw new FormatException(
                        "load: " + file + ": is a zip archive (.npz), not one array; read it with Npz.read");
            }
            for (int i = 0; i < MAGIC.length; i++) {
                if (prefix.remaining() <= i || prefix.get(i) != MAGIC[i]) {
                    throw new FormatException("load: " + file + ": byte " + i
                            + " is not that of a .npy file (\\x93NUMPY); write one with numpy.save");
                }
            }
            int version = prefix.remaining() > 6 ? prefix.get(6) : -1;
            int start = version == 1 ? 10 : PREFIX;
            if (version < 0 || prefix.remaining() < start) {
                throw new FormatException(
                        "load: " + file + ": ends after " + prefix.remaining() + " bytes, inside its header");
            }
            if (version == 0 || version > 3 || prefix.get(7) != 0) {
                throw new FormatException("load: " + file + ": byte 6: version " + version + "." + prefix.get(7)
                        + " is not 1.0, 2.0 or 3.0; write it again with numpy.save");
            }
            ByteBuffer little = prefix.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            long length = version == 1 ? little.getShort(8) & 0xffff : little.getInt(8) & 0xffffffffL;
            if (length < SHORTEST || length > LONGEST) {
                throw new FormatException("load: " + file + ": byte 8: a header of " + length + " bytes, not of "
                        + SHORTEST + " to " + LONGEST + "; the file is damaged or hostile");
            }
            return new Span(start, (int) length);
        }
    }

    /** From the dict's bytes, which start at byte {@code start} of the file. */
    static NpyHeader parse(String file, int start, byte[] dict) {
        return new Parser(file, start, new String(dict, StandardCharsets.ISO_8859_1)).header();
    }

    private static final class Parser {
        private final String file;
        private final int start;
        private final String text;
        private int at;

        Parser(String file, int start, String text) {
            this.file = file;
            this.start = start;
            this.text = text;
        }

        NpyHeader header() {
            Set<String> seen = new HashSet<>();
            NpyHeader element = null;
            boolean fortran = false;
            Shape shape = null;
            expect('{');
            while (peek() != '}') {
                String key = string();
                if (!seen.add(key)) {
                    throw bad("key '" + key + "' occurs twice");
                }
                expect(':');
                switch (key) {
                    case "descr" -> element = element();
                    case "fortran_order" -> fortran = bool();
                    case "shape" -> shape = shape();
                    default -> throw bad("unknown key '" + key + "'");
                }
                if (peek() != '}') {
                    expect(',');
                }
            }
            expect('}');
            if (peek() != 0) {
                throw bad("text after the closing brace");
            }
            if (seen.size() != 3) {
                throw bad("has only the keys " + seen + "; descr, fortran_order and shape are required");
            }
            if (shape.size() > Long.MAX_VALUE / DType.COMPLEX128.bytes()) {
                throw bad("shape " + shape + " takes more than 2^63-1 bytes");
            }
            return new NpyHeader(element.dtype, element.fileBytes, element.signed, element.order, fortran, shape);
        }

        /** The element's part of a header. */
        private NpyHeader element() {
            if (peek() == '[') {
                throw bad("a structured dtype, which is not read; save its fields as arrays of their own");
            }
            String descr = string();
            String code = descr.isEmpty() ? "" : descr.substring(1);
            ByteOrder order = switch (descr.isEmpty() ? 0 : descr.charAt(0)) {
                case '<' -> ByteOrder.LITTLE_ENDIAN;
                case '>' -> ByteOrder.BIG_ENDIAN;
                case '|', '=' -> ByteOrder.nativeOrder();
                default -> throw bad("dtype '" + descr + "' has no byte order");
            };
            DType dtype = switch (code) {
                case "f4" -> DType.FLOAT32;
                case "f8" -> DType.FLOAT64;
                case "f2" -> DType.FLOAT16;
                case "c8" -> DType.COMPLEX64;
                case "c16" -> DType.COMPLEX128;
                case "i4", "i2", "u2" -> DType.INT32;
                case "i8", "u4", "u8" -> DType.INT64;
                case "i1" -> DType.INT8;
                case "u1" -> DType.UINT8;
                case "b1" -> DType.BOOL;
                case "O" ->
                    throw bad("object arrays hold Python pickles, which are never read;"
                            + " save numbers, with allow_pickle=False");
                default ->
                    throw bad("dtype '" + descr + "' is not read; convert it with"
                            + " astype to float32, float64, float16, complex64, complex128, int32, int64, int8, uint8 or"
                            + " bool");
            };
            int bytes = Integer.parseInt(code.substring(1));
            return new NpyHeader(dtype, bytes, code.charAt(0) != 'u', order, false, Shape.SCALAR);
        }

        private Shape shape() {
            expect('(');
            List<Long> dims = new ArrayList<>();
            boolean comma = false;
            while (peek() != ')') {
                if (!dims.isEmpty() && !comma) {
                    throw bad("expected ',' or ')' in the shape");
                }
                dims.add(size());
                comma = peek() == ',';
                at += comma ? 1 : 0;
            }
            expect(')');
            if (dims.size() == 1 && !comma) {
                throw bad("the shape is a number, not a tuple");
            }
            if (dims.size() > MAX_RANK) {
                throw bad(dims.size() + " axes, more than " + MAX_RANK);
            }
            try {
                return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
            } catch (ShapeException e) {
                throw bad(e.getMessage());
            }
        }

        private long size() {
            if (peek() == '-') {
                throw bad("a negative size");
            }
            int from = at;
            while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0) {
                at++;
            }
            String digits = text.substring(from, at);
            // Python 2 wrote long integers with an L.
            at += at < text.length() && text.charAt(at) == 'L' ? 1 : 0;
            try {
                return Long.parseLong(digits);
            } catch (NumberFormatException e) {
                throw bad(digits.isEmpty() ? "expected a size" : "size " + digits + " is more than 2^63-1");
            }
        }

        private boolean bool() {
            peek();
            for (String word : new String[] {"True", "False"}) {
                if (text.startsWith(word, at)) {
                    at += word.length();
                    return word.equals("True");
                }
            }
            throw bad("expected True or False");
        }

        private String string() {
            char quote = peek();
            if (quote != '\'' && quote != '"') {
                throw bad("expected a quoted name");
            }
            int end = text.indexOf(quote, at + 1);
            if (end < 0) {
                throw bad("a quote without its end");
            }
            String value = text.substring(at + 1, end);
            at = end + 1;
            return value;
        }

        private void expect(char c) {
            if (peek() != c) {
                throw bad("expected '" + c + "'");
            }
            at++;
        }

        /** The next character that is no space; 0 at the end. */
        private char peek() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            return at < text.length() ? text.charAt(at) : 0;
        }

        private FormatException bad(String fact) {
            return new FormatException("load: " + file + ": header, byte " + (start + at) + ": " + fact);
        }
    }
}
