package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Backend;
import kron4j.backend.View;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every backend is held to in sums of products and Kronecker products: views of any layout, called directly. */
public class SumProductContract {
    /** Adding it turns -0 into 0, as the sign of a zero sum is free. */
    private static final double NO_SIGNED_ZERO = 0.0;

    private Backend backend;

    @BeforeEach
    final void takeBackend() {
        backend = DeviceUnderTest.chosen().device().backend();
    }

    private static double[] positiveZeros(double[] x) {
        return Arrays.stream(x).map(v -> v + NO_SIGNED_ZERO).toArray();
    }

    /** All real and imaginary parts of the result's storage, by the definition. */
    private static double[][] expected(Number alpha, List<View> operands, View out) {
        double[][] all = Grid.parts(out.storage());
        double[][][] values =
                operands.stream().map(v -> Grid.parts(v.storage())).toArray(double[][][]::new);
        Complex factor = Complex.of(alpha);
        long inner = out.shape().size() == 0
                ? 0
                : operands.get(0).shape().size() / out.shape().size();
        for (long i = 0; i < out.shape().size(); i++) {
            double re = 0;
            double im = 0;
            for (long j = 0; j < inner; j++) {
                double x = 1;
                double y = 0;
                for (int k = 0; k < values.length; k++) {
                    int at = (int) Grid.position(operands.get(k).layout(), i * inner + j);
                    double next = x * values[k][0][at] - y * values[k][1][at];
                    y = x * values[k][1][at] + y * values[k][0][at];
                    x = next;
                }
                re += x;
                im += y;
            }
            double scaled = factor.re() * re - factor.im() * im;
            int to = (int) Grid.position(out.layout(), i);
            all[0][to] = out.dtype() == DType.BOOL ? (scaled != 0 ? 1 : 0) : scaled + NO_SIGNED_ZERO;
            all[1][to] = factor.re() * im + factor.im() * re + NO_SIGNED_ZERO;
        }
        return new double[][] {Grid.wrapped(out.dtype(), all[0]), all[1]};
    }

    private void check(Number alpha, List<View> operands, int reducedRank, View out) {
        double[][] expected = expected(alpha, operands, out);
        backend.sumProduct(alpha, operands, reducedRank, out);
        same(
                expected,
                out,
                () -> out.dtype() + " " + operands.stream().map(View::layout).toList() + " to " + out.layout());
    }

    private static void same(double[][] expected, View out, Supplier<String> what) {
        double[][] got = Grid.parts(out.storage());
        assertArrayEquals(expected[0], positiveZeros(got[0]), what);
        assertArrayEquals(expected[1], positiveZeros(got[1]), () -> what.get() + ", imaginary parts");
    }

