package kron4j.memory;

import java.util.Locale;

/** Formats numbers of bytes, and rounds them up as allocators do. */
public final class Bytes {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};

    private Bytes() {}

    /** {@code 512 B}, {@code 1.5 KiB}, {@code 120.3 GiB}. */
    public static String text(long bytes) {
        return text((double) bytes);
    }

    /** The same for what a long may not hold. */
    public static String text(double bytes) {
        double value = bytes;
        int unit = 0;
        while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        String format = unit == 0 ? "%.0f %s" : Math.abs(value) < 1e4 ? "%.1f %s" : "%.3g %s";
        return String.format(Locale.ROOT, format, value, UNITS[unit]);
    }

    /** The size of the block that {@code CachingMemory} hands out for {@code bytes}: classes are an eighth of a power of two apart, and 64 at least. */
    public static long inEighths(long bytes) {
        long step = Math.max(64, Long.highestOneBit(Math.max(1, bytes) - 1) >> 3);
        return bytes > Long.MAX_VALUE - step ? Long.MAX_VALUE : Math.max(1, (bytes + step - 1) / step) * step;
    }

    /** The size of the block that {@code StreamOrderedMemory} hands out for {@code bytes}: classes are 256 apart up to 32 KiB, above it a 64th of a power of two. */
    public static long inSixtyFourths(long bytes) {
        long step = Math.max(256, Long.highestOneBit(Math.max(1, bytes + 255) / 256) * 4);
        return bytes > Long.MAX_VALUE - step ? Long.MAX_VALUE : Math.max(1, (bytes + step - 1) / step) * step;
    }
}
