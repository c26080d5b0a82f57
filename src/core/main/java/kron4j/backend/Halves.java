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
            return (short) (sign | 0x7e00 | ((abs >>> 13) & 0x1ff));
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
        return (short) (Float.isNaN(value) ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The float with the value of a bfloat16. */
    public static float fromBfloat16(short half) {
        return Float.intBitsToFloat(half << 16);
    }
}
