package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** No step has a fused multiply-add, which would round otherwise than plain Java. Rows are exchanged by masks, since each lane has pivots of its own. */
class LuVectors extends LuLanes {
    static final int LANES = DoubleVectors.SPECIES.length();

    /** Elements that are interleaved while they are in the first cache. */
    private static final int BLOCK = 64;

    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final int MANTISSA = 52;
    private static final long FRACTION = (1L << MANTISSA) - 1;
    private static final long ONE = Double.doubleToRawLongBits(1);

    @Override
    int count() {
        return LANES;
    }

    @Override
    void interleave(double[] matrices, int size, double[] lanes) {
        for (int from = 0; from < size; from += BLOCK) {
            int to = Math.min(size, from + BLOCK);
            for (int lane = 0; lane < LANES; lane++) {
                for (int e = from; e < to; e++) {
                    lanes[e * LANES + lane] = matrices[lane * size + e];
                }
            }
        }
    }

    @Override
    void separate(double[] lanes, int size, double[] matrices) {
        for (int from = 0; from < size; from += BLOCK) {
            int to = Math.min(size, from + BLOCK);
            for (int lane = 0; lane < LANES; lane++) {
                for (int e = from; e < to; e++) {
                    matrices[lane * size + e] = lanes[e * LANES + lane];
                }
            }
        }
    }

    @Override
    boolean factor(double[] a, int rows, int cols, double[] pivots) {
        int steps = Math.min(rows, cols);
        for (int k = 0; k < steps; k++) {
            if (!eliminate(a, k, rows, cols, pivots)) {
                return false;
            }
            for (int j = 0; j < k; j++) {
                exchange(a, j * rows * LANES, k, rows, pivots);
            }
        }
        return true;
    }

    @Override
    boolean determinants(double[] a, int n, double[] pivots, double[] mantissas, long[] exponents) {
        for (int k = 0; k < n; k++) {
            if (!eliminate(a, k, n, n, pivots)) {
                return false;
            }
        }
        return multiplyPivots(a, n, pivots, mantissas, exponents);
    }

    @Override
    boolean solve(double[] lu, int n, boolean transposed, double[] b, int columns, int down, int across) {
        for (int c = 0; c < columns; c++) {
            int x = c * across;
            for (int k = 0; k < n; k++) {
                int first = transposed ? k * n : k;
                substitute(lu, first, transposed ? 1 : n, b, x, down, k, x + k * down, transposed ? k * n + k : -1);
            }
            for (int k = n - 1; k >= 0; k--) {
                int terms = n - 1 - k;
                if (transposed) {
                    substitute(lu, k * n + k + 1, 1, b, x + (k + 1) * down, down, terms, x + k * down, -1);
                } else {
                    int last = (n - 1) * n + k;
                    substitute(lu, last, -n, b, x + (n - 1) * down, -down, terms, x + k * down, k * n + k);
                }
            }
        }
        return true;
    }

    /** {@code b[to] = (b[to] - sum of lu[p + i step] b[q + i down]) / lu[divisor]}, a term after the other, with a divisor unless that is negative. */
    private static void substitute(
            double[] lu, int p, int step, double[] b, int q, int down, int terms, int to, int divisor) {
        DoubleVector sum = all(-0.0).add(at(b, to * LANES));
        for (int i = 0, e = p, f = q; i < terms; i++, e += step, f += down) {
            sum = sum.sub(at(lu, e * LANES).mul(at(b, f * LANES)));
        }
        if (divisor >= 0) {
            sum = sum.div(at(lu, divisor * LANES));
        }
        sum.intoArray(b, to * LANES);
    }

    private static boolean eliminate(double[] a, int k, int rows, int cols, double[] pivots) {
        int column = k * rows * LANES;
        if (!findPivots(a, column, k, rows, pivots)) {
            return false;
        }
        exchange(a, column, k, rows, pivots);
        divide(a, column, k, rows);
        for (int j = k + 1; j < cols; j++) {
            subtract(a, column, j * rows * LANES, k, rows, pivots);
        }
        return true;
    }

