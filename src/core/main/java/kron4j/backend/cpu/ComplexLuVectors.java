package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import kron4j.backend.determinant.SmallLu;

/**
 * LU of several complex matrices, bit for bit as {@link SmallLu#COMPLEX}: the real parts of an element of all, and behind them the imaginary ones. Quotients are those of the
 * plain formula; where a part is so large or small that it needs scaling, nothing of the result is to be used.
 */
final class ComplexLuVectors extends LuVectors {
    /** Doubles from an element to the next. */
    private static final int STEP = 2 * LANES;

    @Override
    boolean factor(double[] a, int rows, int cols, double[] pivots) {
        int steps = Math.min(rows, cols);
        for (int k = 0; k < steps; k++) {
            int column = k * rows * STEP;
            if (!findPivots(a, column, k, rows, pivots)) {
                return false;
            }
            exchange(a, column, k, rows, pivots);
            if (!areDivisible(a, column, k, rows)) {
                return false;
            }
            divide(a, column, k, rows);
            for (int j = k + 1; j < cols; j++) {
                subtract(a, column, j * rows * STEP, k, rows, pivots);
            }
            for (int j = 0; j < k; j++) {
                exchange(a, j * rows * STEP, k, rows, pivots);
            }
        }
        return true;
    }

    @Override
    boolean determinants(double[] a, int n, double[] pivots, double[] mantissas, long[] exponents) {
        throw new AssertionError("complex determinants are products of single matrices' pivots");
    }

    @Override
    boolean solve(double[] lu, int n, boolean transposed, double[] b, int columns, int down, int across) {
        boolean plain = true;
        for (int c = 0; c < columns && plain; c++) {
            int x = c * across;
            for (int k = 0; k < n && plain; k++) {
                int first = transposed ? k * n : k;
                subtractTerms(lu, first, transposed ? 1 : n, b, x, down, k, x + k * down);
                plain = !transposed || divide(b, x + k * down, lu, k * n + k);
            }
            for (int k = n - 1; k >= 0 && plain; k--) {
                int terms = n - 1 - k;
                if (transposed) {
                    subtractTerms(lu, k * n + k + 1, 1, b, x + (k + 1) * down, down, terms, x + k * down);
                } else {
                    int last = (n - 1) * n + k;
                    subtractTerms(lu, last, -n, b, x + (n - 1) * down, -down, terms, x + k * down);
                    plain = divide(b, x + k * down, lu, k * n + k);
                }
            }
        }
        return plain;
    }

    private static boolean findPivots(double[] a, int column, int k, int rows, double[] pivots) {
        DoubleVector largest = size(a, column + k * STEP);
        DoubleVector place = all(k);
        for (int i = k + 1; i < rows; i++) {
            DoubleVector candidate = size(a, column + i * STEP);
            VectorMask<Double> larger = candidate.compare(GT, largest);
            largest = largest.blend(candidate, larger);
            place = place.blend(all(i), larger);
        }
        place.intoArray(pivots, k * LANES);
        return !largest.compare(EQ, all(0)).anyTrue();
    }

    /** The magnitude for choosing pivots: NaN and infinity come first. */
    private static DoubleVector size(double[] a, int i) {
        return size(at(a, i).abs().add(at(a, i + LANES).abs()));
    }

    /** Exchanges row k of a column and the pivots' rows, which are below. */
    private static void exchange(double[] a, int column, int k, int rows, double[] pivots) {
        DoubleVector place = at(pivots, k * LANES);
        DoubleVector upperRe = at(a, column + k * STEP);
        DoubleVector upperIm = at(a, column + k * STEP + LANES);
        DoubleVector re = all(-0.0).add(upperRe);
        DoubleVector im = all(-0.0).add(upperIm);
        for (int i = k + 1; i < rows; i++) {
            int to = column + i * STEP;
            DoubleVector x = at(a, to);
            DoubleVector y = at(a, to + LANES);
            VectorMask<Double> here = place.compare(EQ, all(i));
            re = re.blend(x, here);
            im = im.blend(y, here);
            x.blend(upperRe, here).intoArray(a, to);
            y.blend(upperIm, here).intoArray(a, to + LANES);
        }
        re.intoArray(a, column + k * STEP);
        im.intoArray(a, column + k * STEP + LANES);
    }

