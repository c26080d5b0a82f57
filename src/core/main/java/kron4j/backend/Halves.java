package kron4j.backend;

/** Conversions of float16 and bfloat16: to float exactly, from float to the nearest, ties to even. NaN stays NaN; too large a number becomes infinite. */
public final class Halves {
    private Halves() {}

    /** The bits of the nearest float16. */
    public static short toFloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int abs = bits & 0x7fffffff;
        if (abs > 0x7f800000) {
            return (short) (sign | 0x7c00 | Math.max(1, (abs >>> 13) & 0x3ff));
        }
        if (abs >= 0x47800000) {
            return (short) (sign | 0x7c00);
        }
        if (abs < 0x38800000) {
            return (short) (sign | (Float.floatToRawIntBits(Float.intBitsToFloat(abs) + 0.5f) - 0x3f000000));
        }
        return (short) (sign | ((abs - 0x38000000 + 0xfff + ((abs >>> 13) & 1)) >>> 13));
    }

    /** The float with the value of a float16. */
    public static float fromFloat16(short half) {
        int sign = half << 16 & 0x80000000;
        int abs = half & 0x7fff;
        if (abs >= 0x7c00) {
            return Float.intBitsToFloat(sign | 0x7f800000 | ((abs & 0x3ff) << 13));
        }
        if (abs < 0x400) {
            return Float.intBitsToFloat(sign | Float.floatToRawIntBits(abs * 0x1p-24f));
        }
        return Float.intBitsToFloat(sign | ((abs << 13) + 0x38000000));
    }

    /** The bits of the nearest bfloat16. */
    public static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits & 0x7f0000) == 0 ? (bits >>> 16) | 1 : bits >>> 16);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The bits of the float16 that is nearest to a double: one rounding, not one to float and a second. */
    public static short toFloat16(double value) {
        return toFloat16(odd(value));
    }

    /** The bits of the bfloat16 that is nearest to a double: one rounding, not one to float and a second. */
    public static short toBfloat16(double value) {
        return toBfloat16(odd(value));
    }

    /**
     * A long as a double that lies between the same two halves: what a double cannot hold is kept as a set last bit. Halves have far fewer bits, so that
     * rounding the result to them rounds the long.
     */
    public static double toDouble(long value) {
        long high = value >> 53;
        return high == 0 || high == -1 || (value & 0x7ff) == 0 ? value : (value & ~0x7ffL) | 0x800;
    }

    /** The value itself if it is a float, else of its two neighbours the one with an odd last bit, which rounds to halves as the value does. */
    private static float odd(double value) {
        float near = (float) value;
        int bits = Float.floatToRawIntBits(near);
        if (near == value || (bits & 1) != 0 || Double.isNaN(value)) {
            return near;
        }
        return Float.intBitsToFloat(Math.abs((double) near) > Math.abs(value) ? bits - 1 : bits + 1);
    }

    /** The float with the value of a bfloat16. */
    public static float fromBfloat16(short half) {
        return Float.intBitsToFloat(half << 16);
    }
}
