package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sorts and the first few of inputs that are hard for some ways, around the sizes at which the way changes, against the JDK's stable sort. */
class SortsTest {
    private static final int[] SIZES = {1, 2, 63, 64, 65, 127, 300, 1000, 8191, 8193, 65537};

    private static IntToDoubleFunction[] inputs(int n) {
        SplittableRandom random = new SplittableRandom(n);
        double[] special = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0, -0.0, Double.MIN_VALUE
        };
        return new IntToDoubleFunction[] {
            i -> random.nextDouble(-1, 1),
            i -> i,
            i -> n - i,
            i -> 7,
            i -> Math.min(i, n - i),
            i -> random.nextInt(3),
            i -> 1 + random.nextInt(n) * 0x1p-52,
            // The last one is far from the others, which have equal high digits.
            i -> i == n - 1 ? 1e300 : random.nextInt(1000),
            // In int64 more bits than there is room for beside positions, in runs of few and of many that differ below.
            i -> (i % 5 < 2 ? 0x1p62 : -0x1p62 * (i % 3)) + 1024 * random.nextInt(i % 3 == 0 ? n : 4),
            i -> random.nextInt(4) == 0 ? random.nextDouble() : special[random.nextInt(special.length)],
        };
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "INT64", "INT32", "UINT8"})
    void sortsWhatIsHard(DType dtype) {
        for (int n : SIZES) {
            for (IntToDoubleFunction input : inputs(n)) {
                View a = Grid.set(
                        Grid.contiguous(dtype, n),
                        IntStream.range(0, n).mapToDouble(input).toArray());
                double[] x = Grid.get(a);
                for (boolean descending : new boolean[] {false, true}) {
                    double[] order = order(x, descending);
                    View out = Grid.contiguous(dtype, n);
                    Sorts.sort(a, descending, out);
                    bits(Arrays.stream(order).map(i -> x[(int) i]).toArray(), Grid.get(out));
                    for (int k : new int[] {1, 10, 128, 129, n}) {
                        if (k <= n) {
                            View places = Grid.contiguous(DType.INT64, k);
                            Sorts.argsort(a, descending, places);
                            assertArrayEquals(Arrays.copyOf(order, k), Grid.get(places));
                            Grid.free(places);
                        }
                    }
                    Grid.free(out);
                }
                Grid.free(a);
            }
        }
    }

    private static double[] order(double[] x, boolean descending) {
        Comparator<Double> ascending = (p, q) -> p < q ? -1 : p > q ? 1 : 0;
        Comparator<Double> given = descending ? ascending.reversed() : ascending;
        return IntStream.range(0, x.length)
                .boxed()
                .sorted((i, j) -> Double.isNaN(x[i]) || Double.isNaN(x[j])
                        ? Boolean.compare(Double.isNaN(x[i]), Double.isNaN(x[j]))
                        : given.compare(x[i], x[j]))
                .mapToDouble(i -> i)
                .toArray();
    }

    private static void bits(double[] expected, double[] actual) {
        assertArrayEquals(
                Arrays.stream(expected).mapToLong(Double::doubleToLongBits).toArray(),
                Arrays.stream(actual).mapToLong(Double::doubleToLongBits).toArray());
    }

    /** Of lengths around those that networks take, some of which have zeros of both signs or NaN; as many lines as a network takes at a time, and some more. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "FLOAT16", "INT64", "INT32", "UINT8"})
    void manyShortLinesAreSorted(DType dtype) {
        SplittableRandom random = new SplittableRandom(11);
        for (int n : new int[] {1, 2, 3, 5, 8, 9, 16, 31, 64, 100, 130, 256, 257, 600, 1024, 1025}) {
            for (int rows : n < 300 ? new int[] {7, 8, 40, 523} : new int[] {7, 8, 43}) {
                View a = Grid.contiguous(dtype, rows, n);
                double[] x = new double[rows * n];
                Arrays.setAll(x, i -> random.nextInt(-40, 40) * (i / n % 300 == 5 ? 0.0 : 1.25));
                x[x.length / 2] = Double.NaN;
                Grid.set(a, x);
                double[] stored = Grid.get(a);
                for (boolean descending : new boolean[] {false, true}) {
                    View out = Grid.contiguous(dtype, rows, n);
                    View places = Grid.contiguous(DType.INT64, rows, n);
                    Sorts.sort(a, descending, out);
                    Sorts.argsort(a, descending, places);
                    double[] values = Grid.get(out);
                    double[] found = Grid.get(places);
                    for (int row = 0; row < rows; row++) {
                        double[] line = Arrays.copyOfRange(stored, row * n, (row + 1) * n);
                        double[] order = order(line, descending);
                        assertArrayEquals(order, Arrays.copyOfRange(found, row * n, (row + 1) * n));
                        bits(
                                Arrays.stream(order).map(i -> line[(int) i]).toArray(),
                                Arrays.copyOfRange(values, row * n, (row + 1) * n));
                    }
                    int some = (n + 1) / 2;
                    View few = Grid.contiguous(DType.INT64, rows, some);
                    Sorts.argsort(a, descending, few);
                    double[] first = Grid.get(few);
                    for (int row = 0; row < rows; row++) {
                        assertArrayEquals(
                                Arrays.copyOfRange(found, row * n, row * n + some),
                                Arrays.copyOfRange(first, row * some, (row + 1) * some));
                    }
                    Grid.free(out, places, few);
                }
                Grid.free(a);
            }
        }
    }

    @Test
    void linesOfAnyStridesAreSorted() {
        int rows = 90;
        int columns = 70;
        SplittableRandom random = new SplittableRandom(5);
        double[] x = random.doubles(rows * columns).toArray();
        View a = Grid.set(Grid.contiguous(DType.FLOAT64, rows, columns), x);
        View out = Grid.contiguous(DType.FLOAT64, rows, columns);
        Layout turned = a.layout().permute(1, 0);
        Sorts.sort(a.with(turned), false, out.with(turned));
        double[] expected = new double[x.length];
        for (int j = 0; j < columns; j++) {
            int column = j;
            double[] sorted = IntStream.range(0, rows)
                    .mapToDouble(i -> x[i * columns + column])
                    .sorted()
                    .toArray();
            for (int i = 0; i < rows; i++) {
                expected[i * columns + j] = sorted[i];
            }
        }
        bits(expected, Grid.get(out));
        View few = Grid.contiguous(DType.INT64, 3, columns);
        Sorts.argsort(a.with(turned), true, few.with(few.layout().permute(1, 0)));
        double[] places = Grid.get(few);
        for (int j = 0; j < columns; j++) {
            for (int k = 0; k < 3; k++) {
                assertArrayEquals(new double[] {expected[(rows - 1 - k) * columns + j]}, new double[] {
                    x[(int) places[k * columns + j] * columns + j]
                });
            }
        }
        Grid.free(a, out, few);
    }

    @Test
    void placesAreFoundInAnyLine() {
        SplittableRandom random = new SplittableRandom(7);
        double[] some = random.ints(1000, -300, 300).sorted().asDoubleStream().toArray();
        some[999] = Double.NaN;
        double[] even = IntStream.range(0, 101).mapToDouble(i -> -5 + i * 0.1).toArray();
        double[] nearly = Arrays.stream(even).map(v -> v + Math.sin(v) * 0.05).toArray();
        double[] far = {-Double.MAX_VALUE, 0, Double.MAX_VALUE};
        for (double[] sorted : new double[][] {some, even, nearly, far, {1, 1, 1}, {2}}) {
            double[] sought = new double[4 * sorted.length + 5];
            for (int i = 0; i < sorted.length; i++) {
                sought[4 * i] = sorted[i];
                sought[4 * i + 1] = Math.nextUp(sorted[i]);
                sought[4 * i + 2] = Math.nextDown(sorted[i]);
                sought[4 * i + 3] = random.nextDouble(-6, 6);
            }
            sought[4 * sorted.length] = Double.NaN;
            sought[4 * sorted.length + 1] = Double.POSITIVE_INFINITY;
            sought[4 * sorted.length + 2] = Double.NEGATIVE_INFINITY;
            sought[4 * sorted.length + 3] = -0.0;
            places(sorted, sought);
        }
    }

    private static void places(double[] sorted, double... sought) {
        View lines = Grid.set(Grid.contiguous(DType.FLOAT64, sorted.length), sorted);
        View wanted = Grid.set(Grid.contiguous(DType.FLOAT64, sought.length), sought);
        View each = lines.with(Layout.of(Shape.of(sought.length, sorted.length), new long[] {0, 1}, 0));
        for (boolean right : new boolean[] {false, true}) {
            View out = Grid.contiguous(DType.INT64, sought.length);
            Searches.run(each, wanted, right, out);
            double[] expected = Arrays.stream(sought)
                    .map(v -> Arrays.stream(sorted)
                            .filter(s -> Double.isNaN(v) ? right || !Double.isNaN(s) : right ? s <= v : s < v)
                            .count())
                    .toArray();
            assertArrayEquals(expected, Grid.get(out));
            Grid.free(out);
        }
        Grid.free(lines, wanted);
    }
}