    private static Number factor(DType dtype, double re, Random random) {
        return dtype.isComplex() && random.nextBoolean() ? new Complex(re, 3) : (Number) re;
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void anyLayouts(DType dtype) {
        Random random = new Random(1);
        for (int i = 0; i < 400; i++) {
            int rank = random.nextInt(6);
            int reduced = random.nextInt(rank + 1);
            int limit = rank < 2 ? 3000 : rank < 3 ? 90 : rank < 5 ? 9 : 5;
            Shape shape = Grid.shape(rank, limit, random);
            List<View> operands = new ArrayList<>();
            for (int k = 1 + random.nextInt(4); k > 0; k--) {
                Shape own = shape;
                for (int axis = 0; axis < rank; axis++) {
                    own = random.nextInt(3) == 0 ? own.with(axis, 1) : own;
                }
                operands.add(
                        Grid.random(backend, dtype, Grid.scattered(own, random).expand(shape), 3, random));
            }
            View out = Grid.random(backend, dtype, Grid.scattered(shape.slice(0, rank - reduced), random), 3, random);
            check(factor(dtype, random.nextBoolean() ? 1 : -2, random), operands, reduced, out);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void largeOnes(DType dtype) {
        Random random = new Random(2);
        for (Shape shape : List.of(Shape.of(700, 300), Shape.of(3, 70001), Shape.of(70001, 3))) {
            for (int turned = 0; turned < 2; turned++) {
                Layout layout = Layout.contiguous(shape);
                layout = turned == 0 ? layout : layout.reverse();
                View a = Grid.random(backend, dtype, layout, 3, random);
                View b = Grid.random(backend, dtype, layout, 3, random);
                for (int reduced = 0; reduced <= 2; reduced++) {
                    Shape kept = layout.shape().slice(0, 2 - reduced);
                    View out = Grid.random(backend, dtype, Layout.contiguous(kept), 3, random);
                    check(1, List.of(a), reduced, out);
                    check(3, List.of(a, b), reduced, out);
                }
            }
        }
    }

    /** Two operands: rows, columns, batch and terms of several axes each, some of which only one operand has. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void contractionsOfAnyAxes(DType dtype) {
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            int kept = 2 + random.nextInt(4);
            int reduced = 1 + random.nextInt(2);
            Shape shape = Grid.shape(kept + reduced, 7, random);
            Shape a = shape;
            Shape b = shape;
            for (int axis = 0; axis < kept + reduced; axis++) {
                int users = axis < 2 ? axis : random.nextInt(axis < kept ? 3 : 5);
                a = users == 0 ? a.with(axis, 1) : a;
                b = users == 1 ? b.with(axis, 1) : b;
            }
            contract(dtype, shape, a, b, kept, random);
        }
    }

    /** What is larger than a tile, has long sums of few elements, or both. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void largeContractions(DType dtype) {
        Random random = new Random(8);
        for (long[] sizes : new long[][] {{1, 150, 140, 20}, {1, 10, 150, 700}, {2, 70, 20, 1500}, {3, 20, 18, 300}}) {
            Shape shape = Shape.of(sizes);
            contract(dtype, shape, shape.with(2, 1), shape.with(1, 1), 3, random);
        }
    }

    private void contract(DType dtype, Shape shape, Shape a, Shape b, int kept, Random random) {
        Layout x = Grid.scattered(a, random).expand(shape);
        Layout y = Grid.scattered(b, random).expand(shape);
        check(
                factor(dtype, random.nextBoolean() ? 1 : 2, random),
                List.of(Grid.random(backend, dtype, x, 3, random), Grid.random(backend, dtype, y, 3, random)),
                shape.rank() - kept,
                Grid.random(backend, dtype, Grid.scattered(shape.slice(0, kept), random), 3, random));
    }

    /** More than one kernel takes. */
    @Test
    void manyOperands() {
        Random random = new Random(9);
        for (int count : new int[] {8, 9, 20}) {
            Shape shape = Shape.of(3, 5, 7);
            List<View> operands = new ArrayList<>();
            for (int k = 0; k < count; k++) {
                Shape own = shape.with(k % 3, 1);
                operands.add(Grid.random(
                        backend, DType.INT64, Grid.scattered(own, random).expand(shape), 2, random));
            }
            check(3, operands, 2, Grid.random(backend, DType.INT64, Layout.contiguous(Shape.of(3)), 2, random));
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void emptyAndScalar(DType dtype) {
        Random random = new Random(3);
        View none = Grid.random(backend, dtype, Layout.contiguous(Shape.of(2, 0)), 3, random);
        View two = Grid.random(backend, dtype, Layout.contiguous(Shape.of(2)), 3, random);
        backend.sumProduct(1, List.of(none, none), 1, two);
        assertArrayEquals(new double[2], Arrays.copyOf(Grid.parts(two.storage())[0], 2));
        View nothing = none.with(Layout.contiguous(Shape.of(0, 2)));
        backend.sumProduct(1, List.of(nothing), 1, none.with(Layout.contiguous(Shape.of(0))));
        View scalar = Grid.random(backend, dtype, Layout.contiguous(Shape.SCALAR), 3, random);
        check(2, List.of(scalar, scalar), 0, Grid.random(backend, dtype, Layout.contiguous(Shape.SCALAR), 3, random));
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void longSumsStayAccurate(DType dtype) {
        int n = 1 << 20;
        double[] x = new double[n];
        Random random = new Random(4);
        double[] squares = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = dtype == DType.FLOAT32 ? (float) random.nextDouble() : random.nextDouble();
            squares[i] = x[i] * x[i];
        }
        for (int width = n; width > 1; width /= 2) {
            for (int i = 0; i < width / 2; i++) {
                squares[i] = squares[2 * i] + squares[2 * i + 1];
            }
        }
        double sum = squares[0];
        View a = new View(Grid.storage(backend, dtype, x), Layout.contiguous(Shape.of(n)));
        View out = new View(backend.allocate(dtype, 1), Layout.contiguous(Shape.SCALAR));
        backend.sumProduct(1, List.of(a, a), 1, out);
        // Pairwise or in blocks: far below n * eps, which a plain loop would come near.
        assertEquals(sum, Grid.read(out)[0], 64 * dtype.epsilon() * sum);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "COMPLEX64", "COMPLEX128"})
    void nanAndInfinityPropagate(DType dtype) {
        View a = new View(
                Grid.storage(backend, dtype, Double.NaN, 1, Double.POSITIVE_INFINITY, 1),
                Layout.contiguous(Shape.of(2, 2)));
        View zero = new View(Grid.storage(backend, dtype, 0), Layout.of(Shape.of(2, 2), new long[] {0, 0}, 0));
        View out = new View(backend.allocate(dtype, 2), Layout.contiguous(Shape.of(2)));
        backend.sumProduct(1, List.of(a, zero), 1, out);
        double[] sums = Grid.parts(out.storage())[0];
        assertTrue(Double.isNaN(sums[0]) && Double.isNaN(sums[1]));
    }

    @Test
    void kronOfAnyLayouts() {
        Random random = new Random(5);
        for (DType dtype : DType.values()) {
            if (dtype.isHalf()) {
                continue;
            }
            for (int i = 0; i < 150; i++) {
                int rank = random.nextInt(4);
                Shape sizesA = Grid.shape(rank, rank < 2 ? 60 : 8, random);
                Shape sizesB = Grid.shape(rank, rank < 2 ? 60 : 8, random);
                long[] product = new long[rank];
                Arrays.setAll(product, d -> sizesA.at(d) * sizesB.at(d));
                View a = Grid.random(backend, dtype, Grid.scattered(sizesA, random), 9, random);
                View b = Grid.random(backend, dtype, Grid.scattered(sizesB, random), 9, random);
                Layout layout = Grid.scattered(Shape.of(product), random);
                View out = Grid.random(backend, dtype, layout, 9, random);
                double[][] expected = Grid.parts(out.storage());
                double[][] x = Grid.parts(a.storage());
                double[][] y = Grid.parts(b.storage());
                for (long e = 0; e < layout.size(); e++) {
                    long atA = a.layout().offset();
                    long atB = b.layout().offset();
                    long rest = e;
                    for (int d = rank - 1; d >= 0; d--) {
                        long at = rest % product[d];
                        atA += at / sizesB.at(d) * a.layout().stride(d);
                        atB += at % sizesB.at(d) * b.layout().stride(d);
                        rest /= product[d];
                    }
                    int at = (int) Grid.position(layout, e);
                    double re = x[0][(int) atA];
                    double im = x[1][(int) atA];
                    expected[0][at] = re * y[0][(int) atB] - im * y[1][(int) atB] + NO_SIGNED_ZERO;
                    expected[1][at] = re * y[1][(int) atB] + im * y[0][(int) atB] + NO_SIGNED_ZERO;
                }
                backend.kron(a, b, out);
                expected[0] = Grid.wrapped(dtype, expected[0]);
                same(expected, out, () -> dtype + " " + a.layout() + " by " + b.layout() + " to " + layout);
            }
        }
    }

    @Test
    void theSameWhateverTheLayoutOfThreads() {
        Random random = new Random(6);
        double[] x = Stream.generate(random::nextGaussian)
                .limit(300000)
                .mapToDouble(d -> d)
                .toArray();
        View a = new View(Grid.storage(backend, DType.FLOAT64, x), Layout.contiguous(Shape.of(300000)));
        View out = new View(backend.allocate(DType.FLOAT64, 1), Layout.contiguous(Shape.SCALAR));
        backend.sumProduct(1, List.of(a, a), 1, out);
        double first = Grid.read(out)[0];
        for (int i = 0; i < 20; i++) {
            backend.sumProduct(1, List.of(a, a), 1, out);
            assertEquals(first, Grid.read(out)[0]);
        }
    }
}
