package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;

/** Real arithmetic from memory to memory, on rows of lengths around those of vectors with gaps between them, and with special values: each result is the exact one, rounded once. */
class RunsTest {
    private static final Map<UnaryOp, DoubleUnaryOperator> FUNCTIONS = new EnumMap<>(Map.of(
            UnaryOp.NEGATIVE, x -> -x,
            UnaryOp.ABS, Math::abs,
            UnaryOp.SQUARE, x -> x * x,
            UnaryOp.SQRT, Math::sqrt,
            UnaryOp.RECIPROCAL, x -> 1 / x,
            UnaryOp.RELU, x -> Math.max(x, 0.0),
            UnaryOp.FLOOR, Math::floor,
            UnaryOp.CEIL, Math::ceil,
            UnaryOp.ROUND, Math::rint));

    private static final Map<BinaryOp, DoubleBinaryOperator> OPERATIONS = new EnumMap<>(Map.of(
            BinaryOp.ADD,
            Double::sum,
            BinaryOp.SUBTRACT,
            (x, y) -> x - y,
            BinaryOp.MULTIPLY,
            (x, y) -> x * y,
            BinaryOp.DIVIDE,
            (x, y) -> x / y,
            BinaryOp.MAXIMUM,
            Math::max,
            BinaryOp.MINIMUM,
            Math::min));

    /** Whole numbers of floats, and what is special: the sums and products of two of them are exact in double, so that rounding them to float32 is rounding once. */
    private static final double[] VALUES = {
        0.0,
        -0.0,
        1.5,
        -2.5,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -Float.MIN_NORMAL,
        3,
        -7.75,
        0.5,
        -0.5,
        0x1p23,
        -0x1.000002p23,
        1e20f
    };

    private static final int ROWS = 3;

    private static double[] values(int n, int shift) {
        return IntStream.range(0, n)
                .mapToDouble(i -> VALUES[(i * 7 + i / 16 + shift) % VALUES.length])
                .toArray();
    }

    /** Rows with one element of another between them, beginning at an odd place. */
    private static View rows(DType dtype, int n) {
        return new View(
                Grid.CPU.allocate(dtype, ROWS * (n + 1) + 1), Layout.of(Shape.of(ROWS, n), new long[] {n + 1, 1}, 1));
    }

    private static double[] rounded(DType dtype, double[] z) {
        return dtype == DType.FLOAT64 ? z : Arrays.stream(z).map(v -> (float) v).toArray();
    }

    private static void check(String what, DType dtype, double[] expected, View z) {
        assertArrayEquals(rounded(dtype, expected), Grid.get(z), what);
    }

    @Test
    void functionsOfRowsAreExact() {
        for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
            for (int n : new int[] {64, 128, 256, 257, 1039, 20_011}) {
                View x = Grid.set(rows(dtype, n), values(ROWS * n, n));
                View z = rows(dtype, n);
                double[] from = Grid.get(x);
                FUNCTIONS.forEach((op, function) -> {
                    Pointwise.unary(op, x, z);
                    check(
                            op + " of " + n,
                            dtype,
                            Arrays.stream(from).map(function).toArray(),
                            z);
                    check(op + " left its operand alone", dtype, from, x);
                });
                Grid.free(x, z);
            }
        }
    }

    @Test
    void operationsOfRowsWithRowsColumnsAndNumbersAreExact() {
        for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
            for (int n : new int[] {64, 256, 257, 1039}) {
                View x = Grid.set(rows(dtype, n), values(ROWS * n, n));
                View same = Grid.set(rows(dtype, n), values(ROWS * n, n + 3));
                View row = Grid.set(Grid.contiguous(dtype, n), values(n, 2));
                View column = Grid.set(Grid.contiguous(dtype, ROWS), 1.5, -3, Double.NaN);
                View z = rows(dtype, n);
                View wideRow = row.with(Layout.of(Shape.of(ROWS, n), new long[] {0, 1}, 0));
                View wideColumn = column.with(Layout.of(Shape.of(ROWS, n), new long[] {1, 0}, 0));
                OPERATIONS.forEach((op, operation) -> {
                    for (View y : List.of(same, wideRow, wideColumn)) {
                        both(op, operation, x, y, z);
                        both(op, operation, y, x, z);
                    }
                    for (double number : VALUES) {
                        withNumber(op, operation, x, number, z);
                    }
                });
                Grid.free(x, same, row, column, z);
            }
        }
    }

    private static void both(BinaryOp op, DoubleBinaryOperator operation, View x, View y, View z) {
        double[] a = Grid.get(x);
        double[] b = Grid.get(y);
        double[] expected = IntStream.range(0, a.length)
                .mapToDouble(i -> operation.applyAsDouble(a[i], b[i]))
                .toArray();
        Pointwise.binary(op, x, y, z);
        check(op + " of " + x.layout() + " and " + y.layout(), z.dtype(), expected, z);
    }

    private static void withNumber(BinaryOp op, DoubleBinaryOperator operation, View x, double number, View z) {
        double[] a = Grid.get(x);
        double[] after =
                Arrays.stream(a).map(v -> operation.applyAsDouble(v, number)).toArray();
        double[] before =
                Arrays.stream(a).map(v -> operation.applyAsDouble(number, v)).toArray();
        Pointwise.binary(op, x, number, false, z);
        check(op + " of " + x.layout() + " and " + number, z.dtype(), after, z);
        Pointwise.binary(op, x, number, true, z);
        check(op + " of " + number + " and " + x.layout(), z.dtype(), before, z);
    }

    @Test
    void anOperandMayBeTheResult() {
        View x = Grid.set(rows(DType.FLOAT32, 1039), values(ROWS * 1039, 0));
        double[] from = Grid.get(x);
        Pointwise.unary(UnaryOp.FLOOR, x, x);
        check(
                "floor in place",
                DType.FLOAT32,
                Arrays.stream(from).map(Math::floor).toArray(),
                x);
        double[] floors = Grid.get(x);
        Pointwise.binary(BinaryOp.MINIMUM, x, 2, false, x);
        check(
                "minimum in place",
                DType.FLOAT32,
                Arrays.stream(floors).map(v -> Math.min(v, 2)).toArray(),
                x);
        Grid.free(x);
    }
}
