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
import kron4j.ShapeException;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GathersTest {
    @ParameterizedTest
    @EnumSource(DType.class)
    void everyLayoutGivesWhatLoopsGive(DType dtype) {
        Random random = new Random(dtype.ordinal());
        for (Shape shape : new Shape[] {Shape.of(5), Shape.of(4, 7), Shape.of(30, 2, 50), Shape.of(3, 2000)}) {
            for (int axis = 0; axis < shape.rank(); axis++) {
                for (long count : new long[] {0, 1, 6}) {
                    check(dtype, shape, axis, count, Cursor.WINDOW, random);
                    check(dtype, shape, axis, count, 512, random);
                }
            }
        }
    }

    private static void check(DType dtype, Shape shape, int axis, long count, int window, Random random) {
        View a = Grid.scattered(dtype, shape, random);
        View index = Grid.scattered(DType.INT64, shape.with(axis, count), random);
        View out = Grid.scattered(dtype, shape.with(axis, count), random);
        double[] x = random.ints(shape.size(), 0, dtype == DType.BOOL ? 2 : 1000)
                .asDoubleStream()
                .toArray();
        double[] chosen = random.longs(index.shape().size(), 0, shape.at(axis))
                .asDoubleStream()
                .toArray();
        Grid.set(a, x);
        Grid.set(index, chosen);
        Gathers.takeAlong(a, axis, index, out, window);
        int inner = 1;
        for (int i = axis + 1; i < shape.rank(); i++) {
            inner *= (int) shape.at(i);
        }
        double[] expected = new double[chosen.length];
        for (int e = 0; e < expected.length; e++) {
            int before = (int) (e / inner / count);
            expected[e] = x[(before * (int) shape.at(axis) + (int) chosen[e]) * inner + e % inner];
        }
        assertArrayEquals(
                Grid.wrapped(dtype, expected), Grid.get(out), () -> dtype + " " + a.layout() + " axis " + out.layout());
        Grid.free(a, index, out);
    }

    @Test
    void rowsAreTakenWhole() {
        int columns = 2500;
        View a = Grid.contiguous(DType.FLOAT32, 5, columns);
        double[] x = new double[5 * columns];
        java.util.Arrays.setAll(x, i -> i);
        Grid.set(a, x);
        View index = Grid.set(Grid.contiguous(DType.INT64, 3), 4, 0, 4);
        View out = Grid.contiguous(DType.FLOAT32, 3, columns);
        for (int window : new int[] {Cursor.WINDOW, 3000}) {
            Gathers.takeAlong(a, 0, index.with(Layout.of(out.shape(), new long[] {1, 0}, 0)), out, window);
            double[] rows = Grid.get(out);
            for (int i = 0; i < columns; i++) {
                assertEquals(4 * columns + i, rows[i]);
                assertEquals(i, rows[columns + i]);
                assertEquals(4 * columns + i, rows[2 * columns + i]);
            }
        }
        Grid.free(a, index, out);
    }

    @Test
    void indicesOutsideAreRefused() {
        View a = Grid.contiguous(DType.FLOAT64, 2, 3);
        View out = Grid.contiguous(DType.FLOAT64, 2, 2);
        View index = Grid.set(Grid.contiguous(DType.INT64, 2, 2), 0, 2, -1, 0);
        ShapeException e = assertThrows(ShapeException.class, () -> Gathers.takeAlong(a, 1, index, out));
        assertEquals(
                "takeAlong: index -1 (in indices of shape [2,2]) is outside [0, 3), the size of axis 1 of shape [2,3]",
                e.getMessage());
        e = assertThrows(ShapeException.class, () -> Scatters.addAlong(out, 1, index, a));
        assertEquals(
                "addAlong: index -1 (in indices of shape [2,2]) is outside [0, 3), the size of axis 1 of shape [2,3]",
                e.getMessage());
        Grid.free(a, index, out);
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = "BOOL", mode = EnumSource.Mode.EXCLUDE)
    void rowsAreAddedWhole(DType dtype) {
        Random random = new Random(dtype.ordinal());
        for (int columns : new int[] {15, 16, 17, 64, 65, 131, 300}) {
            int n = 1100;
            int size = 20;
            View terms = Grid.contiguous(dtype, n, columns + 3);
            View sums = Grid.contiguous(dtype, size + 1, columns + 1);
            View index = Grid.contiguous(DType.INT64, n);
            double[] x = random.ints(n * (columns + 3L), 0, 2).asDoubleStream().toArray();
            double[] expected = random.ints((size + 1L) * (columns + 1), 0, 10)
                    .asDoubleStream()
                    .toArray();
            double[] rows = random.ints(n, 0, size).asDoubleStream().toArray();
            Grid.set(terms, x);
            Grid.set(sums, expected);
            Grid.set(index, rows);
            for (int i = 0; i < n; i++) {
                for (int k = 0; k < columns; k++) {
                    expected[(int) (1 + rows[i]) * (columns + 1) + k] += x[i * (columns + 3) + k + 2];
                }
            }
            Layout repeated = Layout.of(Shape.of(n, columns), new long[] {1, 0}, 0);
            View out = sums.with(sums.layout().slice(0, 1, size + 1, 1).slice(1, 0, columns, 1));
            Scatters.addAlong(terms.with(terms.layout().slice(1, 2, columns + 2, 1)), 0, index.with(repeated), out);
            assertArrayEquals(expected, Grid.get(sums), () -> dtype + " " + columns);
            Grid.set(index, -1);
            ShapeException e = assertThrows(
                    ShapeException.class,
                    () -> Scatters.addAlong(out, 0, index.with(repeated.slice(0, 0, size, 1)), out));
            assertEquals(
                    "addAlong: index -1 (in indices of shape [" + size + "," + columns + "]) is outside [0, " + size
                            + "), the size of axis 0 of shape [" + size + "," + columns + "]",
                    e.getMessage());
            Grid.free(terms, sums, index);
        }
    }

    /** Through a window as through the whole storage. */
    @ParameterizedTest
    @EnumSource(value = DType.class, names = "BOOL", mode = EnumSource.Mode.EXCLUDE)
    void addsThroughAnyWindow(DType dtype) {
        Random random = new Random(dtype.ordinal());
        Shape shape = Shape.of(40, 3, 30);
        for (int axis = 0; axis < 3; axis++) {
            View a = Grid.scattered(dtype, shape.with(axis, 7), random);
            View index = Grid.scattered(DType.INT64, a.shape(), random);
            View whole = Grid.contiguous(dtype, shape.dims());
            View part = Grid.scattered(dtype, shape, random);
            Grid.set(a, random.ints(a.shape().size(), 0, 100).asDoubleStream().toArray());
            Grid.set(
                    index,
                    random.longs(a.shape().size(), 0, shape.at(axis))
                            .asDoubleStream()
                            .toArray());
            double[] before = random.ints(shape.size(), 0, 100).asDoubleStream().toArray();
            Grid.set(whole, before);
            Grid.set(part, before);
            Scatters.addAlong(a, axis, index, whole, Cursor.WINDOW);
            Scatters.addAlong(a, axis, index, part, 512);
            assertArrayEquals(Grid.get(whole), Grid.get(part));
            Grid.free(a, index, whole, part);
        }
    }

    /** Of masks that are no whole words or tiles, and that several threads read; none, some or all true. */
    @Test
    void positionsAreThoseOfTrueElements() {
        Random random = new Random(8);
        for (int n : new int[] {1, 7, 8, 9, 255, 1023, 1024, 1025, 3001, (1 << 17) + 5}) {
            View all = Grid.contiguous(DType.BOOL, n + 3);
            View mask = all.with(all.layout().slice(0, 3, n + 3, 1));
            View places = Grid.contiguous(DType.INT64, n);
            for (double share : new double[] {0, 0.02, 0.5, 1}) {
                double[] marks = new double[n + 3];
                Arrays.setAll(marks, i -> i < 3 || random.nextDouble() < share ? 1 : 0);
                Grid.set(all, marks);
                double[] expected = IntStream.range(0, n)
                        .filter(i -> marks[i + 3] == 1)
                        .asDoubleStream()
                        .toArray();
                assertEquals(expected.length, Marks.positions(mask, places));
                assertArrayEquals(expected, Arrays.copyOf(Grid.get(places), expected.length));
            }
            Grid.free(all, places);
        }
    }

    /** Of a vector that several threads read, of rows with gaps, and of columns. */
    @Test
    void boundsAreThoseOfAllEntries() {
        int n = (1 << 17) + 5;
        View index = Grid.contiguous(DType.INT64, n);
        double[] x = new double[n];
        for (int at : new int[] {0, (1 << 16) - 1, 1 << 16, n - 1}) {
            x[at] = at - 100_000;
            Grid.set(index, x);
            assertArrayEquals(
                    new long[] {Math.min(0, at - 100_000), Math.max(0, at - 100_000)},
                    Marks.bounds(index).orElseThrow());
            View columns = new View(index.storage(), Layout.of(Shape.of(2, 3, n / 6), new long[] {1, 2, 6}, 0));
            boolean seen = at < n / 6 * 6;
            assertArrayEquals(
                    new long[] {seen ? Math.min(0, at - 100_000) : 0, seen ? Math.max(0, at - 100_000) : 0},
                    Marks.bounds(columns).orElseThrow());
            x[at] = 0;
        }
        Grid.free(index);
    }
}
