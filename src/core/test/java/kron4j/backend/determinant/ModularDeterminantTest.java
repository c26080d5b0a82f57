package kron4j.backend.determinant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ModularDeterminantTest {
    private static BigInteger determinant(double[] a, int n, int exponent) {
        ModularDeterminant modular = new ModularDeterminant(a, n, 1);
        return modular.integer(Ranges.SERIAL)[0].shiftLeft((int) modular.gridExponent() - exponent);
    }

    /** Rows of a triangular matrix in any order: every elimination meets zeros where a pivot should be. */
    @Test
    void theProductOfTheDiagonalAndTheOrderOfRows() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 60; round++) {
            int n = random.nextInt(1, 9);
            double[] a = new double[n * n];
            BigInteger expected = BigInteger.ONE;
            for (int i = 0; i < n; i++) {
                for (int j = i; j < n; j++) {
                    long digits = random.nextLong(1, 1L << 53) * (random.nextBoolean() ? 1 : -1);
                    int exponent = random.nextInt(0, 300);
                    a[i * n + j] = Math.scalb((double) digits, exponent);
                    expected = i == j
                            ? expected.multiply(BigInteger.valueOf(digits).shiftLeft(exponent))
                            : expected;
                }
            }
            for (int i = 0; i < n; i++) {
                int other = random.nextInt(i, n);
                for (int j = 0; j < n && other != i; j++) {
                    double kept = a[i * n + j];
                    a[i * n + j] = a[other * n + j];
                    a[other * n + j] = kept;
                }
                expected = other == i ? expected : expected.negate();
            }
            assertEquals(expected, determinant(a, n, 0), "round " + round);
        }
    }

    /** Hadamard's bound is reached, so that no modulus may be missing: 16 rows at right angles, of numbers of one size. */
    @Test
    void theLargestDeterminantThatThereIs() {
        int n = 16;
        double size = (1L << 53) - 1;
        double[] a = new double[n * n];
        for (int i = 0; i < n * n; i++) {
            a[i] = Integer.bitCount(i / n & i % n) % 2 == 0 ? size : -size;
        }
        BigInteger expected = BigInteger.valueOf((1L << 53) - 1).pow(n).shiftLeft(32);
        assertEquals(expected, determinant(a, n, 0).abs());
    }

    @Test
    void subnormalAndSingularMatrices() {
        double tiny = Double.MIN_VALUE;
        assertEquals(BigInteger.valueOf(-2), determinant(new double[] {tiny, 2 * tiny, 3 * tiny, 4 * tiny}, 2, -2148));
        assertEquals(BigInteger.ZERO, determinant(new double[] {1, 2, 2, 4}, 2, 0));
        assertEquals(BigInteger.valueOf(-15), determinant(new double[] {0, 3, 5, 0}, 2, 0));
    }
}
