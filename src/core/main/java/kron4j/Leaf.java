package kron4j;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import kron4j.backend.Halves;

/**
 * A dtype's elements in Java.
 *
 * @param type of an element in an array
 * @param boxed of an element alone
 * @param put writes a run of an array to the start of a buffer
 * @param get reads a run of an array from the start of a buffer
 * @param text the element of an array of one
 */
record Leaf(Class<?> type, Class<?> boxed, Move put, Move get, Function<Object, String> text) {
    private static final MathContext SIX_DIGITS = new MathContext(6, RoundingMode.HALF_UP);

    /** Moves the n elements of the array from {@code from} on. */
    interface Move {
        void run(ByteBuffer buffer, Object array, int from, int n);
    }

    static Leaf of(DType dtype) {
        return switch (dtype) {
            case FLOAT32 ->
                new Leaf(
                        float.class,
                        Float.class,
                        (buffer, a, from, n) -> buffer.asFloatBuffer().put((float[]) a, from, n),
                        (buffer, a, from, n) -> buffer.asFloatBuffer().get((float[]) a, from, n),
                        a -> shorter(Float.toString(((float[]) a)[0]), ((float[]) a)[0]));
            case FLOAT64 ->
                new Leaf(
                        double.class,
                        Double.class,
                        (buffer, a, from, n) -> buffer.asDoubleBuffer().put((double[]) a, from, n),
                        (buffer, a, from, n) -> buffer.asDoubleBuffer().get((double[]) a, from, n),
                        a -> shorter(Double.toString(((double[]) a)[0]), ((double[]) a)[0]));
            case FLOAT16 -> ofHalves(Halves::toFloat16, Halves::fromFloat16);
            case BFLOAT16 -> ofHalves(Halves::toBfloat16, Halves::fromBfloat16);
            case COMPLEX128 ->
                new Leaf(
                        Complex.class,
                        Complex.class,
                        (buffer, a, from, n) -> {
                            for (int i = 0; i < n; i++) {
                                Complex c = ((Complex[]) a)[from + i];
                                buffer.putDouble(16 * i, c.re()).putDouble(16 * i + 8, c.im());
                            }
                        },
                        (buffer, a, from, n) -> {
                            for (int i = 0; i < n; i++) {
                                ((Complex[]) a)[from + i] =
                                        new Complex(buffer.getDouble(16 * i), buffer.getDouble(16 * i + 8));
                            }
                        },
                        a -> text(((Complex[]) a)[0], x -> shorter(Double.toString(x), x)));
            case COMPLEX64 ->
                new Leaf(
                        Complex.class,
                        Complex.class,
                        (buffer, a, from, n) -> {
                            for (int i = 0; i < n; i++) {
                                Complex c = ((Complex[]) a)[from + i];
                                buffer.putFloat(8 * i, (float) c.re()).putFloat(8 * i + 4, (float) c.im());
                            }
                        },
                        (buffer, a, from, n) -> {
                            for (int i = 0; i < n; i++) {
                                ((Complex[]) a)[from + i] =
                                        new Complex(buffer.getFloat(8 * i), buffer.getFloat(8 * i + 4));
                            }
                        },
                        a -> text(((Complex[]) a)[0], x -> shorter(Float.toString((float) x), x)));
            case INT32 ->
                new Leaf(
                        int.class,
                        Integer.class,
                        (buffer, a, from, n) -> buffer.asIntBuffer().put((int[]) a, from, n),
                        (buffer, a, from, n) -> buffer.asIntBuffer().get((int[]) a, from, n),
                        a -> Integer.toString(((int[]) a)[0]));
            case INT64 ->
                new Leaf(
                        long.class,
                        Long.class,
                        (buffer, a, from, n) -> buffer.asLongBuffer().put((long[]) a, from, n),
                        (buffer, a, from, n) -> buffer.asLongBuffer().get((long[]) a, from, n),
                        a -> Long.toString(((long[]) a)[0]));
            case INT8 -> ofBytes(a -> Byte.toString(((byte[]) a)[0]));
            case UINT8 -> ofBytes(a -> Integer.toString(((byte[]) a)[0] & 0xff));
            case BOOL ->
                new Leaf(
                        boolean.class,
                        Boolean.class,
                        (buffer, a, from, n) -> {
                            for (int i = 0; i < n; i++) {
                                buffer.put(i, (byte) (((boolean[]) a)[from + i] ? 1 : 0));
                            }
                        },
                        (buffer, a, from, n) -> {
                            for (int i = 0; i < n; i++) {
                                ((boolean[]) a)[from + i] = buffer.get(i) != 0;
                            }
                        },
                        a -> Boolean.toString(((boolean[]) a)[0]));
        };
    }

    private interface FromFloat {
        short of(float value);
    }

    private interface ToFloat {
        float of(short half);
    }

    private static Leaf ofHalves(FromFloat from32, ToFloat to32) {
        return new Leaf(
                float.class,
                Float.class,
                (buffer, a, from, n) -> {
                    for (int i = 0; i < n; i++) {
                        buffer.putShort(2 * i, from32.of(((float[]) a)[from + i]));
                    }
                },
                (buffer, a, from, n) -> {
                    for (int i = 0; i < n; i++) {
                        ((float[]) a)[from + i] = to32.of(buffer.getShort(2 * i));
                    }
                },
                a -> fewestDigits(((float[]) a)[0], from32));
    }

    /** The fewest digits that name this half. */
    private static String fewestDigits(float value, FromFloat from32) {
        if (!Float.isFinite(value) || value == 0) {
            return Float.toString(value);
        }
        for (int digits = 1; ; digits++) {
            float rounded = new BigDecimal(value).round(new MathContext(digits)).floatValue();
            if (from32.of(rounded) == from32.of(value)) {
                return Float.toString(rounded);
            }
        }
    }

    private static Leaf ofBytes(Function<Object, String> text) {
        return new Leaf(
                byte.class,
                Byte.class,
                (buffer, a, from, n) -> buffer.put(0, (byte[]) a, from, n),
                (buffer, a, from, n) -> buffer.get(0, (byte[]) a, from, n),
                text);
    }

    private static String text(Complex value, DoubleFunction<String> part) {
        String im = part.apply(value.im());
        return part.apply(value.re()) + (im.startsWith("-") ? "" : "+") + im + "j";
    }

    private static String shorter(String shortest, double value) {
        return shortest.length() <= 10 ? shortest : sixDigits(value);
    }

    /** As {@code %.6g} prints a number other than 0, without the 20 ms that {@link java.util.Formatter} needs to start. */
    static String sixDigits(double value) {
        BigDecimal rounded = new BigDecimal(Double.toString(value)).round(SIX_DIGITS);
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent >= -4 && exponent < 6) {
            return rounded.setScale(5 - exponent).toPlainString();
        }
        return rounded.scaleByPowerOfTen(-exponent).setScale(5).toPlainString()
                + (exponent < 0 ? "e-" : "e+")
                + (Math.abs(exponent) < 10 ? "0" : "")
                + Math.abs(exponent);
    }
}
