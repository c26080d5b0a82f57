package kron4j.memory;

import java.util.Locale;

/** Numbers of bytes as text. */
public final class Bytes {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Bytes() {}

    /** {@code 512 B}, {@code 1.5 KiB}, {@code 120.3 GiB}. */
    public static String text(long bytes) {
        double value = bytes;
        int unit = 0;
        while (Math.abs(value) >= 1024) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }
}
