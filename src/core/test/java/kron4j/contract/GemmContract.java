package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Layout;
import kron4j.Precision;
import kron4j.Shape;
import kron4j.backend.Backend;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;
import kron4j.reference.DTypes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every backend is held to in GEMMs, called directly. */
public class GemmContract {
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

    /** All of C's storage after the plan, by the definition: its real parts and its imaginary ones. */
    private static double[][] expected(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        double[][] x = Grid.parts(a.storage());
        double[][] y = Grid.parts(b.storage());
        double[][] z = Grid.parts(c.storage());
        double signA = plan.a().conjugated() ? -1 : 1;
        double signB = plan.b().conjugated() ? -1 : 1;
        Complex factor = Complex.of(alpha);
        for (long g = 0; g < plan.batchSize(); g++) {
            long atA = plan.a().offset();
            long atB = plan.b().offset();
            long atC = plan.c().offset();
            long rest = g;
            for (int i = plan.batches().size() - 1; i >= 0; i--) {
                Batch batch = plan.batches().get(i);
                atA += rest % batch.size() * batch.strideA();
                atB += rest % batch.size() * batch.strideB();
                atC += rest % batch.size() * batch.strideC();
                rest /= batch.size();
            }
            for (long i = 0; i < plan.m(); i++) {
                for (long j = 0; j < plan.n(); j++) {
                    double re = 0;
                    double im = 0;
                    for (long p = 0; p < plan.k(); p++) {
                        int left = (int) (atA + at(plan.a(), i, p));
                        int right = (int) (atB + at(plan.b(), p, j));
                        re += x[0][left] * y[0][right] - signA * x[1][left] * signB * y[1][right];
                        im += x[0][left] * signB * y[1][right] + signA * x[1][left] * y[0][right];
                    }
                    int to = (int) (atC + at(plan.c(), i, j));
                    double[] scaled = {factor.re() * re - factor.im() * im, factor.re() * im + factor.im() * re};
                    for (int part = 0; part < 2; part++) {
                        z[part][to] = (beta == 0 ? scaled[part] : scaled[part] + beta * z[part][to]) + NO_SIGNED_ZERO;
                    }
                }
            }
        }
        return new double[][] {Grid.wrapped(c.dtype(), z[0]), z[1]};
    }

    private static long at(Matrix x, long i, long j) {
        return x.transposed() ? j * x.leading() + i : i * x.leading() + j;
    }

    private View random(DType dtype, long size, Random random) {
        return Grid.random(backend, dtype, Layout.contiguous(Shape.of(size)), 3, random);
    }

    /** Small integers, so that every sum is exact in any order. */
    private void check(GemmPlan plan, DType dtype, Number alpha, double beta, long[] sizes, Random random) {
        View a = random(dtype, sizes[0], random);
        View b = random(dtype, sizes[1], random);
        View c = random(dtype, sizes[2], random);
        double[][] expected = expected(plan, alpha, a, b, beta, c);
        backend.gemm(plan, alpha, a, b, beta, c);
        double[][] got = Grid.parts(c.storage());
        for (int part = 0; part < 2; part++) {
            String what = dtype + " " + alpha + " " + beta + " " + plan + ", part " + part;
            assertArrayEquals(expected[part], positiveZeros(got[part]), what);
        }
    }

    private void check(long m, long n, long k, List<Long> batch, DType dtype, Random random) {
        boolean transA = random.nextBoolean();
        boolean transB = random.nextBoolean();
        long lda = (transA ? m : k) + random.nextInt(3);
        long ldb = (transB ? k : n) + random.nextInt(3);
        long ldc = n + random.nextInt(3);
        long sizeA = (transA ? k : m) * lda + random.nextInt(4);
        long sizeB = (transB ? n : k) * ldb + random.nextInt(4);
        long sizeC = m * ldc + random.nextInt(4);
        long offset = random.nextInt(3);
        List<Batch> batches = new ArrayList<>();
        for (long size : batch) {
            boolean sharedA = random.nextInt(4) == 0;
            boolean sharedB = random.nextInt(4) == 0;
            batches.add(0, new Batch(size, sharedA ? 0 : sizeA, sharedB ? 0 : sizeB, sizeC));
            sizeA *= sharedA ? 1 : size;
            sizeB *= sharedB ? 1 : size;
            sizeC *= size;
        }
        GemmPlan plan = new GemmPlan(
                m,
                n,
                k,
                new Matrix(offset, lda, transA, dtype.isComplex() && random.nextInt(3) == 0),
                new Matrix(2, ldb, transB, dtype.isComplex() && random.nextInt(3) == 0),
                new Matrix(1, ldc, false),
                batches);
        double[] scales = {1, 1, -2, 3};
        double[] betas = {0, 0, 1, -2};
        int i = random.nextInt(4);
        long[] sizes = {sizeA + offset + 4, sizeB + 6, sizeC + 5};
        Number scale = dtype.isComplex() && random.nextBoolean() ? new Complex(scales[i], 2) : (Number) scales[i];
        check(plan, dtype, scale, betas[random.nextInt(4)], sizes, random);
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "BOOL")
    void sizesTransposesAndBatches(DType dtype) {
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            int limit = i % 3 == 0 ? 40 : 17;
            List<Long> batch = new ArrayList<>();
            for (int j = random.nextInt(3); j > 0; j--) {
                batch.add(1L + random.nextInt(9));
            }
            check(
                    1 + random.nextInt(limit),
                    1 + random.nextInt(limit),
                    1 + random.nextInt(limit),
                    batch,
                    dtype,
                    random);
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "BOOL")
    void everySmallSize(DType dtype) {
        Random random = new Random(2);
        for (int n = 1; n <= 18; n++) {
            check(n, n, n, List.of(70L), dtype, random);
            check(n, 1, n, List.of(70L), dtype, random);
            check(1, n, n, List.of(70L), dtype, random);
            check(n, n, 1, List.of(7L, 10L), dtype, random);
        }
    }

