package kron4j.reference;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/** The determinant of a matrix of doubles in exact arithmetic (Bareiss), and its logarithm to 60 digits. */
public final class ExactDeterminant {
    private static final MathContext DIGITS = new MathContext(80);
    private static final BigDecimal LN_10 = lnNearOne(new BigDecimal("1.25"))
            .add(lnNearOne(new BigDecimal("0.5")).multiply(BigDecimal.valueOf(-3)));

    private final BigInteger unscaled;
    private final int scale;

    private ExactDeterminant(BigInteger unscaled, int scale) {
        this.unscaled = unscaled;
        this.scale = scale;
    }

    /** Of a finite square matrix, row-major: every double is an integer over a power of ten. */
    public static ExactDeterminant of(double[] matrix, int n) {
        int digits = 0;
        for (double x : matrix) {
            digits = Math.max(digits, new BigDecimal(x).scale());
        }
        BigInteger[][] a = new BigInteger[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                a[i][j] = new BigDecimal(matrix[i * n + j]).setScale(digits).unscaledValue();
            }
        }
        return new ExactDeterminant(bareiss(a), digits * n);
    }

    private static BigInteger bareiss(BigInteger[][] a) {
        int n = a.length;
        BigInteger previous = BigInteger.ONE;
        int sign = 1;
        for (int k = 0; k < n - 1; k++) {
            int pivot = k;
            while (pivot < n && a[pivot][k].signum() == 0) {
                pivot++;
            }
            if (pivot == n) {
                return BigInteger.ZERO;
            }
            if (pivot != k) {
                BigInteger[] row = a[k];
                a[k] = a[pivot];
                a[pivot] = row;
                sign = -sign;
            }
            for (int i = k + 1; i < n; i++) {
                for (int j = k + 1; j < n; j++) {
                    a[i][j] = a[i][j].multiply(a[k][k])
                            .subtract(a[i][k].multiply(a[k][j]))
                            .divide(previous);
                }
            }
            previous = a[k][k];
        }
        return n == 0 ? BigInteger.ONE : a[n - 1][n - 1].multiply(BigInteger.valueOf(sign));
    }

    public int sign() {
        return unscaled.signum();
    }

    /** The double nearest to log|det|. */
    public double logAbs() {
        if (sign() == 0) {
            return Double.NEGATIVE_INFINITY;
        }
        BigDecimal value = new BigDecimal(unscaled.abs());
        int power = value.precision();
        BigDecimal fraction = value.movePointLeft(power);
        // In [0.1, 1): to [0.5, 1] by halving the logarithm's work with exact doublings.
        BigDecimal doublings = BigDecimal.ZERO;
        while (fraction.compareTo(new BigDecimal("0.5")) < 0) {
            fraction = fraction.add(fraction);
            doublings = doublings.add(BigDecimal.ONE);
        }
        BigDecimal ln = lnNearOne(fraction)
                .add(doublings.multiply(lnNearOne(new BigDecimal("0.5"))))
                .add(LN_10.multiply(BigDecimal.valueOf(power - (long) scale)));
        return ln.doubleValue();
    }

    /** 2 atanh((x-1)/(x+1)) by its series. */
    private static BigDecimal lnNearOne(BigDecimal x) {
        BigDecimal t = x.subtract(BigDecimal.ONE).divide(x.add(BigDecimal.ONE), DIGITS);
        BigDecimal square = t.multiply(t, DIGITS);
        BigDecimal term = t;
        BigDecimal sum = BigDecimal.ZERO;
        for (int k = 1; term.signum() != 0 && term.abs().compareTo(BigDecimal.ONE.movePointLeft(78)) > 0; k += 2) {
            sum = sum.add(term.divide(BigDecimal.valueOf(k), DIGITS));
            term = term.multiply(square, DIGITS);
        }
        return sum.add(sum);
    }
}