    /** Whether a pivot and what is below it can be divided by the plain formula. */
    private static boolean areDivisible(double[] a, int column, int k, int rows) {
        DoubleVector least = all(1);
        DoubleVector most = all(1);
        for (int i = k; i < rows; i++) {
            DoubleVector larger = larger(at(a, column + i * STEP), at(a, column + i * STEP + LANES));
            least = least.min(larger.blend(all(1), larger.compare(EQ, all(0))));
            most = most.max(larger);
        }
        return arePlain(least, most);
    }

    /** Divides what is below a pivot, which is not zero, by it. */
    private static void divide(double[] a, int column, int k, int rows) {
        DoubleVector c = at(a, column + k * STEP);
        DoubleVector d = at(a, column + k * STEP + LANES);
        DoubleVector square = c.mul(c).add(d.mul(d));
        for (int i = k + 1; i < rows; i++) {
            int to = column + i * STEP;
            DoubleVector x = at(a, to);
            DoubleVector y = at(a, to + LANES);
            x.mul(c).add(y.mul(d)).div(square).intoArray(a, to);
            y.mul(c).sub(x.mul(d)).div(square).intoArray(a, to + LANES);
        }
    }

    /** {@code b[to] /= a[divisor]} for elements; returns whether that is right. */
    private static boolean divide(double[] b, int to, double[] a, int divisor) {
        DoubleVector c = at(a, divisor * STEP);
        DoubleVector d = at(a, divisor * STEP + LANES);
        DoubleVector square = c.mul(c).add(d.mul(d));
        DoubleVector x = at(b, to * STEP);
        DoubleVector y = at(b, to * STEP + LANES);
        x.mul(c).add(y.mul(d)).div(square).intoArray(b, to * STEP);
        y.mul(c).sub(x.mul(d)).div(square).intoArray(b, to * STEP + LANES);
        DoubleVector divisors = larger(c, d);
        DoubleVector divided = larger(x, y);
        return arePlain(divisors, divisors) && arePlain(divided.blend(all(1), divided.compare(EQ, all(0))), divided);
    }

    private static DoubleVector larger(DoubleVector x, DoubleVector y) {
        return x.abs().max(y.abs());
    }

    private static boolean arePlain(DoubleVector least, DoubleVector most) {
        return least.compare(GT, all(SmallLu.SMALL)).allTrue()
                && most.compare(LT, all(SmallLu.LARGE)).allTrue();
    }

    /** Exchanges rows of a column, and subtracts its row k times the factors of step k from the rows below. */
    private static void subtract(double[] a, int factors, int column, int k, int rows, double[] pivots) {
        DoubleVector place = at(pivots, k * LANES);
        DoubleVector upperRe = at(a, column + k * STEP);
        DoubleVector upperIm = at(a, column + k * STEP + LANES);
        DoubleVector re = all(-0.0).add(upperRe);
        DoubleVector im = all(-0.0).add(upperIm);
        for (int i = k + 1; i < rows; i++) {
            VectorMask<Double> here = place.compare(EQ, all(i));
            re = re.blend(at(a, column + i * STEP), here);
            im = im.blend(at(a, column + i * STEP + LANES), here);
        }
        re.intoArray(a, column + k * STEP);
        im.intoArray(a, column + k * STEP + LANES);
        for (int i = k + 1; i < rows; i++) {
            VectorMask<Double> here = place.compare(EQ, all(i));
            DoubleVector x = at(a, factors + i * STEP);
            DoubleVector y = at(a, factors + i * STEP + LANES);
            int to = column + i * STEP;
            at(a, to).blend(upperRe, here).sub(re.mul(x).sub(im.mul(y))).intoArray(a, to);
            at(a, to + LANES).blend(upperIm, here).sub(re.mul(y).add(im.mul(x))).intoArray(a, to + LANES);
        }
    }

    /** {@code b[to] -= sum of lu[p + i step] b[q + i down]} for elements, a term after the other. */
    private static void subtractTerms(double[] lu, int p, int step, double[] b, int q, int down, int terms, int to) {
        DoubleVector re = all(-0.0).add(at(b, to * STEP));
        DoubleVector im = all(-0.0).add(at(b, to * STEP + LANES));
        for (int i = 0, e = p * STEP, f = q * STEP; i < terms; i++, e += step * STEP, f += down * STEP) {
            DoubleVector x = at(lu, e);
            DoubleVector y = at(lu, e + LANES);
            DoubleVector r = at(b, f);
            DoubleVector s = at(b, f + LANES);
            re = re.sub(r.mul(x).sub(s.mul(y)));
            im = im.sub(r.mul(y).add(s.mul(x)));
        }
        re.intoArray(b, to * STEP);
        im.intoArray(b, to * STEP + LANES);
    }
}
