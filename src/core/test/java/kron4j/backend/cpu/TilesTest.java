package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.TensorException;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.reference.DTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Iteration spaces, cuts, cursors and windows: every layout must give what nested loops give. */
class TilesTest {
    private static final Shape[] SHAPES = {
        Shape.SCALAR,
        Shape.of(1),
        Shape.of(0),
        Shape.of(3, 0, 2),
        Shape.of(7),
        Shape.of(5000),
        Shape.of(3, 5),
        Shape.of(1, 40, 1),
        Shape.of(70, 90),
        Shape.of(2, 1000, 3),
        Shape.of(33, 2, 65, 1),
        Shape.of(3, 2, 4, 5, 2, 3, 2, 2)
    };

    private static double[] values(DType dtype, long n, Random random) {
        return random.doubles(n)
                .map(x -> dtype == DType.BOOL ? Math.rint(x) : Math.rint((x - 0.5) * 2000) + 0.0)
                .toArray();
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyLayoutGivesWhatLoopsGive(DType dtype) {
        Random random = new Random(1);
        for (Shape shape : SHAPES) {
            for (int repeat = 0; repeat < 12; repeat++) {
                checkMaximum(Cursor.WINDOW, dtype, shape, random);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 1000, 4096})
    void smallWindowsGiveTheSame(int window) {
        Random random = new Random(window);
        for (DType dtype : DTypes.ofReals()) {
            for (Shape shape : SHAPES) {
                checkMaximum(window, dtype, shape, random);
            }
        }
    }

    /** Random values, the same along some axes that {@code random} chooses. */
    private static View broadcast(DType dtype, Shape shape, Random random) {
        Shape some = shape;
        for (int axis = 0; axis < shape.rank(); axis++) {
            some = shape.at(axis) > 0 && random.nextBoolean() ? some.with(axis, 1) : some;
        }
        View view = Grid.scattered(dtype, some, random);
        Grid.set(view, values(dtype, some.size(), random));
        return view.with(view.layout().expand(shape));
    }

    private static void checkMaximum(int window, DType dtype, Shape shape, Random random) {
        View a = Grid.scattered(dtype, shape, random);
        View b = broadcast(dtype, shape, random);
        View out = Grid.scattered(dtype, shape, random);
        Grid.set(a, values(dtype, shape.size(), random));
        double[] x = Grid.get(a);
        double[] y = Grid.get(b);
        Kind kind = Kind.of(dtype);
        Tiles.map(
                window,
                (t, n) -> {
                    for (int i = 0; i < n; i++) {
                        t[0].floats[i] = Math.max(t[1].floats[i], t[2].floats[i]);
                        t[0].doubles[i] = Math.max(t[1].doubles[i], t[2].doubles[i]);
                        t[0].longs[i] = Math.max(t[1].longs[i], t[2].longs[i]);
                    }
                },
                kind,
                out,
                kind,
                a,
                b);
        double[] expected = IntStream.range(0, x.length)
                .mapToDouble(i -> Math.max(x[i], y[i]))
                .toArray();
        assertArrayEquals(
                expected, Grid.get(out), () -> dtype + " " + a.layout() + ", " + b.layout() + " to " + out.layout());
        Grid.free(a, b, out);
    }

    /** Up to a tile and beyond, in the middle of larger storages. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 6, 7, 256, Tile.SIZE - 1, Tile.SIZE, Tile.SIZE + 1})
    void contiguousOperandsGiveTheSame(int n) {
        Random random = new Random(n);
        for (DType dtype : DTypes.ofReals()) {
            for (int window : new int[] {64, 8192, Cursor.WINDOW}) {
                View a = run(dtype, n, 3);
                View b = run(dtype, n, 0);
                View whole = Grid.contiguous(dtype, n + 5);
                Pointwise.fill(1L, whole);
                View out = whole.with(whole.layout().slice(0, 2, n + 2, 1));
                Grid.set(a, values(dtype, n, random));
                Grid.set(b, values(dtype, n, random));
                double[] x = Grid.get(a);
                double[] y = Grid.get(b);
                double[] expected = new double[n + 5];
                Arrays.fill(expected, 1);
                Arrays.setAll(x, i -> expected[i + 2] = Math.max(x[i], y[i]));
                Kind kind = Kind.of(dtype).of(BinaryOp.MAXIMUM);
                Tiles.map(window, (t, k) -> kind.compute(BinaryOp.MAXIMUM, t[1], t[2], t[0], k), kind, out, kind, a, b);
                assertArrayEquals(expected, Grid.get(whole), () -> dtype + " " + n + " elements");
                Grid.free(a, b, whole);
            }
        }
    }

    private static View run(DType dtype, int n, int offset) {
        View whole = Grid.contiguous(dtype, n + offset);
        return whole.with(whole.layout().slice(0, offset, n + offset, 1));
    }

    @Test
    void elementsOutsideTheResultAreLeftAlone() {
        View whole = Grid.contiguous(DType.FLOAT32, 6, 8);
        Pointwise.fill(-1.0, whole);
        View inside = whole.with(whole.layout().slice(0, 1, 5, 2).slice(1, 6, 0, -2));
        Pointwise.fill(3.0, inside);
        double[] expected = new double[48];
        for (int i = 0; i < 48; i++) {
            int row = i / 8;
            int column = i % 8;
            expected[i] = (row == 1 || row == 3) && (column == 6 || column == 4 || column == 2) ? 3 : -1;
        }
        assertArrayEquals(expected, Grid.get(whole));
        Grid.free(whole);
    }

    @Test
    void broadcastOperandsAreReadOnce() {
        View row = Grid.set(Grid.contiguous(DType.INT32, 3), 1, 2, 3);
        View column = Grid.set(Grid.contiguous(DType.INT32, 2, 1), 10, 20);
        View out = Grid.contiguous(DType.INT32, 2, 3);
        Pointwise.binary(
                BinaryOp.ADD,
                row.with(row.layout().expand(out.shape())),
                column.with(column.layout().expand(out.shape())),
                out);
        assertArrayEquals(new double[] {11, 12, 13, 21, 22, 23}, Grid.get(out));
        Grid.free(row, column, out);
    }

    @Test
    void theResultMayBeAnOperand() {
        View a = Grid.set(Grid.contiguous(DType.FLOAT64, 2, 3), 1, 2, 3, 4, 5, 6);
        View b = a.with(a.layout().reverse());
        Pointwise.binary(BinaryOp.MULTIPLY, b, b, b);
        assertArrayEquals(new double[] {1, 4, 9, 16, 25, 36}, Grid.get(a));
        Grid.free(a);
    }

    @Test
    void hugeStridesOfSingleElementsDoNotMatter() {
        View storage = Grid.set(Grid.contiguous(DType.FLOAT64, 4), 1, 2, 3, 4);
        View a = storage.with(Layout.of(Shape.of(1, 4, 1), new long[] {Long.MAX_VALUE, 1, Long.MIN_VALUE}, 0));
        View out = Grid.contiguous(DType.FLOAT64, 1, 4, 1);
        Pointwise.binary(BinaryOp.ADD, a, 0.5, false, out);
        assertArrayEquals(new double[] {1.5, 2.5, 3.5, 4.5}, Grid.get(out));
        Grid.free(storage, out);
    }

    @Test
    void nothingIsWrittenWhenAnIntegerOperationIsUndefined() {
        View a = Grid.set(Grid.contiguous(DType.INT32, 3), 7, 8, 9);
        View b = Grid.set(Grid.contiguous(DType.INT32, 3), 2, -2, 0);
        TensorException e = assertThrows(TensorException.class, () -> Pointwise.binary(BinaryOp.DIVIDE, a, b, a));
        assertEquals(
                "divide: division by zero in int32; convert with to(DType.FLOAT64), or mask those elements with where",
                e.getMessage());
        assertArrayEquals(new double[] {7, 8, 9}, Grid.get(a));
        Grid.free(a, b);
    }
}
