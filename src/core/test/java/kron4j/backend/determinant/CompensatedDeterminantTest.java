package kron4j.backend.determinant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import kron4j.reference.ExactDeterminant;
import org.junit.jupiter.api.Test;

/** The decisions of {@link CompensatedDeterminant}, each at its edge, and its results beside exact arithmetic. */
class CompensatedDeterminantTest {
    private static final double U = 0x1p-53;

    @Test
    void anErrorOfHalfAnUlpIsEnough() {
        for (double log : new double[] {1, -1, 3.5, -700}) {
            double half = U * Math.abs(log);
            assertTrue(CompensatedDeterminant.isEnough(half, log));
            assertFalse(CompensatedDeterminant.isEnough(Math.nextUp(half), log));
        }
        assertTrue(CompensatedDeterminant.isEnough(0, 0));
        assertFalse(CompensatedDeterminant.isEnough(Double.MIN_VALUE, 0));
    }

    @Test
    void theOnlyIntegerWithinTheError() {
        assertEquals(3, integer(3, 0));
        assertEquals(3, integer(3.2, 0));
        assertEquals(3, integer(2.9, 0.04));
        assertEquals(0, integer(2.9, 0.06), "within 0.28 of 3: too near to the limit");
        assertEquals(0, integer(2.5, 0), "no integer within the error");
        assertEquals(0, integer(2.5, 0.3), "two integers within the error");
        assertEquals(0, integer(0.5, 0));
        assertEquals(1, integer(0.9, 0));
        assertEquals(0, integer(0.2, 0), "no determinant that is not zero");
        assertEquals(1L << 50, integer(0x1p50, 0));
        assertEquals(0, integer(0x1p51, 0), "above 2^50");
        assertEquals(0, CompensatedDeterminant.onlyInteger(1, 0.3, 0, 0), "the low part counts");
        assertEquals(0, CompensatedDeterminant.onlyInteger(1, 0, -2, 0));
    }

    /** A positive number as the product of pivots gives it: a mantissa in [sqrt(1/2), sqrt(2)] and an exponent. */
    private static long integer(double x, double error) {
        int exponent = (int) Math.rint(Math.log(x) / Math.log(2));
        return CompensatedDeterminant.onlyInteger(Math.scalb(x, -exponent), 0, exponent, error);
    }

    @Test
    void theBoundHoldsBesideExactArithmetic() {
        SplittableRandom random = new SplittableRandom(1);
        int bounded = 0;
        for (int round = 0; round < 400; round++) {
            int n = random.nextInt(1, 7);
            double[] a = nearlySingular(random, n, Math.scalb(1, -random.nextInt(0, 50)));
            DoubleDoubleLu lu = new DoubleDoubleLu(a.clone(), n, Ranges.SERIAL);
            double bound = lu.logError();
            if (bound < Double.POSITIVE_INFINITY) {
                bounded++;
                ExactDeterminant exact = ExactDeterminant.of(a, n);
                assertEquals(exact.sign(), lu.isNegative() ? -1 : 1);
                double log = lu.exponent() * Math.log(2) + Math.log(lu.mantissaHigh()) + lu.mantissaLow();
                double rounding = 4 * U * (Math.abs(log) + 1);
                assertEquals(exact.logAbs(), log, bound + rounding);
            }
        }
        assertTrue(bounded > 250, bounded + " of 400 matrices had a bound");
    }

    /** The bound must cover 15 u^2 for each of the operations on pairs that an element sees, although most round far better. */
    @Test
    void theBoundCoversTheWorstRounding() {
        for (int n = 1; n <= 3; n++) {
            double[] identity = new double[n * n];
            for (int i = 0; i < n; i++) {
                identity[i * (n + 1)] = 1;
            }
            assertTrue(new DoubleDoubleLu(identity, n, Ranges.SERIAL).logError() >= 15.0 * n * U * U, "n=" + n);
        }
    }

