package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import kron4j.reference.DTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReductionsTest {
    private static final Shape[] SHAPES = {
        Shape.SCALAR,
        Shape.of(1),
        Shape.of(9),
        Shape.of(4000),
        Shape.of(5, 3),
        Shape.of(2000, 3),
        Shape.of(3, 2000),
        Shape.of(1, 60, 70),
        Shape.of(50, 2, 90),
        Shape.of(3, 4, 5, 6, 2)
    };

    @ParameterizedTest
    @EnumSource(ReduceOp.class)
    void everyLayoutGivesWhatLoopsGive(ReduceOp op) {
        Random random = new Random(op.ordinal());
        for (DType dtype : DTypes.ofReals()) {
            for (Shape shape : SHAPES) {
                for (int reducedRank = 0; reducedRank <= shape.rank(); reducedRank++) {
                    check(op, dtype, shape, reducedRank, Cursor.WINDOW, random);
                    if (dtype == DType.FLOAT64) {
                        check(op, dtype, shape, reducedRank, 1024, random);
                    }
                }
            }
        }
    }

    /** Small integers (for products, signs), so that every order of summation is exact. */
    private static void check(ReduceOp op, DType dtype, Shape shape, int reducedRank, int window, Random random) {
        View a = Grid.scattered(dtype, shape, random);
        double[] x = random.doubles(shape.size())
                .map(u -> op == ReduceOp.PROD ? (u < 0.5 ? -1 : 1) : Math.rint((u - 0.5) * (u < 0.9 ? 40 : 2)))
                .map(v -> dtype == DType.BOOL ? (v != 0 ? 1 : 0) : v + 0.0)
                .toArray();
        Grid.set(a, x);
        double[] y = op == ReduceOp.PROD ? x : Grid.get(a);
        DType result = Accumulator.isPosition(op)
                ? DType.INT64
                : op == ReduceOp.ANY || op == ReduceOp.ALL ? DType.BOOL : dtype;
        View out = Grid.scattered(result, shape.slice(0, shape.rank() - reducedRank), random);
        Reductions.reduce(op, 1, reducedRank, out, window, a);
        int lines = (int) out.shape().size();
        int length = x.length / lines;
        double[] expected = new double[lines];
        for (int j = 0; j < lines; j++) {
            double value = reduce(op, Arrays.copyOfRange(y, j * length, (j + 1) * length));
            expected[j] = result == DType.BOOL ? (value != 0 ? 1 : 0) : value;
        }
        assertArrayEquals(
                Grid.wrapped(result, expected),
                Grid.get(out),
                () -> op + " of " + dtype + " " + a.layout() + " to " + out.layout());
        Grid.free(a, out);
    }

    /** Windows too small for a piece of a line cut it unevenly. */
    @ParameterizedTest
    @EnumSource(ReduceOp.class)
    void linesThatLieSideBySideInPieces(ReduceOp op) {
        Random random = new Random(op.ordinal());
        for (DType dtype : DTypes.ofReals()) {
            View a = Grid.contiguous(dtype, 6, 30, 41);
            double[] x = random.ints(a.shape().size(), op == ReduceOp.PROD ? 1 : 0, 2)
                    .asDoubleStream()
                    .toArray();
            Grid.set(a, x);
            View lines = a.with(a.layout().permute(1, 0, 2));
            double[] y = Grid.get(lines);
            double[] expected = new double[30];
            for (int j = 0; j < 30; j++) {
                expected[j] = reduce(op, Arrays.copyOfRange(y, j * 246, (j + 1) * 246));
            }
            for (int window : new int[] {Cursor.WINDOW, 512}) {
                View out = Grid.contiguous(
                        Accumulator.isPosition(op)
                                ? DType.INT64
                                : op == ReduceOp.ANY || op == ReduceOp.ALL ? DType.BOOL : dtype,
                        30);
                Reductions.reduce(op, 1, 2, out, window, lines);
                double[] kept = out.dtype() == DType.BOOL
                        ? Arrays.stream(expected).map(v -> v != 0 ? 1 : 0).toArray()
                        : expected;
                assertArrayEquals(Grid.wrapped(out.dtype(), kept), Grid.get(out), () -> op + " of " + dtype);
                Grid.free(out);
            }
            Grid.free(a);
        }
    }

    private static double reduce(ReduceOp op, double[] x) {
        int best = 0;
        for (int i = 1; i < x.length; i++) {
            best = op == ReduceOp.ARGMAX ? (x[i] > x[best] ? i : best) : x[i] < x[best] ? i : best;
        }
        return switch (op) {
            case SUM -> Arrays.stream(x).sum();
            case PROD -> Arrays.stream(x).reduce(1, (p, q) -> p * q);
            case MAX -> Arrays.stream(x).max().orElseThrow();
            case MIN -> Arrays.stream(x).min().orElseThrow();
            case ARGMAX, ARGMIN -> best;
            case ANY -> Arrays.stream(x).anyMatch(v -> v != 0) ? 1 : 0;
            case ALL -> Arrays.stream(x).allMatch(v -> v != 0) ? 1 : 0;
        };
    }

    /** Every operand varies along some axes and is broadcast along the others, in any order in memory. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void sumsOfProductsAreWhatLoopsGive(DType dtype) {
        Random random = new Random(dtype.ordinal());
        for (Shape shape : new Shape[] {Shape.of(6), Shape.of(40, 50), Shape.of(5, 40, 36), Shape.of(3, 2, 4, 5)}) {
            for (int reducedRank = 0; reducedRank <= shape.rank(); reducedRank++) {
                for (int count = 1; count <= 6; count++) {
                    checkProducts(dtype, shape, reducedRank, count, random);
                }
            }
        }
    }

    private static void checkProducts(DType dtype, Shape shape, int reducedRank, int count, Random random) {
        View[] operands = new View[count];
        double[] products = new double[(int) shape.size()];
        Arrays.fill(products, 1);
        for (int k = 0; k < count; k++) {
            Shape own = shape;
            for (int axis = 0; axis < shape.rank(); axis++) {
                own = random.nextBoolean() ? own.with(axis, 1) : own;
            }
            View small = Grid.scattered(dtype, own, random);
            Grid.set(
                    small,
                    random.ints(own.size(), dtype == DType.BOOL ? 0 : -2, 2)
                            .asDoubleStream()
                            .toArray());
            operands[k] = small.with(small.layout().expand(shape));
            double[] factors = Grid.get(operands[k]);
            Arrays.setAll(products, i -> products[i] * factors[i]);
            System.arraycopy(Grid.wrapped(dtype, products), 0, products, 0, products.length);
        }
        View out = Grid.scattered(dtype, shape.slice(0, shape.rank() - reducedRank), random);
        SumProducts.run(3, java.util.List.of(operands), reducedRank, out);
        int lines = (int) out.shape().size();
        double[] expected = new double[lines];
        for (int i = 0; i < products.length; i++) {
            expected[i / (products.length / lines)] += 3 * products[i] + 0.0;
        }
        if (dtype == DType.BOOL) {
            Arrays.setAll(expected, i -> expected[i] != 0 ? 1 : 0);
        }
        double[] actual = Grid.get(out);
        Arrays.setAll(actual, i -> actual[i] + 0.0);
        assertArrayEquals(
                Grid.wrapped(dtype, expected), actual, () -> dtype + " " + shape + " by " + reducedRank + ", " + count);
        Grid.free(operands);
        Grid.free(out);
    }

    @Test
    void longReductionsInSeveralPieces() {
        int n = 300_000;
        View a = Grid.contiguous(DType.FLOAT32, 10, n);
        double[] x = new double[10 * n];
        Arrays.setAll(x, i -> i % 7 - 3);
        x[5 * n + 250_000] = 100;
        x[5 * n + 260_000] = 100;
        x[6 * n + 20] = Double.NaN;
        x[6 * n + 270_000] = Double.NaN;
        Grid.set(a, x);
        for (int reducedRank = 1; reducedRank <= 2; reducedRank++) {
            View b = reducedRank == 1 ? a : a.with(a.layout().slice(0, 0, 6, 1));
            View position = Grid.contiguous(
                    DType.INT64, b.shape().slice(0, 2 - reducedRank).dims());
            View value = Grid.contiguous(
                    DType.FLOAT32, b.shape().slice(0, 2 - reducedRank).dims());
            Reductions.reduce(ReduceOp.ARGMAX, b, reducedRank, position);
            Reductions.reduce(ReduceOp.MAX, b, reducedRank, value);
            int five = reducedRank == 1 ? 5 : 0;
            assertEquals(reducedRank == 1 ? 250_000 : 5 * n + 250_000, Grid.get(position)[five]);
            assertEquals(100, Grid.get(value)[five]);
            if (reducedRank == 1) {
                assertEquals(20, Grid.get(position)[6]);
                assertEquals(Double.NaN, Grid.get(value)[6]);
            }
            Grid.free(position, value);
        }
        View columns = a.with(a.layout().transpose(0, 1).slice(1, 0, 6, 1));
        View sums = Grid.contiguous(DType.FLOAT32, n);
        Reductions.reduce(ReduceOp.SUM, columns, 1, sums);
        double[] expected = new double[n];
        for (int i = 0; i < 6 * n; i++) {
            expected[i % n] += x[i];
        }
        assertArrayEquals(expected, Grid.get(sums));
        Grid.free(a, sums);
    }

    @Test
    void fewLongColumnsInSeveralPieces() {
        int n = 200_000;
        View a = Grid.contiguous(DType.FLOAT64, n, 3);
        double[] x = new double[3 * n];
        Arrays.setAll(x, i -> i % 11 - 4);
        Grid.set(a, x);
        View out = Grid.contiguous(DType.FLOAT64, 3);
        Reductions.reduce(ReduceOp.SUM, a.with(a.layout().transpose(0, 1)), 1, out);
        double[] expected = new double[3];
        for (int i = 0; i < x.length; i++) {
            expected[i % 3] += x[i];
        }
        assertArrayEquals(expected, Grid.get(out));
        Grid.free(a, out);
    }

    /** However long: float lanes take at most 128 elements each before they are added up in double. */
    @Test
    void longSumsAreAsExactAsShortOnes() {
        int n = 3_000_000;
        View a = Grid.contiguous(DType.FLOAT32, n);
        double[] x = new double[n];
        Arrays.setAll(x, i -> (float) (0.1 + i % 3));
        Grid.set(a, x);
        double exact = Arrays.stream(x).sum();
        double bound = exact * (128 + 8) * 0x1p-24;
        for (long[] shape : new long[][] {{n}, {1, n}, {3, n / 3}, {n / 3, 3}, {1000, n / 1000}}) {
            View b = a.with(Layout.contiguous(Shape.of(shape)));
            View c = shape.length == 1 ? b : b.with(b.layout().transpose(0, 1));
            for (View v : new View[] {b, c}) {
                View out = Grid.contiguous(
                        DType.FLOAT32, v.shape().slice(0, shape.length - 1).dims());
                Reductions.reduce(ReduceOp.SUM, v, 1, out);
                assertEquals(
                        exact,
                        Arrays.stream(Grid.get(out)).sum(),
                        bound,
                        v.layout().toString());
                Grid.free(out);
            }
        }
        Grid.free(a);
    }

    @Test
    void noElementsGiveTheIdentity() {
        View a = Grid.contiguous(DType.INT32, 2, 0);
        View out = Grid.contiguous(DType.INT64, 2);
        View truth = Grid.contiguous(DType.BOOL, 2);
        Reductions.reduce(ReduceOp.PROD, a, 1, out);
        assertArrayEquals(new double[] {1, 1}, Grid.get(out));
        Reductions.reduce(ReduceOp.SUM, a, 1, out);
        assertArrayEquals(new double[] {0, 0}, Grid.get(out));
        Reductions.reduce(ReduceOp.ALL, a, 1, truth);
        assertArrayEquals(new double[] {1, 1}, Grid.get(truth));
        Reductions.reduce(ReduceOp.ANY, a, 1, truth);
        assertArrayEquals(new double[] {0, 0}, Grid.get(truth));
        Grid.free(a, out, truth);
    }
}
