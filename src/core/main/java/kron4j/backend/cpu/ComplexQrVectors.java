package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;

/**
 * As {@link QrVectors} for complex matrices: the real parts of an element of all, and behind them the imaginary ones. R's diagonal is real. A rotation turns the second
 * column first so that its product with the other is real.
 */
final class ComplexQrVectors extends QrLanes {
    private static final int LANES = DoubleVectors.SPECIES.length();

    /** Doubles from an element to the next. */
    private static final int STEP = 2 * LANES;

    private static final int MOST_SWEEPS = 30;

    private static final MethodType TYPE =
            MethodType.methodType(void.class, double[].class, int.class, int.class, int.class, double[].class);

    private final MethodHandle angles =
            Alone.loop(ComplexQrVectors.class, "angles", TYPE.changeReturnType(boolean.class));
    private final MethodHandle turn = Alone.loop(ComplexQrVectors.class, "turn", TYPE);
    private final MethodHandle subtract = Alone.loop(ComplexQrVectors.class, "subtract", TYPE);
    private final MethodHandle greatest = Alone.loop(QrVectors.class, "greatestOfLanes", QrVectors.GREATEST);
    private final MethodHandle squares = Alone.loop(QrVectors.class, "squares", QrVectors.SQUARES);
    private final MethodHandle reflect = Alone.loop(
            ComplexQrVectors.class,
            "reflect",
            MethodType.methodType(
                    void.class,
                    double[].class,
                    int.class,
                    double[].class,
                    int.class,
                    int.class,
                    double[].class,
                    int.class,
                    int.class));

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
    }

    private static DoubleVector all(double x) {
        return DoubleVector.broadcast(DoubleVectors.SPECIES, x);
    }

    @Override
    void greatest(double[] x, int doubles, double[] sizes) {
        try {
            greatest.invokeExact(x, doubles, sizes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    void factor(double[] a, int m, int n, double[] diagonal, double[] factors) {
        for (int k = 0; k < n; k++) {
            int reflector = (k * m + k) * STEP;
            reflector(a, reflector, m - k, diagonal, k * LANES, factors, k * STEP);
            for (int j = k + 1; j < n; j++) {
                reflectColumn(a, reflector, a, (j * m + k) * STEP, m - k, factors, k * STEP, 1);
            }
        }
    }

    @Override
    void solve(double[] a, int m, int n, double[] diagonal, double[] factors, double[] b, int columns) {
        for (int j = 0; j < columns; j++) {
            for (int k = 0; k < n; k++) {
                reflectColumn(a, (k * m + k) * STEP, b, (j * m + k) * STEP, m - k, factors, k * STEP, 1);
            }
            substitute(a, m, n, diagonal, b, j * m * STEP);
        }
    }

    /** {@code x := R^-1 x}. */
    private void substitute(double[] a, int m, int n, double[] diagonal, double[] x, int first) {
        try {
            for (int k = n - 1; k >= 0; k--) {
                divide(x, first + k * STEP, diagonal, k * LANES);
                subtract.invokeExact(a, k * m * STEP, first, k, x);
            }
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    void unpack(double[] a, int m, int n, double[] factors, double[] q) {
        Arrays.fill(q, 0);
        for (int j = 0; j < n; j++) {
            Arrays.fill(q, (j * m + j) * STEP, (j * m + j) * STEP + LANES, 1);
            for (int k = j; k >= 0; k--) {
                reflectColumn(a, (k * m + k) * STEP, q, (j * m + k) * STEP, m - k, factors, k * STEP, -1);
            }
        }
    }

    /**
     * Replaces the first element a of a column by the reflector's, v = a - r, after R's, which is real and as large as the column; the factor is 1 / (r v). The others are
     * the reflector's already.
     */
    private static void reflector(
            double[] a, int column, int n, double[] diagonal, int atDiagonal, double[] factors, int atFactor) {
        DoubleVector below = all(0);
        for (int i = LANES; i < n * STEP; i += LANES) {
            DoubleVector x = at(a, column + i);
            below = x.fma(x, below);
        }
        DoubleVector first = at(a, column);
        DoubleVector norm = first.fma(first, below).sqrt();
        DoubleVector r = norm.neg().blend(norm, first.compare(LT, all(0)));
        DoubleVector re = first.sub(r);
        DoubleVector im = at(a, column + LANES);
        DoubleVector size = im.fma(im, re.mul(re)).mul(r);
        VectorMask<Double> none = below.compare(EQ, all(0));
        re.intoArray(a, column);
        r.blend(first, none).intoArray(diagonal, atDiagonal);
        re.div(size).blend(all(0), none).intoArray(factors, atFactor);
        im.neg().div(size).blend(all(0), none).intoArray(factors, atFactor + LANES);
    }

    private void reflectColumn(
            double[] v, int reflector, double[] to, int column, int n, double[] factors, int atFactor, int sign) {
        try {
            reflect.invokeExact(v, reflector, to, column, n, factors, atFactor, sign);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** {@code to += v factor (v^H to)}, or with the factor's conjugate if {@code sign} is -1. */
    static void reflect(
            double[] v, int reflector, double[] to, int column, int n, double[] factors, int atFactor, int sign) {
        // Four sums, which do not wait for one another.
        DoubleVector xs = all(0);
        DoubleVector yt = all(0);
        DoubleVector xt = all(0);
        DoubleVector ys = all(0);
        for (int i = 0, p = reflector, q = column; i < n; i++, p += STEP, q += STEP) {
            DoubleVector x = at(v, p);
            DoubleVector y = at(v, p + LANES);
            DoubleVector s = at(to, q);
            DoubleVector t = at(to, q + LANES);
            xs = x.fma(s, xs);
            yt = y.fma(t, yt);
            xt = x.fma(t, xt);
            ys = y.fma(s, ys);
        }
        DoubleVector re = xs.add(yt);
        DoubleVector im = xt.sub(ys);
        DoubleVector f = at(factors, atFactor);
        DoubleVector g = at(factors, atFactor + LANES).mul(sign);
        DoubleVector u = re.mul(f).sub(im.mul(g));
        DoubleVector w = re.mul(g).add(im.mul(f));
        DoubleVector minus = w.neg();
        for (int i = 0, p = reflector, q = column; i < n; i++, p += STEP, q += STEP) {
            DoubleVector x = at(v, p);
            DoubleVector y = at(v, p + LANES);
            x.fma(u, y.fma(minus, at(to, q))).intoArray(to, q);
            x.fma(w, y.fma(u, at(to, q + LANES))).intoArray(to, q + LANES);
        }
    }

    private static void divide(double[] x, int element, double[] by, int divisor) {
        DoubleVector d = at(by, divisor);
        at(x, element).div(d).intoArray(x, element);
        at(x, element + LANES).div(d).intoArray(x, element + LANES);
    }

    /** Subtracts the first elements of a column of R times the element of x behind as many. */
    static void subtract(double[] r, int column, int from, int count, double[] x) {
        DoubleVector f = at(x, from + count * STEP);
        DoubleVector g = at(x, from + count * STEP + LANES);
        DoubleVector minusF = f.neg();
        DoubleVector minusG = g.neg();
        for (int i = 0, p = column, q = from; i < count; i++, p += STEP, q += STEP) {
            DoubleVector s = at(r, p);
            DoubleVector t = at(r, p + LANES);
            s.fma(minusF, t.fma(g, at(x, q))).intoArray(x, q);
            s.fma(minusG, t.fma(minusF, at(x, q + LANES))).intoArray(x, q + LANES);
        }
    }

    @Override
    void conditions(double[] a, int m, int n, double[] diagonal, double[] scratch, double[] products) {
        double[] norms = new double[2 * LANES];
        addSquares(diagonal, 0, n * LANES, norms, 0);
        for (int j = 0; j < n; j++) {
            addSquares(a, j * m * STEP, j * STEP, norms, 0);
            Arrays.fill(scratch, 0, j * STEP, 0);
            Arrays.fill(scratch, j * STEP, j * STEP + LANES, 1);
            Arrays.fill(scratch, j * STEP + LANES, (j + 1) * STEP, 0);
            substitute(a, m, j + 1, diagonal, scratch, 0);
            addSquares(scratch, 0, (j + 1) * STEP, norms, LANES);
        }
        at(norms, 0).sqrt().mul(at(norms, LANES).sqrt()).intoArray(products, 0);
    }

    private void addSquares(double[] x, int from, int doubles, double[] sums, int at) {
        try {
            squares.invokeExact(x, from, doubles, sums, at);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    boolean singularValues(double[] a, int m, int n, double[] diagonal, double[] scratch, double[] values) {
        transposeTriangle(a, m, n, diagonal, scratch);
        double[] turns = new double[3 * LANES];
        boolean rotated = true;
        for (int sweep = 0; rotated && sweep < MOST_SWEEPS; sweep++) {
            rotated = false;
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotated |= rotate(scratch, p * n * STEP, q * n * STEP, n, turns);
                }
            }
        }
        for (int j = 0; j < n; j++) {
            Arrays.fill(values, j * LANES, (j + 1) * LANES, 0);
            addSquares(scratch, j * n * STEP, n * STEP, values, j * LANES);
            at(values, j * LANES).sqrt().intoArray(values, j * LANES);
        }
        return !rotated;
    }

    /** Rotates two columns so that they are orthogonal, in the lanes where they are not; returns whether there was one. */
    private boolean rotate(double[] g, int p, int q, int n, double[] turns) {
        try {
            boolean some = (boolean) angles.invokeExact(g, p, q, n, turns);
            if (some) {
                turn.invokeExact(g, p, q, n, turns);
            }
            return some;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static void transposeTriangle(double[] a, int m, int n, double[] diagonal, double[] to) {
        for (int j = 0; j < n; j++) {
            Arrays.fill(to, j * n * STEP, (j * n + j + 1) * STEP, 0);
            System.arraycopy(diagonal, j * LANES, to, (j * n + j) * STEP, LANES);
            for (int i = j + 1; i < n; i++) {
                System.arraycopy(a, (i * m + j) * STEP, to, (j * n + i) * STEP, STEP);
            }
        }
    }

    /**
     * Writes cosines, and sines times the phase of the product of two columns, that make them orthogonal, 1 and 0 in the lanes where they are; returns whether any are
     * not.
     */
    static boolean angles(double[] g, int p, int q, int n, double[] turns) {
        DoubleVector xx = all(0);
        DoubleVector yy = all(0);
        DoubleVector re = all(0);
        DoubleVector im = all(0);
        for (int i = 0; i < n * STEP; i += STEP) {
            DoubleVector a = at(g, p + i);
            DoubleVector b = at(g, p + i + LANES);
            DoubleVector c = at(g, q + i);
            DoubleVector d = at(g, q + i + LANES);
            xx = a.fma(a, b.fma(b, xx));
            yy = c.fma(c, d.fma(d, yy));
            re = a.fma(c, b.fma(d, re));
            im = a.fma(d, b.neg().fma(c, im));
        }
        DoubleVector square = re.fma(re, im.mul(im));
        VectorMask<Double> rotated = square.compare(GT, xx.mul(yy).mul(all(QrVectors.ORTHOGONAL)));
        if (!rotated.anyTrue()) {
            return false;
        }
        DoubleVector xy = square.sqrt();
        DoubleVector zeta = yy.sub(xx).div(xy.add(xy));
        DoubleVector size = zeta.fma(zeta, all(1)).sqrt().add(zeta.abs());
        DoubleVector positive = all(1).div(size);
        DoubleVector tangent = positive.blend(positive.neg(), zeta.compare(LT, all(0)));
        DoubleVector cosine = all(1).div(tangent.fma(tangent, all(1)).sqrt());
        DoubleVector sine = cosine.mul(tangent).div(xy);
        all(1).blend(cosine, rotated).intoArray(turns, 0);
        all(0).blend(sine.mul(re), rotated).intoArray(turns, LANES);
        all(0).blend(sine.mul(im), rotated).intoArray(turns, 2 * LANES);
        return true;
    }

    /** {@code x, y := c x - conj(s) y, s x + c y}. */
    static void turn(double[] g, int p, int q, int n, double[] turns) {
        DoubleVector cosine = at(turns, 0);
        DoubleVector s = at(turns, LANES);
        DoubleVector t = at(turns, 2 * LANES);
        DoubleVector minusS = s.neg();
        DoubleVector minusT = t.neg();
        for (int i = 0; i < n * STEP; i += STEP) {
            DoubleVector a = at(g, p + i);
            DoubleVector b = at(g, p + i + LANES);
            DoubleVector c = at(g, q + i);
            DoubleVector d = at(g, q + i + LANES);
            c.fma(minusS, d.fma(minusT, a.mul(cosine))).intoArray(g, p + i);
            d.fma(minusS, c.fma(t, b.mul(cosine))).intoArray(g, p + i + LANES);
            a.fma(s, b.fma(minusT, c.mul(cosine))).intoArray(g, q + i);
            a.fma(t, b.fma(s, d.mul(cosine))).intoArray(g, q + i + LANES);
        }
    }
}
