package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import kron4j.Complex;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Scan;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Gradients of running reductions. */
public class ScanGradientContract extends GradientContract {
    @Test
    void sumsAndDifferences() {
        both("cumsum", x -> Scan.cumsum(x[0], 0), uniform(1, 3, 2));
        smooth("cumsum, last axis", x -> Scan.cumsum(x[0], -1), uniform(1, 2, 5));
        both("diff", x -> Scan.diff(x[0], 1, 0), uniform(1, 4, 2));
        smooth("diff, second", x -> Scan.diff(x[0], 2, 1), uniform(1, 2, 5));
        smooth("diff, none", x -> Scan.diff(x[0], 0, 1), uniform(1, 2, 3));
    }

    @Test
    void products() {
        both("cumprod", x -> Scan.cumprod(x[0], 1), uniform(1, 2, 4));
        smooth("cumprod, first axis", x -> Scan.cumprod(x[0], 0), uniform(1, 3, 2));
        smooth("cumprod of zeros", x -> Scan.cumprod(x[0], 0), NDArray.of(new double[] {2, 0, 3, 0, -1}, 5));
        smooth("cumprod of one", x -> Scan.cumprod(x[0], 0), uniform(1, 1));
    }

    @Test
    void extremesAndLogarithms() {
        smooth("cummax", x -> Scan.cummax(x[0], 1).values(), distinct(1, 2, 5));
        smooth("cummin", x -> Scan.cummin(x[0], 0).values(), distinct(2, 4, 2));
        smooth("logcumsumexp", x -> Scan.logcumsumexp(x[0], -1), uniform(1, 2, 4));
        smooth("logcumsumexp, first axis", x -> Scan.logcumsumexp(x[0], 0), between(1, -9, 9, 3, 2));
    }

    @Test
    void logarithmsOfWhatExpCannotHold() {
        double inf = Double.POSITIVE_INFINITY;
        Tensor x = Tensor.of(new double[] {-inf, -2000, 1000, 1000, -inf}).requiresGrad();
        Tensor g = Gradients.of(Scan.logcumsumexp(x, 0).slice(0, 1, 5).sum(), x).get(0);
        close(NDArray.of(new double[] {0, 1, 2, 1, 0}, 5), g, 4 * 1000 * 0x1p-53); // exponents of a thousand, rounded
        Tensor z = Tensor.of(new double[] {0, inf, 1}).requiresGrad();
        assertArrayEquals(
                new double[] {1, Double.NaN, 0},
                Gradients.of(Scan.logcumsumexp(z, 0).sum(), z).get(0).toDoubleArray());
        Tensor none = Tensor.of(new double[] {-inf, -inf}).requiresGrad();
        assertArrayEquals(
                new double[2],
                Gradients.of(Scan.logcumsumexp(none, 0).sum(), none).get(0).toDoubleArray());
    }

    @Test
    void ofNothing() {
        for (int axis = 0; axis < 2; axis++) {
            int a = axis;
            once("cumsum of nothing", x -> Scan.cumsum(x[0], a), uniform(1, 0, 2));
            once("cumprod of nothing", x -> Scan.cumprod(x[0], a), uniform(1, 0, 2));
            once("logcumsumexp of nothing", x -> Scan.logcumsumexp(x[0], a), uniform(1, 0, 2));
            once("cummax of nothing", x -> Scan.cummax(x[0], a).values(), uniform(1, 0, 2));
        }
    }

    /** A chain of products that overflow between zeros passes no NaN back. */
    @Test
    void productsOfLargeNumbersAfterZeros() {
        double[] values = new double[2000];
        java.util.Arrays.fill(values, 1e300);
        values[0] = 0;
        Tensor x = Tensor.of(values).requiresGrad();
        assertArrayEquals(new double[2000], Scan.cumprod(x, 0).toDoubleArray());
        Tensor first = Scan.cumprod(x, 0).slice(0, 0, 1).sum();
        double[] expected = new double[2000];
        expected[0] = 1;
        assertArrayEquals(expected, Gradients.of(first, x).get(0).toDoubleArray());
    }

    /** Lines that take several tiles and several chunks; all numbers are whole. */
    @Test
    void longProducts() {
        for (long[] shape : new long[][] {{8200}, {300, 33}, {2, 1500}}) {
            for (int axis = 0; axis < shape.length; axis++) {
                int a = axis;
                for (DType dtype : FLOATING) {
                    Tensor ones = Tensor.ones(dtype, shape).requiresGrad();
                    Tensor g =
                            Gradients.of(Scan.cumprod(ones, axis).sum(), ones).get(0);
                    same(NDArray.generate(shape, i -> shape[a] - i[a]), g);
                }
                for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
                    Tensor z = Tensor.full(dtype, new Complex(0, 1), shape).requiresGrad();
                    Tensor g =
                            Gradients.of(Scan.cumprod(z, axis).real().sum(), z).get(0);
                    int n = (int) shape[a];
                    double[][] expected = new double[2][n];
                    double re = 0;
                    double im = 0;
                    for (int i = n - 1; i >= 0; i--) {
                        double next = 1 + im; // w = 1 - i w
                        im = -re;
                        re = next;
                        int quarter = (4 - i % 4) % 4; // times conj(i^i)
                        expected[0][i] = new double[] {re, -im, -re, im}[quarter];
                        expected[1][i] = new double[] {im, re, -im, -re}[quarter];
                    }
                    close(NDArray.generate(shape, i -> expected[0][(int) i[a]]), g.real(), Double.MIN_VALUE);
                    close(NDArray.generate(shape, i -> expected[1][(int) i[a]]), g.imag(), Double.MIN_VALUE);
                }
            }
        }
    }

    @Test
    void halves() {
        for (DType dtype : new DType[] {DType.FLOAT16, DType.BFLOAT16}) {
            Tensor x = Tensor.of(new float[] {1, 2, 3}).to(dtype).requiresGrad();
            assertArrayEquals(
                    new double[] {3, 2, 1},
                    Gradients.of(Scan.cumsum(x, 0).sum(), x).get(0).toDoubleArray());
            assertArrayEquals(
                    new double[] {9, 4, 2},
                    Gradients.of(Scan.cumprod(x, 0).sum(), x).get(0).toDoubleArray());
        }
    }
}
