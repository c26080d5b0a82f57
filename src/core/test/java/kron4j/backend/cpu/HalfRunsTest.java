package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.function.IntUnaryOperator;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.BinaryOp;
import kron4j.backend.Halves;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.reference.DTypes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All patterns of bits, at a length that is no multiple of a vector's. */
class HalfRunsTest {
    private static final int PATTERNS = (1 << 16) + 5;
    private static final int GAP = 3;
    private static final BinaryOp[] OPERATIONS = {
        BinaryOp.ADD, BinaryOp.SUBTRACT, BinaryOp.MULTIPLY, BinaryOp.DIVIDE, BinaryOp.MAXIMUM, BinaryOp.MINIMUM
    };

    static DType[] halves() {
        return DTypes.halves();
    }

    private static float exact(BinaryOp op, float x, float y) {
        return switch (op) {
            case ADD -> x + y;
            case SUBTRACT -> x - y;
            case MULTIPLY -> x * y;
            case MAXIMUM -> Math.max(x, y);
            case MINIMUM -> Math.min(x, y);
            default -> x / y;
        };
    }

    private static float wide(DType dtype, short half) {
        return dtype == DType.FLOAT16 ? Halves.fromFloat16(half) : Halves.fromBfloat16(half);
    }

    private static short narrow(DType dtype, float value) {
        return dtype == DType.FLOAT16 ? Halves.toFloat16(value) : Halves.toBfloat16(value);
    }

    private static ShortBuffer elements(View v) {
        return ((CpuStorage) v.storage()).whole().asShortBuffer();
    }

    private static void check(DType dtype, float expected, short found, String what) {
        if (Float.isNaN(expected)) {
            assertTrue(Float.isNaN(wide(dtype, found)), what);
        } else {
            assertEquals(narrow(dtype, expected), found, what);
        }
    }

    /** A view that begins behind a gap, of elements with these bits. */
    private static View patterns(DType dtype, int size, IntUnaryOperator bits) {
        View whole = Grid.contiguous(dtype, size + GAP);
        for (int i = 0; i < size; i++) {
            elements(whole).put(GAP + i, (short) bits.applyAsInt(i));
        }
        return whole.with(Layout.of(Shape.of(size), new long[] {1}, GAP));
    }

    @ParameterizedTest
    @MethodSource("halves")
    void allPatternsWithMany(DType dtype) {
        View a = patterns(dtype, PATTERNS, i -> i);
        View out = patterns(dtype, PATTERNS, i -> 0);
        for (int factor : new int[] {0, 1, 0x8001, 40503, 257}) {
            View b = patterns(dtype, PATTERNS, i -> i * factor + (factor == 0 ? 0x3f81 : 0));
            for (BinaryOp op : OPERATIONS) {
                assertTrue(HalfRuns.run(op, a, b, out));
                for (int i = 0; i < PATTERNS; i++) {
                    short y = elements(b).get(GAP + i);
                    float expected = exact(op, wide(dtype, (short) i), wide(dtype, y));
                    check(dtype, expected, elements(out).get(GAP + i), op + " of " + (short) i + " and " + y);
                }
            }
            Grid.free(b);
        }
        Grid.free(a, out);
    }

    /** Without infinities and NaN, which pieces of float16 are computed again for. */
    @ParameterizedTest
    @MethodSource("halves")
    void finiteNumbersWithMany(DType dtype) {
        int finite = dtype == DType.FLOAT16 ? 0x7c00 : 0x7f80;
        IntUnaryOperator each = i -> i % finite | (i / finite % 2 << 15);
        View a = patterns(dtype, PATTERNS, each);
        View out = patterns(dtype, PATTERNS, i -> 0);
        for (int step : new int[] {1, 7, 1023, 40503}) {
            View b = patterns(dtype, PATTERNS, i -> each.applyAsInt((i * step & 0xffff) + 11));
            for (BinaryOp op : OPERATIONS) {
                assertTrue(HalfRuns.run(op, a, b, out));
                for (int i = 0; i < PATTERNS; i++) {
                    short x = elements(a).get(GAP + i);
                    short y = elements(b).get(GAP + i);
                    float expected = exact(op, wide(dtype, x), wide(dtype, y));
                    check(dtype, expected, elements(out).get(GAP + i), op + " of " + x + " and " + y);
                }
            }
            Grid.free(b);
        }
        Grid.free(a, out);
    }

    @ParameterizedTest
    @MethodSource("halves")
    void allPatternsWithNumbers(DType dtype) {
        View a = patterns(dtype, PATTERNS, i -> i);
        View out = patterns(dtype, PATTERNS, i -> 0);
        for (float number :
                new float[] {2, -1f / 3, 0x1p-130f, 3e38f, 1 + 0x1p-11f, 0, Float.NaN, Float.NEGATIVE_INFINITY}) {
            for (BinaryOp op : OPERATIONS) {
                for (boolean first : new boolean[] {false, true}) {
                    assertTrue(HalfRuns.run(op, a, number, first, out));
                    for (int i = 0; i < PATTERNS; i++) {
                        float x = wide(dtype, (short) i);
                        float expected = first ? exact(op, number, x) : exact(op, x, number);
                        check(dtype, expected, elements(out).get(GAP + i), op + " of " + x + " and " + number);
                    }
                }
            }
        }
        Grid.free(a, out);
    }