    /** Whole tiles of rows and vectors. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT64"})
    void smallOnesOfWholeVectors(DType dtype) {
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            int m = 8 * (1 + random.nextInt(4));
            int n = 16 * (1 + random.nextInt(2));
            check(m, n, 1 + random.nextInt(32), List.of(1L + random.nextInt(5), 2L), dtype, random);
        }
    }

    /** Of which one operand is small. */
    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "BOOL")
    void tallAndWideOnes(DType dtype) {
        Random random = new Random(5);
        for (int i = 0; i < 60; i++) {
            int many = 64 + random.nextInt(130);
            int few = 2 + random.nextInt(40);
            int k = 1 + random.nextInt(i % 4 == 0 ? 150 : 50);
            check(i % 3 > 0 ? many : few, i % 3 > 0 ? few : many, k, List.of(1L + i % 5), dtype, random);
        }
    }

    /** Few columns, of sums so long that they are made of pieces. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT64"})
    void narrowAndDeepOnes(DType dtype) {
        Random random = new Random(6);
        for (int i = 0; i < 40; i++) {
            int n = i % 4 == 0 ? 48 : 2 + random.nextInt(31);
            check(64 + random.nextInt(40), n, 250 + random.nextInt(400), List.of(), dtype, random);
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "BOOL")
    void largeOnes(DType dtype) {
        Random random = new Random(3);
        check(150, 130, 170, List.of(), dtype, random);
        check(300, 1, 333, List.of(), dtype, random);
        check(1, 300, 333, List.of(), dtype, random);
        check(1, 1, 5000, List.of(), dtype, random);
        check(2000, 3, 2, List.of(), dtype, random);
        check(70, 80, 90, List.of(3L), dtype, random);
        check(4, 4, 4, List.of(5000L), dtype, random);
    }

    /**
     * Two loops of many small matrices have their addresses in arrays; there TF32 is for what lies at multiples of 16 bytes only. All the sums are
     * exact in float32; rounded to TensorFloat-32 the factors are 1.
     */
    @Test
    void tf32LeavesOddPlacesBehindAddressesInFull() {
        double factor = 1 + 0x1p-13;
        int[][] offsetLeadingStep = {{0, 8, 64}, {1, 8, 64}, {0, 9, 72}, {0, 8, 66}};
        for (int[] place : offsetLeadingStep) {
            for (int operand = 0; operand < 3; operand++) {
                Matrix[] matrices = new Matrix[3];
                long[] steps = new long[3];
                for (int k = 0; k < 3; k++) {
                    int[] its = offsetLeadingStep[0];
                    if (k == operand) {
                        its = place;
                    }
                    matrices[k] = new Matrix(its[0], its[1], false);
                    steps[k] = its[2];
                }
                List<Batch> batches = List.of(
                        new Batch(9, 9 * steps[0], 9 * steps[1], 9 * steps[2]),
                        new Batch(9, steps[0], steps[1], steps[2]));
                GemmPlan plan = new GemmPlan(8, 8, 8, matrices[0], matrices[1], matrices[2], batches);
                double[] values = new double[81 * 72 + 9];
                Arrays.fill(values, factor);
                Layout all = Layout.contiguous(Shape.of(values.length));
                View a = new View(Grid.storage(backend, DType.FLOAT32, values), all);
                Arrays.fill(values, 1);
                View b = new View(Grid.storage(backend, DType.FLOAT32, values), all);
                View c = new View(Grid.storage(backend, DType.FLOAT32, values), all);
                double[] expected = expected(plan, 1, a, b, 0, c)[0];
                try (Precision.Scope fast = Precision.TF32.open()) {
                    backend.gemm(plan, 1, a, b, 0, c);
                }
                double tolerance = place == offsetLeadingStep[0] ? 8 * 0x1p-11 : 0;
                assertArrayEquals(
                        expected,
                        Grid.values(c.storage()),
                        tolerance,
                        Arrays.toString(place) + " of operand " + operand);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "BOOL")
    void emptySizes(DType dtype) {
        Random random = new Random(4);
        Matrix x = new Matrix(0, 5, false);
        for (double beta : new double[] {0, 1, 2}) {
            check(new GemmPlan(4, 5, 0, x, x, x, List.of()), dtype, 1, beta, new long[] {20, 20, 20}, random);
            check(new GemmPlan(0, 5, 3, x, x, x, List.of()), dtype, 1, beta, new long[] {20, 20, 20}, random);
            check(new GemmPlan(4, 0, 3, x, x, x, List.of()), dtype, 1, beta, new long[] {20, 20, 20}, random);
            List<Batch> none = List.of(new Batch(0, 20, 20, 20));
            check(new GemmPlan(4, 5, 5, x, x, x, none), dtype, 1, beta, new long[] {20, 20, 20}, random);
        }
    }

    @Test
    void leadingDimensionsThatBlasDoesNotTake() {
        Random random = new Random(5);
        for (long leading : new long[] {0, 1, 3}) {
            Matrix overlapping = new Matrix(0, leading, false);
            Matrix plain = new Matrix(0, 6, false);
            long[] sizes = {200, 200, 200};
            check(new GemmPlan(6, 6, 6, overlapping, plain, plain, List.of()), DType.FLOAT64, 1, 0, sizes, random);
            check(new GemmPlan(6, 6, 6, plain, overlapping, plain, List.of()), DType.FLOAT32, 1, 1, sizes, random);
            GemmPlan both = new GemmPlan(6, 6, 6, overlapping, overlapping, plain, List.of());
            for (DType dtype : DTypes.complex()) {
                check(both.conjugated(true, false), dtype, new Complex(2, 1), 1, sizes, random);
                check(both.conjugated(false, true), dtype, 1, 0, sizes, random);
            }
        }
        Matrix down = new Matrix(36, -6, true);
        Matrix plain = new Matrix(0, 6, false);
        check(
                new GemmPlan(6, 6, 6, down, plain, plain, List.of()),
                DType.FLOAT64,
                1,
                0,
                new long[] {50, 50, 50},
                random);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "COMPLEX64", "COMPLEX128"})
    void nanAndInfinityPropagate(DType dtype) {
        for (int n : new int[] {1, 2, 4, 7, 16, 20, 90}) {
            for (int columns : new int[] {1, n}) {
                double[] a = new double[n * n];
                double[] b = new double[n * columns];
                double[] c = new double[n * columns];
                a[0] = Double.NaN;
                a[n * n - 1] = Double.POSITIVE_INFINITY;
                Arrays.fill(c, Double.NaN);
                View x = real(dtype, a, n);
                View y = real(dtype, b, columns);
                View z = real(dtype, c, columns);
                GemmPlan plan = new GemmPlan(
                        n,
                        columns,
                        n,
                        new Matrix(0, n, false),
                        new Matrix(0, columns, false),
                        new Matrix(0, columns, false),
                        List.of());
                for (double alpha : new double[] {1, 0}) {
                    backend.gemm(plan, alpha, x, y, 0, z);
                    double[] got = Grid.parts(z.storage())[0];
                    for (int j = 0; j < columns; j++) {
                        assertTrue(Double.isNaN(got[j]), "NaN * 0 at size " + n);
                        assertTrue(Double.isNaN(got[(n - 1) * columns + j]), "infinity * 0 at size " + n);
                    }
                    for (int i = columns; i < (n - 1) * columns; i++) {
                        assertEquals(0, got[i], "C must not be read at size " + n);
                    }
                }
            }
        }
    }

    /** A row-major matrix of real numbers, whatever the dtype. */
    private View real(DType dtype, double[] values, int columns) {
        int parts = dtype.isComplex() ? 2 : 1;
        double[] all = new double[parts * values.length];
        for (int i = 0; i < values.length; i++) {
            all[parts * i] = values[i];
        }
        Layout layout = Layout.contiguous(Shape.of(values.length / columns, columns));
        return new View(Grid.storage(backend, dtype.realPart(), all).as(dtype), layout);
    }

    @Test
    void integersWrapRound() {
        View a = new View(Grid.storage(backend, DType.INT32, 65536, 3), Layout.contiguous(Shape.of(1, 2)));
        View b = new View(Grid.storage(backend, DType.INT32, 65536, 5), Layout.contiguous(Shape.of(2, 1)));
        View c = new View(Grid.storage(backend, DType.INT32, 0), Layout.contiguous(Shape.of(1, 1)));
        Matrix x = new Matrix(0, 2, false);
        Matrix y = new Matrix(0, 1, false);
        backend.gemm(new GemmPlan(1, 1, 2, x, y, y, List.of()), 1, a, b, 0, c);
        assertArrayEquals(new double[] {15}, Grid.read(c));
    }

    @Test
    void refusesBool() {
        View a = Grid.random(backend, DType.BOOL, Layout.contiguous(Shape.of(1, 1)), 1, new Random(1));
        Matrix x = new Matrix(0, 1, false);
        GemmPlan plan = new GemmPlan(1, 1, 1, x, x, x, List.of());
        DTypeException e = assertThrows(DTypeException.class, () -> backend.gemm(plan, 1, a, a, 0, a));
        assertEquals("matmul of bool: convert to a numeric dtype", e.getMessage());
    }
}
