package kron4j.backend.determinant;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * The exact determinant of a matrix of finite doubles, or of complex numbers of two: an integer, or a Gaussian one, times a power of two. It is computed modulo primes near 2^50 by elimination in doubles
 * (products in two parts by fma, so the loops vectorise) and put together by the Chinese remainder theorem; Hadamard's bound gives the number of
 * primes. For complex matrices the primes are 1 more than multiples of 4, modulo which -1 has two roots: the determinants with either in the place of
 * the imaginary unit give both parts. Cost: about n^4 operations.
 */
final class ModularDeterminant {
    private static final int MODULUS_BITS = 49;

    private static long[] moduli = new long[0];
    private static long[] gaussianModuli = new long[0];

    private final int n;
    /** 2 for complex elements. */
    private final int parts;
    /** Part of element (i, j) is odd[i,j] * 2^(shift[i,j] + rows[i] + columns[j]), shift at least 0. */
    private final long[] odd;

    private final int[] shift;
    private final long gridExponent;

    /** Takes a matrix without zero rows and columns, of elements of one or two parts. */
    ModularDeterminant(double[] a, int n, int parts) {
        this.n = n;
        this.parts = parts;
        odd = new long[a.length];
        shift = new int[a.length];
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
        for (int i = 0; i < n * parts; i++) {
            int at = at(first, step, i);
            least = odd[at] == 0 ? least : Math.min(least, shift[at]);
        }
        for (int i = 0; i < n * parts; i++) {
            shift[at(first, step, i)] -= least;
        }
        return least;
    }

    /** The position of a part in a line of elements. */
    private int at(int first, int step, int part) {
        return (first + part / parts * step) * parts + part % parts;
    }

    /** Returns the exponent e of the determinant, an integer times 2^e. */
    long gridExponent() {
        return gridExponent;
    }

    /** Returns the integer, or its real and imaginary parts. */
    BigInteger[] integer(Ranges ranges) {
        double bound = 2 + Math.min(bound(n, 1), bound(1, n));
        int count = (int) (bound / MODULUS_BITS) + 1;
        long[] primes = moduli(count, parts);
        long[][] residues = new long[parts][count];
        ranges.split(count, 1 + 100_000 / ((long) n * n * n + 1), (from, to) -> {
            for (int i = (int) from; i < to; i++) {
                residues(primes[i], residues, i);
            }
        });
        BigInteger[] result = new BigInteger[parts];
        for (int k = 0; k < parts; k++) {
            result[k] = together(residues[k], primes);
        }
        return result;
    }

    private static BigInteger together(long[] residues, long[] primes) {
        BigInteger modulus = BigInteger.ONE;
        BigInteger value = BigInteger.ZERO;
        for (int i = 0; i < residues.length; i++) {
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

    private void residues(long prime, long[][] residues, int at) {
        if (parts == 1) {
            residues[0][at] = residue(prime, 0);
            return;
        }
        BigInteger p = BigInteger.valueOf(prime);
        BigInteger root = rootOfMinusOne(p);
        BigInteger one = BigInteger.valueOf(residue(prime, root.longValueExact()));
        BigInteger other = BigInteger.valueOf(residue(prime, p.subtract(root).longValueExact()));
        BigInteger half = BigInteger.TWO.modInverse(p);
        residues[0][at] = one.add(other).multiply(half).mod(p).longValueExact();
        residues[1][at] = one.subtract(other)
                .multiply(half)
                .multiply(root.modInverse(p))
                .mod(p)
                .longValueExact();
    }

    /** A power of a number that is no square. */
    private static BigInteger rootOfMinusOne(BigInteger p) {
        BigInteger quarter = p.shiftRight(2);
        for (long g = 2; ; g++) {
            BigInteger root = BigInteger.valueOf(g).modPow(quarter, p);
            if (root.multiply(root).add(BigInteger.ONE).mod(p).signum() == 0) {
                return root;
            }
        }
    }

    /** Hadamard: log2|det| is at most the sum of log2 of the rows' (columns') lengths, each at most the largest part times the root of their number. */
    private double bound(int lineStep, int step) {
        double bits = 0;
        for (int line = 0; line < n; line++) {
            int largest = 0;
            for (int i = 0; i < n * parts; i++) {
                int at = at(line * lineStep, step, i);
                largest = Math.max(largest, 64 - Long.numberOfLeadingZeros(Math.abs(odd[at])) + shift[at]);
            }
            bits += largest + 0.5 * Math.log(n * parts) / Math.log(2);
        }
        return bits;
    }

    /** The first primes below 2^50; kept, because many small matrices need the same few. */
    private static synchronized long[] moduli(int count, int parts) {
        long[] known = parts == 1 ? moduli : gaussianModuli;
        if (known.length >= count) {
            return known;
        }
        long[] more = Arrays.copyOf(known, count);
        long candidate = known.length == 0 ? 1L << (MODULUS_BITS + 1) : known[known.length - 1];
        for (int i = known.length; i < count; i++) {
            do {
                candidate--;
            } while ((parts > 1 && candidate % 4 != 1)
                    || !BigInteger.valueOf(candidate).isProbablePrime(40));
            more[i] = candidate;
        }
        if (parts == 1) {
            moduli = more;
        } else {
            gaussianModuli = more;
        }
        return more;
    }

    /** The determinant with {@code unit} in the place of the imaginary unit. */
    private long residue(long modulus, long unit) {
        double p = modulus;
        double inverse = 1 / p;
        double[] powers = new double[Arrays.stream(shift).max().orElse(0) + 1];
        powers[0] = 1;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = reduced(2 * powers[i - 1], p, inverse);
        }
        double[] a = new double[n * n];
        for (int i = 0; i < a.length; i++) {
            for (int part = 0; part < parts; part++) {
                int at = i * parts + part;
                if (odd[at] != 0) {
                    double x = product(odd[at] % modulus, powers[shift[at]], p, inverse);
                    a[i] = part == 0 ? x : reduced(a[i] + product(x, unit, p, inverse), p, inverse);
                }
            }
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
