package kron4j.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import kron4j.FormatException;

/**
 * Reads strict JSON (RFC 8259) from bytes in UTF-8, a token at a time: punctuation, strings, and whole numbers of 0 or more. It
 * keeps no more than the token, and the caller, who knows what comes next, bounds the depth.
 */
final class JsonReader {
    private static final String ESCAPES = "\"\\/bfnrt";
    private static final String ESCAPED = "\"\\/\b\f\n\r\t";
    private static final String DIGITS_OF_LONG = Long.toString(Long.MAX_VALUE);

    private final String file;
    private final int start;
    private final byte[] text;
    private int at;

    /** The text starts at byte {@code start} of the file. */
    JsonReader(String file, int start, byte... text) {
        this.file = file;
        this.start = start;
        this.text = text;
    }

    /** Whether the next token is {@code c}, which is then read. */
    boolean next(char c) {
        boolean found = peek() == c;
        at += found ? 1 : 0;
        return found;
    }

    void expect(char c) {
        if (!next(c)) {
            throw bad("expected '" + c + "'");
        }
    }

    void expectEnd() {
        peek();
        if (at < text.length) {
            throw bad("text after the closing brace");
        }
    }

    String string() {
        expect('"');
        StringBuilder value = new StringBuilder();
        while (true) {
            int from = at;
            while (at < text.length && text[at] != '"' && text[at] != '\\' && (text[at] & 0xff) >= ' ') {
                at++;
            }
            value.append(decoded(from));
            if (at == text.length) {
                throw bad("a string without its end");
            }
            switch (text[at++]) {
                case '"' -> {
                    return whole(value);
                }
                case '\\' -> value.append(escaped());
                default -> {
                    at--;
                    throw bad("a control character in a string");
                }
            }
        }
    }

    private CharSequence decoded(int from) {
        ByteBuffer bytes = ByteBuffer.wrap(text, from, at - from);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes);
        } catch (CharacterCodingException e) {
            at = bytes.position();
            throw bad("is not UTF-8");
        }
    }

    /** After a backslash. */
    private char escaped() {
        int letter = at < text.length ? text[at] : 0;
        if (letter == 'u') {
            int code = 0;
            for (int i = 1; i <= 4; i++) {
                int digit = at + i < text.length ? Character.digit(text[at + i], 16) : -1;
                if (digit < 0) {
                    throw bad("\\u without four hexadecimal digits");
                }
                code = 16 * code + digit;
            }
            at += 5;
            return (char) code;
        }
        int known = ESCAPES.indexOf(letter);
        if (known < 0) {
            throw bad("an unknown escape in a string");
        }
        at++;
        return ESCAPED.charAt(known);
    }

    /** The string, unless it holds half of a surrogate pair. */
    private String whole(StringBuilder value) {
        for (int i = 0; i < value.length(); i++) {
            if (Character.isSurrogate(value.charAt(i))) {
                if (!Character.isSurrogatePair(value.charAt(i), i + 1 < value.length() ? value.charAt(i + 1) : 0)) {
                    throw bad("half of a surrogate pair in a string");
                }
                i++;
            }
        }
        return value.toString();
    }

    long number() {
        peek();
        int from = at;
        while (at < text.length && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        int digits = at - from;
        boolean more = at < text.length && ".eE".indexOf(text[at]) >= 0;
        if (digits == 0 || more || (digits > 1 && text[from] == '0')) {
            at = from;
            throw bad("expected a whole number of 0 or more");
        }
        String number = new String(text, from, Math.min(digits, 20), StandardCharsets.US_ASCII);
        if (digits > DIGITS_OF_LONG.length()
                || (digits == DIGITS_OF_LONG.length() && number.compareTo(DIGITS_OF_LONG) > 0)) {
            at = from;
            throw bad("a number of more than 2^63-1");
        }
        return Long.parseLong(number);
    }

    /** The next byte that is no space; 0 at the end. */
    private int peek() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
            at++;
        }
        return at < text.length ? text[at] : 0;
    }

    FormatException bad(String fact) {
        return new FormatException("load: " + file + ": header, byte " + (start + (long) at) + ": " + fact
                + "; the file is damaged or hostile");
    }
}