    /** The documented bound, computed from L and U that are known: A = L U is exact, and has no larger pivot anywhere. */
    @Test
    void theBoundIsTheDocumentedOne() {
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < 200; round++) {
            int n = random.nextInt(1, 8);
            double[][] l = new double[n][n];
            double[][] u = new double[n][n];
            for (int i = 0; i < n; i++) {
                l[i][i] = 1;
                u[i][i] = random.nextInt(1, 5) * (random.nextBoolean() ? 0.5 : -0.5);
                for (int j = 0; j < i; j++) {
                    l[i][j] = random.nextInt(-4, 5) / 8.0;
                    u[j][i] = random.nextInt(-4, 5) / 4.0;
                }
            }
            double[] a = new double[n * n];
            double[] bound = new double[n];
            for (int i = 0; i < n; i++) {
                for (int k = 0; k <= i; k++) {
                    for (int j = k; j < n; j++) {
                        a[i * n + j] += l[i][k] * u[k][j];
                        bound[i] += Math.abs(l[i][k] * u[k][j]);
                    }
                }
            }
            bound = absolute(lowerInverse(l), bound);
            double[][] w = new double[n][n];
            for (int i = 0; i < n; i++) {
                bound[i] /= Math.abs(u[i][i]);
                for (int j = 0; j < n; j++) {
                    w[n - 1 - i][n - 1 - j] = u[i][j] / u[i][i]; // turned round, it is lower triangular
                }
            }
            double[] turned = new double[n];
            for (int i = 0; i < n; i++) {
                turned[i] = bound[n - 1 - i];
            }
            double norm = 0;
            for (double x : absolute(lowerInverse(w), turned)) {
                norm = Math.max(norm, x);
            }
            double unit = 32.0 * (n + 2) * U * U;
            double expected = 1.5 * n * 1.01 * unit * norm + unit;
            assertEquals(expected, new DoubleDoubleLu(a, n, Ranges.SERIAL).logError(), 1e-6 * expected);
        }
    }

    /** The inverse of a unit lower triangular matrix, column by column. */
    private static double[][] lowerInverse(double[][] t) {
        int n = t.length;
        double[][] inverse = new double[n][n];
        for (int j = 0; j < n; j++) {
            for (int i = j; i < n; i++) {
                double sum = i == j ? 1 : 0;
                for (int k = j; k < i; k++) {
                    sum -= t[i][k] * inverse[k][j];
                }
                inverse[i][j] = sum;
            }
        }
        return inverse;
    }

    private static double[] absolute(double[][] a, double[] v) {
        double[] result = new double[v.length];
        for (int i = 0; i < v.length; i++) {
            for (int j = 0; j < v.length; j++) {
                result[i] += Math.abs(a[i][j]) * v[j];
            }
        }
        return result;
    }

    /** Without the largest pivot, the small ones in front would cost all digits and with them the bound. */
    @Test
    void theLargestPivotIsTaken() {
        for (double small : new double[] {0x1p-200, -0x1p-300}) {
            double[] a = {small, 1, 2, 1, 3, 5, -4, small, 1};
            DoubleDoubleLu lu = new DoubleDoubleLu(a.clone(), 3, Ranges.SERIAL);
            double error = lu.logError();
            assertTrue(
                    error < 0x1p-80,
                    () -> "" + error); // u^2 = 2^-106 times some thousands; without exchanges 2^94 and more
            assertEquals(ExactDeterminant.of(a, 3).sign(), lu.isNegative() ? -1 : 1);
        }
    }

    @Test
    void rightToTwoUlpForEveryKindOfMatrix() {
        SplittableRandom random = new SplittableRandom(2);
        for (int round = 0; round < 400; round++) {
            int n = random.nextInt(1, 7);
            double[] a = switch (round % 5) {
                case 0 -> nearlySingular(random, n, Math.scalb(1, -random.nextInt(0, 60)));
                case 1 -> integers(random, n);
                case 2 -> graded(random, n);
                case 3 -> nearIdentity(random, n);
                default -> nearlySingular(random, n, 0);
            };
            ExactDeterminant exact = ExactDeterminant.of(a, n);
            CompensatedDeterminant found = CompensatedDeterminant.of(a, n, Ranges.SERIAL);
            assertEquals(exact.sign(), found.sign());
            if (exact.sign() == 0) {
                assertEquals(Double.NEGATIVE_INFINITY, found.logAbs());
            } else {
                assertEquals(exact.logAbs(), found.logAbs(), 2 * Math.ulp(exact.logAbs()), "round " + round);
            }
        }
    }

    /** The last row is a combination of the others, but for a random part of this size. */
    private static double[] nearlySingular(SplittableRandom random, int n, double distance) {
        double[] a = new double[n * n];
        for (int i = 0; i < (n - 1) * n; i++) {
            a[i] = random.nextInt(-1024, 1025) / 1024.0;
        }
        for (int i = 0; i < n - 1; i++) {
            double factor = random.nextInt(-4, 5);
            for (int j = 0; j < n; j++) {
                a[(n - 1) * n + j] += factor * a[i * n + j];
            }
        }
        for (int j = 0; j < n; j++) {
            a[(n - 1) * n + j] += distance * random.nextDouble(-1, 1);
        }
        return a;
    }

    private static double[] integers(SplittableRandom random, int n) {
        double[] a = new double[n * n];
        for (int i = 0; i < a.length; i++) {
            a[i] = random.nextInt(-3, 4);
        }
        return a;
    }

    /** Its logarithm is so small that the low parts of the product of pivots are what is left of it. */
    private static double[] nearIdentity(SplittableRandom random, int n) {
        double[] a = new double[n * n];
        for (int i = 0; i < a.length; i++) {
            a[i] = Math.scalb(random.nextInt(-8, 9), -random.nextInt(20, 40));
        }
        for (int i = 0; i < n; i++) {
            a[i * (n + 1)] += 1;
        }
        return a;
    }

    private static double[] graded(SplittableRandom random, int n) {
        double[] a = new double[n * n];
        for (int i = 0; i < a.length; i++) {
            a[i] = Math.scalb(random.nextDouble(-1, 1), random.nextInt(-600, 600));
        }
        return a;
    }
}
