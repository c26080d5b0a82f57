package kron4j.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import kron4j.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    private static JsonReader reader(String text) {
        return new JsonReader("f", 8, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String refusal(Runnable read) {
        String text = assertThrows(FormatException.class, read::run).getMessage();
        assertTrue(text.startsWith("load: f: header, byte "), text);
        assertTrue(text.endsWith("; the file is damaged or hostile"), text);
        return text.substring("load: f: header, byte ".length(), text.indexOf(';'));
    }

    @Test
    void readsTokensAndSkipsSpaces() {
        JsonReader r = reader(" { \"a\" :\t[1,\r\n 20 ] } \n");
        r.expect('{');
        assertFalse(r.next('}'));
        assertEquals("a", r.string());
        r.expect(':');
        r.expect('[');
        assertEquals(1, r.number());
        assertTrue(r.next(','));
        assertEquals(20, r.number());
        r.expect(']');
        r.expect('}');
        r.expectEnd();
        assertEquals("11: text after the closing brace", refusal(reader("   x")::expectEnd));
        assertEquals("8: text after the closing brace", refusal(reader("\0")::expectEnd));
        assertEquals("8: expected '}'", refusal(() -> reader("").expect('}')));
        assertEquals("8: expected '\"'", refusal(() -> reader("a").string()));
        assertEquals("8: expected ','", refusal(() -> reader("\u00a0,").expect(',')));
    }

    @Test
    void readsStrings() {
        assertEquals("", reader("\"\"").string());
        assertEquals("\"\\/\b\f\n\r\t", reader("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"").string());
        assertEquals(
                "\u00e4\u20acA\0 ", reader("\"\\u00e4\\u20AC\\u0041\\u0000 \"").string());
        assertEquals(
                "\ud83d\ude00 \ud83d\ude00",
                reader("\"\\ud83d\\uDE00 \ud83d\ude00\"").string());
        assertEquals("\u007f\u00e4\u20ac", reader("\"\u007f\u00e4\u20ac\"").string());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"a | 10: a string without its end",
                "\"a\\ | 11: an unknown escape in a string",
                "\"\\x\" | 10: an unknown escape in a string",
                "\"\\U0041\" | 10: an unknown escape in a string",
                "\"\\u004 | 10: \\u without four hexadecimal digits",
                "\"\\u00g1\" | 10: \\u without four hexadecimal digits",
                "\"\\u+041\" | 10: \\u without four hexadecimal digits",
                "\"\\ud83d\" | 16: half of a surrogate pair in a string",
                "\"\\ude00\\ud83d\" | 22: half of a surrogate pair in a string",
                "\"\\ud83d\\ud83d\\ude00\" | 28: half of a surrogate pair in a string",
            })
    void refusesStrings(String text, String fact) {
        assertEquals(fact, refusal(() -> reader(text).string()));
    }

    @Test
    void refusesControlCharactersAndWhatIsNotUtf8() {
        assertEquals(
                "10: a control character in a string",
                refusal(() -> reader("\"a\n\"").string()));
        for (int[] bytes :
                new int[][] {{0x80}, {0xc3}, {0xc0, 0x80}, {0xed, 0xa0, 0x80}, {0xf4, 0x90, 0x80, 0x80}, {0xff}}) {
            byte[] text = new byte[bytes.length + 4];
            text[0] = '"';
            text[1] = 'a';
            text[2] = 'b';
            for (int i = 0; i < bytes.length; i++) {
                text[3 + i] = (byte) bytes[i];
            }
            text[text.length - 1] = '"';
            assertEquals("11: is not UTF-8", refusal(() -> new JsonReader("f", 8, text).string()));
        }
    }

    @Test
    void readsNumbersWithoutLoss() {
        assertEquals(0, reader("0").number());
        assertEquals(9007199254740993L, reader("9007199254740993").number());
        assertEquals(Long.MAX_VALUE, reader("9223372036854775807,").number());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "-1", "-0", "+1", "01", "00", "1.0", "1e3", "1E3", ".5", "x", "\"1\"", "null", "[1]", "\u0661"
            })
    void refusesWhatIsNoWholeNumber(String text) {
        assertEquals(
                "8: expected a whole number of 0 or more",
                refusal(() -> reader(text).number()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775808", "18446744073709551616", "99999999999999999999999999999999999"})
    void refusesNumbersOfMoreThan63Bits(String text) {
        assertEquals(
                "8: a number of more than 2^63-1", refusal(() -> reader(text).number()));
    }
}