    @ParameterizedTest
    @MethodSource("halves")
    void allPatternsAlone(DType dtype) {
        View a = patterns(dtype, PATTERNS, i -> i);
        View out = patterns(dtype, PATTERNS, i -> 0);
        for (UnaryOp op : new UnaryOp[] {UnaryOp.NEGATIVE, UnaryOp.ABS, UnaryOp.RELU, UnaryOp.SQUARE, UnaryOp.SQRT}) {
            assertTrue(HalfRuns.run(op, a, out));
            for (int i = 0; i < PATTERNS; i++) {
                float x = wide(dtype, (short) i);
                float expected = switch (op) {
                    case NEGATIVE -> -x;
                    case ABS -> Math.abs(x);
                    case RELU -> Math.max(x, 0);
                    case SQRT -> (float) Math.sqrt(x);
                    default -> x * x;
                };
                check(dtype, expected, elements(out).get(GAP + i), op + " of " + (short) i);
            }
        }
        Grid.free(a, out);
    }

    /** Rows of any length that repeat along one or two axes; those that are too long, and columns, are left to others. */
    @ParameterizedTest
    @MethodSource("halves")
    void rowsThatRepeat(DType dtype) {
        for (int row : new int[] {1, 2, 31, 1000, 2048, 2049, 5000}) {
            int rows = 10;
            View a = patterns(dtype, 6 * rows * row, i -> 0x3c00 + i % 997);
            View b = patterns(dtype, row, i -> 0x3800 + i % 1013);
            View out = patterns(dtype, 6 * rows * row, i -> 0);
            Shape shape = Shape.of(2, 3, rows, row);
            Layout all = Layout.contiguous(shape);
            View repeated = b.with(Layout.of(shape, new long[] {0, 0, 0, 1}, GAP));
            View x = a.with(Layout.of(shape, all.strides(), GAP));
            View z = out.with(Layout.of(shape, all.strides(), GAP));
            assertTrue(HalfRuns.run(BinaryOp.MULTIPLY, x, repeated, z));
            for (int i = 0; i < 6 * rows * row; i++) {
                float expected = wide(dtype, elements(a).get(GAP + i))
                        * wide(dtype, elements(b).get(GAP + i % row));
                check(dtype, expected, elements(out).get(GAP + i), row + " at " + i);
            }
            View column = b.with(Layout.of(Shape.of(row, 6L * rows), new long[] {1, 0}, GAP));
            View y = a.with(Layout.of(column.shape(), new long[] {6L * rows, 1}, 0));
            assertEquals(row == 1, HalfRuns.run(BinaryOp.MULTIPLY, y, column, y));
            Grid.free(a, b, out);
        }
    }

    /** Every pattern to float32 and back, to the other half, and floats between neighbours. */
    @ParameterizedTest
    @MethodSource("halves")
    void conversions(DType dtype) {
        DType other = dtype == DType.FLOAT16 ? DType.BFLOAT16 : DType.FLOAT16;
        View a = patterns(dtype, PATTERNS, i -> i);
        View back = patterns(dtype, PATTERNS, i -> 0);
        View others = patterns(other, PATTERNS, i -> 0);
        View wide = Grid.contiguous(DType.FLOAT32, PATTERNS);
        FloatBuffer floats = ((CpuStorage) wide.storage()).whole().asFloatBuffer();
        assertTrue(HalfRuns.convert(a, wide));
        assertTrue(HalfRuns.convert(wide, back));
        assertTrue(HalfRuns.convert(a, others));
        for (int i = 0; i < PATTERNS; i++) {
            float value = wide(dtype, (short) i);
            assertEquals(value, floats.get(i));
            check(dtype, value, elements(back).get(GAP + i), "back " + i);
            check(other, value, elements(others).get(GAP + i), "other " + i);
        }
        for (int low : new int[] {1, 0xfff, 0x1000, 0x1001, 0x7fff, 0x8000, 0x8001, 0xffff}) {
            for (int i = 0; i < PATTERNS; i++) {
                floats.put(i, Float.intBitsToFloat(i << 16 | low));
            }
            assertTrue(HalfRuns.convert(wide, back));
            for (int i = 0; i < PATTERNS; i++) {
                check(dtype, floats.get(i), elements(back).get(GAP + i), floats.get(i) + " rounded");
            }
        }
        Grid.free(a, back, others, wide);
    }

    @ParameterizedTest
    @MethodSource("halves")
    void elementsApartAreLeftToOthers(DType dtype) {
        View a = Grid.contiguous(dtype, 5, 6);
        View out = Grid.contiguous(dtype, 6, 5);
        View turned = a.with(a.layout().permute(1, 0));
        assertFalse(HalfRuns.run(BinaryOp.ADD, turned, out, out));
        assertFalse(HalfRuns.run(BinaryOp.ADD, turned, 1, false, out));
        assertFalse(HalfRuns.run(UnaryOp.NEGATIVE, turned, out));
        assertFalse(HalfRuns.run(BinaryOp.ADD, out, turned, out));
        assertFalse(HalfRuns.convert(turned, out));
        Grid.free(a, out);
    }
}
