package kron4j.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BytesTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1, 1 B",
        "1023, 1023 B",
        "1024, 1.0 KiB",
        "1536, 1.5 KiB",
        "-1536, -1.5 KiB",
        "1048575, 1024.0 KiB",
        "1048576, 1.0 MiB",
        "2147483648, 2.0 GiB",
        "129205534720, 120.3 GiB",
        "9223372036854775807, 8.0 EiB",
    })
    void text(long bytes, String expected) {
        assertEquals(expected, Bytes.text(bytes));
    }

    @Test
    void textOfWhatNoLongHolds() {
        assertEquals("1.0 YiB", Bytes.text(0x1p80));
        assertEquals("9999.0 YiB", Bytes.text(9999 * 0x1p80));
        assertEquals("1.00e+04 YiB", Bytes.text(1e4 * 0x1p80));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 64",
        "1, 64",
        "64, 64",
        "65, 128",
        "512, 512",
        "513, 576",
        "1024, 1024",
        "1025, 1152",
        "1152, 1152",
        "1153, 1280",
    })
    void eighths(long bytes, long block) {
        assertEquals(block, Bytes.inEighths(bytes));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 256",
        "1, 256",
        "256, 256",
        "257, 512",
        "32512, 32512",
        "32513, 32768",
        "32768, 32768",
        "32769, 33280",
        "33280, 33280",
        "33281, 33792",
        "65537, 66560",
    })
    void sixtyFourths(long bytes, long block) {
        assertEquals(block, Bytes.inSixtyFourths(bytes));
    }

    @Test
    void nothingOverflows() {
        for (long bytes : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MAX_VALUE - 300, Long.MAX_VALUE / 2}) {
            assertTrue(Bytes.inEighths(bytes) >= bytes);
            assertTrue(Bytes.inSixtyFourths(bytes) >= bytes);
        }
        assertEquals(1L << 62, Bytes.inEighths(1L << 62));
        assertEquals(1L << 62, Bytes.inSixtyFourths(1L << 62));
    }
}
