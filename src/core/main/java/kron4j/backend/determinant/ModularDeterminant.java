package kron4j.backend.determinant;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * The exact determinant of a matrix of finite doubles: an integer times a power of two. It is computed modulo primes near 2^50 by elimination in doubles
 * (products in two parts by fma, so the loops vectorise) and put together by the Chinese remainder theorem; Hadamard's bound gives the number of
 * primes. Cost: about n^4 operations.
 */
final class ModularDeterminant {
    private static final int MODULUS_BITS = 49;

    private static long[] moduli = new long[0];

    private final int n;
    /** Element (i, j) is odd[i,j] * 2^(shift[i,j] + rows[i] + columns[j]), shift at least 0. */
    private final long[] odd;

    private final int[] shift;
    private final long gridExponent;

    /** Takes a matrix without zero rows and columns. */
    ModularDeterminant(double[] a, int n) {
        this.n = n;
        odd = new long[n * n];
        shift = new int[n * n];
        for (int i = 0; i < a.length; i++) {
            long bits = Double.doubleToRawLongBits(a[i]);
            int biased = (int) (bits >>> 52) & 0x7ff;
            long mantissa = (bits & 0xfffffffffffffL) | (biased == 0 ? 0 : 1L << 52);
            if (mantissa != 0) {
                int zeros = Long.numberOfTrailingZeros(mantissa);
                odd[i] = (bits < 0 ? -1 : 1) * (mantissa >> zeros);
                shift[i] = Math.max(biased, 1) - 1075 + zeros;
            }
        }
        long exponent = 0;
        for (int i = 0; i < n; i++) {
            exponent += removeCommon(i * n, 1);
        }
        for (int j = 0; j < n; j++) {
            exponent += removeCommon(j, n);
        }
        gridExponent = exponent;
    }

    private int removeCommon(int first, int step) {
        int least = Integer.MAX_VALUE;
        for (int i = 0; i < n; i++) {
            int at = first + i * step;
            least = odd[at] == 0 ? least : Math.min(least, shift[at]);
        }
        for (int i = 0; i < n; i++) {
            shift[first + i * step] -= least;
        }
        return least;
    }

    /** Returns the exponent e of the determinant, an integer times 2^e. */
    long gridExponent() {
        return gridExponent;
    }

    /** Returns the integer. */
    BigInteger integer(Ranges ranges) {
        double bound = 2 + Math.min(bound(n, 1), bound(1, n));
        int count = (int) (bound / MODULUS_BITS) + 1;
        long[] primes = moduli(count);
        long[] residues = new long[count];
        ranges.split(count, 1 + 100_000 / ((long) n * n * n + 1), (from, to) -> {
            for (int i = (int) from; i < to; i++) {
                residues[i] = residue(primes[i]);
            }
        });
        BigInteger modulus = BigInteger.ONE;
        BigInteger value = BigInteger.ZERO;
        for (int i = 0; i < count; i++) {
            BigInteger m = BigInteger.valueOf(primes[i]);
            BigInteger step = BigInteger.valueOf(residues[i])
                    .subtract(value)
                    .multiply(modulus.modInverse(m))
                    .mod(m);
            value = value.add(modulus.multiply(step));
            modulus = modulus.multiply(m);
        }
        return value.add(value).compareTo(modulus) > 0 ? value.subtract(modulus) : value;
    }

    /** Hadamard: log2|det| is at most the sum of log2 of the rows' (columns') lengths, each at most sqrt(n) times its largest element. */
    private double bound(int lineStep, int step) {
        double bits = 0;
        for (int line = 0; line < n; line++) {
            int largest = 0;
            for (int i = 0; i < n; i++) {
                int at = line * lineStep + i * step;
                largest = Math.max(largest, 64 - Long.numberOfLeadingZeros(Math.abs(odd[at])) + shift[at]);
            }
            bits += largest + 0.5 * Math.log(n) / Math.log(2);
        }
        return bits;
    }

    /** The first primes below 2^50; kept, because many small matrices need the same few. */
    private static synchronized long[] moduli(int count) {
        int known = moduli.length;
        if (known < count) {
            moduli = Arrays.copyOf(moduli, count);
            long candidate = known == 0 ? 1L << (MODULUS_BITS + 1) : moduli[known - 1];
            for (int i = known; i < count; i++) {
                do {
                    candidate--;
                } while (!BigInteger.valueOf(candidate).isProbablePrime(40));
                moduli[i] = candidate;
            }
        }
        return moduli;
    }

    private long residue(long modulus) {
        double p = modulus;
        double inverse = 1 / p;
        double[] powers = new double[Arrays.stream(shift).max().orElse(0) + 1];
        powers[0] = 1;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = reduced(2 * powers[i - 1], p, inverse);
        }
        double[] a = new double[n * n];
        for (int i = 0; i < a.length; i++) {
            a[i] = odd[i] == 0 ? 0 : product(odd[i] % modulus, powers[shift[i]], p, inverse);
        }
        double det = 1;
        for (int k = 0; k < n; k++) {
            int pivot = k;
            while (pivot < n && a[pivot * n + k] == 0) {
                pivot++;
            }
            if (pivot == n) {
                return 0;
            }
            double[] row = Arrays.copyOfRange(a, pivot * n + k, pivot * n + n);
            if (pivot != k) {
                System.arraycopy(a, k * n + k, a, pivot * n + k, n - k);
                det = -det;
            }
            det = product(det, row[0], p, inverse);
            double reciprocal = BigInteger.valueOf((long) row[0])
                    .modInverse(BigInteger.valueOf(modulus))
                    .doubleValue();
            for (int i = k + 1; i < n; i++) {
                double factor = product(a[i * n + k], reciprocal, p, inverse);
                if (factor != 0) {
                    subtract(a, i * n + k, factor, row, p, inverse);
                }
            }
        }
        return Math.floorMod((long) det, modulus);
    }

    /** {@code a -= factor * row} modulo p; all in (-p, p). */
    private static void subtract(double[] a, int at, double factor, double[] row, double p, double inverse) {
        for (int j = 0; j < row.length; j++) {
            double high = factor * row[j];
            double low = Math.fma(factor, row[j], -high);
            double difference = a[at + j] - (Math.fma(-Math.rint(high * inverse), p, high) + low);
            a[at + j] = Math.fma(-Math.rint(difference * inverse), p, difference);
        }
    }

    private static double product(double x, double y, double p, double inverse) {
        double high = x * y;
        double low = Math.fma(x, y, -high);
        return reduced(Math.fma(-Math.rint(high * inverse), p, high) + low, p, inverse);
    }

    private static double reduced(double x, double p, double inverse) {
        return Math.fma(-Math.rint(x * inverse), p, x);
    }
}