    static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
    }

    static DoubleVector all(double x) {
        return DoubleVector.broadcast(DoubleVectors.SPECIES, x);
    }

    /** The magnitude for choosing pivots: NaN and infinity come first. */
    static DoubleVector size(DoubleVector x) {
        return x.abs().blend(all(Double.POSITIVE_INFINITY), x.compare(NE, x));
    }

    private static boolean findPivots(double[] a, int column, int k, int rows, double[] pivots) {
        DoubleVector largest = size(at(a, column + k * LANES));
        DoubleVector place = all(k);
        for (int i = k + 1; i < rows; i++) {
            DoubleVector candidate = size(at(a, column + i * LANES));
            VectorMask<Double> larger = candidate.compare(GT, largest);
            largest = largest.blend(candidate, larger);
            place = place.blend(all(i), larger);
        }
        place.intoArray(pivots, k * LANES);
        return !largest.compare(EQ, all(0)).anyTrue();
    }

    /** Exchanges row k of a column and the pivots' rows, which are below. */
    private static void exchange(double[] a, int column, int k, int rows, double[] pivots) {
        DoubleVector place = at(pivots, k * LANES);
        DoubleVector upper = at(a, column + k * LANES);
        DoubleVector pivot = all(-0.0).add(upper);
        for (int i = k + 1; i < rows; i++) {
            DoubleVector x = at(a, column + i * LANES);
            VectorMask<Double> here = place.compare(EQ, all(i));
            pivot = pivot.blend(x, here);
            x.blend(upper, here).intoArray(a, column + i * LANES);
        }
        pivot.intoArray(a, column + k * LANES);
    }

    private static void divide(double[] a, int column, int k, int rows) {
        DoubleVector diagonal = at(a, column + k * LANES);
        for (int i = k + 1; i < rows; i++) {
            at(a, column + i * LANES).div(diagonal).intoArray(a, column + i * LANES);
        }
    }

    /** Exchanges rows of a column, and subtracts its row k times the factors of step k from the rows below. */
    private static void subtract(double[] a, int factors, int column, int k, int rows, double[] pivots) {
        DoubleVector place = at(pivots, k * LANES);
        DoubleVector upper = at(a, column + k * LANES);
        DoubleVector pivot = all(-0.0).add(upper);
        for (int i = k + 1; i < rows; i++) {
            pivot = pivot.blend(at(a, column + i * LANES), place.compare(EQ, all(i)));
        }
        pivot.intoArray(a, column + k * LANES);
        for (int i = k + 1; i < rows; i++) {
            at(a, column + i * LANES)
                    .blend(upper, place.compare(EQ, all(i)))
                    .sub(pivot.mul(at(a, factors + i * LANES)))
                    .intoArray(a, column + i * LANES);
        }
    }

    /** The product of the pivots, each time brought back to [1, 2), as {@link kron4j.backend.determinant.PivotProduct} does. */
    private static boolean multiplyPivots(double[] a, int n, double[] pivots, double[] mantissas, long[] exponents) {
        DoubleVector product = all(1);
        DoubleVector sign = all(1);
        DoubleVector normal = all(1);
        LongVector exponent = LongVector.broadcast(LONGS, -2L * Double.MAX_EXPONENT * n);
        for (int k = 0; k < n; k++) {
            DoubleVector pivot = at(a, (k * n + k) * LANES);
            DoubleVector size = pivot.abs();
            normal = all(0).blend(normal, size.compare(GE, all(Double.MIN_NORMAL)));
            normal = all(0).blend(normal, size.compare(LE, all(Double.MAX_VALUE)));
            sign = sign.blend(sign.neg(), pivot.compare(NE, size));
            sign = sign.blend(sign.neg(), at(pivots, k * LANES).compare(NE, all(k)));
            LongVector bits = size.reinterpretAsLongs();
            LongVector next = product.mul(fraction(bits)).reinterpretAsLongs();
            exponent = exponent.add(bits.lanewise(LSHR, MANTISSA)).add(next.lanewise(LSHR, MANTISSA));
            product = fraction(next);
        }
        product.mul(sign).intoArray(mantissas, 0);
        exponent.intoArray(exponents, 0);
        return !normal.compare(EQ, all(0)).anyTrue();
    }

    /** The numbers in [1, 2) with the same fractions. */
    private static DoubleVector fraction(LongVector bits) {
        return bits.and(FRACTION).or(ONE).reinterpretAsDoubles();
    }
}
