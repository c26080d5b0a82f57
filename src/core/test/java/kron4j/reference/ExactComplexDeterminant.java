package kron4j.reference;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/** The determinant of a matrix of complex numbers in exact arithmetic (Bareiss), its direction and its logarithm. */
public record ExactComplexDeterminant(double re, double im, double logAbs) {
    private static final MathContext DIGITS = new MathContext(80);

    private record Gaussian(BigInteger re, BigInteger im) {
        Gaussian times(Gaussian x) {
            return new Gaussian(
                    re.multiply(x.re).subtract(im.multiply(x.im)),
                    re.multiply(x.im).add(im.multiply(x.re)));
        }

        Gaussian minus(Gaussian x) {
            return new Gaussian(re.subtract(x.re), im.subtract(x.im));
        }

        /** By a divisor. */
        Gaussian over(Gaussian x) {
            BigInteger square = x.re.multiply(x.re).add(x.im.multiply(x.im));
            Gaussian product = times(new Gaussian(x.re, x.im.negate()));
            return new Gaussian(product.re.divide(square), product.im.divide(square));
        }

        boolean isZero() {
            return re.signum() == 0 && im.signum() == 0;
        }
    }

    /** Of a finite square matrix, row-major, of real and imaginary parts in turn. */
    public static ExactComplexDeterminant of(double[] matrix, int n) {
        int digits = 0;
        for (double x : matrix) {
            digits = Math.max(digits, new BigDecimal(x).scale());
        }
        Gaussian[][] a = new Gaussian[n][n];
        double[] real = new double[4 * n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double x = matrix[2 * (i * n + j)];
                double y = matrix[2 * (i * n + j) + 1];
                a[i][j] = new Gaussian(whole(x, digits), whole(y, digits));
                real[i * 2 * n + j] = x;
                real[i * 2 * n + j + n] = -y;
                real[(i + n) * 2 * n + j] = y;
                real[(i + n) * 2 * n + j + n] = x;
            }
        }
        Gaussian det = bareiss(a);
        if (det.isZero()) {
            return new ExactComplexDeterminant(0, 0, Double.NEGATIVE_INFINITY);
        }
        BigDecimal size = new BigDecimal(det.re.multiply(det.re).add(det.im.multiply(det.im))).sqrt(DIGITS);
        return new ExactComplexDeterminant(
                new BigDecimal(det.re).divide(size, DIGITS).doubleValue(),
                new BigDecimal(det.im).divide(size, DIGITS).doubleValue(),
                ExactDeterminant.of(real, 2 * n).logAbs() / 2);
    }

    private static BigInteger whole(double x, int digits) {
        return new BigDecimal(x).setScale(digits).unscaledValue();
    }

    private static Gaussian bareiss(Gaussian[][] a) {
        int n = a.length;
        Gaussian previous = new Gaussian(BigInteger.ONE, BigInteger.ZERO);
        boolean negative = false;
        for (int k = 0; k < n - 1; k++) {
            int pivot = k;
            while (pivot < n && a[pivot][k].isZero()) {
                pivot++;
            }
            if (pivot == n) {
                return a[k][k];
            }
            if (pivot != k) {
                Gaussian[] row = a[k];
                a[k] = a[pivot];
                a[pivot] = row;
                negative = !negative;
            }
            for (int i = k + 1; i < n; i++) {
                for (int j = k + 1; j < n; j++) {
                    a[i][j] =
                            a[i][j].times(a[k][k]).minus(a[i][k].times(a[k][j])).over(previous);
                }
            }
            previous = a[k][k];
        }
        Gaussian det = n == 0 ? previous : a[n - 1][n - 1];
        return negative ? new Gaussian(det.re.negate(), det.im.negate()) : det;
    }
}
