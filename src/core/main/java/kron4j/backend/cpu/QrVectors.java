package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;

/** Reflections and rotations by vectors, whose loops are {@link Alone}. Rotations: J. Demmel, K. Veselic: Jacobi's method is more accurate than QR (1992). */
final class QrVectors extends QrLanes {
    private static final int LANES = DoubleVectors.SPECIES.length();

    private static final int MOST_SWEEPS = 30;

    private static final MethodType TYPE =
            MethodType.methodType(void.class, double[].class, int.class, int.class, int.class, double[].class);

    static final MethodType GREATEST = MethodType.methodType(void.class, double[].class, int.class, double[].class);
    static final MethodType SQUARES =
            MethodType.methodType(void.class, double[].class, int.class, int.class, double[].class, int.class);
    private static final MethodType REFLECT = MethodType.methodType(
            void.class,
            double[].class,
            int.class,
            double[].class,
            int.class,
            int.class,
            int.class,
            int.class,
            double[].class,
            int.class);

    /** The square of the cosine up to which two columns count as orthogonal. */
    static final double ORTHOGONAL = 0x1p-104;

    private final MethodHandle greatest = Alone.loop(QrVectors.class, "greatestOfLanes", GREATEST);
    private final MethodHandle squares = Alone.loop(QrVectors.class, "squares", SQUARES);
    private final MethodHandle reflect = Alone.loop(QrVectors.class, "reflect", REFLECT);
    private final MethodHandle subtract = Alone.loop(QrVectors.class, "subtract", TYPE);
    private final MethodHandle angles = Alone.loop(QrVectors.class, "angles", TYPE.changeReturnType(boolean.class));
    private final MethodHandle turn = Alone.loop(QrVectors.class, "turn", TYPE);

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

    static void greatestOfLanes(double[] x, int doubles, double[] sizes) {
        DoubleVector most = all(0);
        for (int i = 0; i < doubles; i++) {
            most = most.max(at(x, i * LANES).abs());
        }
        most.intoArray(sizes, 0);
    }

    @Override
    void factor(double[] a, int m, int n, double[] diagonal, double[] factors) {
        for (int k = 0; k < n; k++) {
            int reflector = (k * m + k) * LANES;
            reflector(a, reflector, m - k, diagonal, factors, k * LANES);
            reflectColumns(a, reflector, a, reflector + m * LANES, m, n - k - 1, m - k, factors, k * LANES);
        }
    }

    @Override
    void solve(double[] a, int m, int n, double[] diagonal, double[] factors, double[] b, int columns) {
        for (int k = 0; k < n; k++) {
            reflectColumns(a, (k * m + k) * LANES, b, k * LANES, m, columns, m - k, factors, k * LANES);
        }
        for (int j = 0; j < columns; j++) {
            substitute(a, m, n, diagonal, b, j * m * LANES);
        }
    }

    /** {@code x := R^-1 x}. */
    private void substitute(double[] a, int m, int n, double[] diagonal, double[] x, int first) {
        try {
            for (int k = n - 1; k >= 0; k--) {
                divide(x, first + k * LANES, diagonal, k * LANES);
                subtract.invokeExact(a, k * m * LANES, first, k, x);
            }
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    void unpack(double[] a, int m, int n, double[] factors, double[] q) {
        Arrays.fill(q, 0);
        for (int k = n - 1; k >= 0; k--) {
            int reflector = (k * m + k) * LANES;
            Arrays.fill(q, reflector, reflector + LANES, 1);
            reflectColumns(a, reflector, q, reflector, m, n - k, m - k, factors, k * LANES);
        }
    }

    private void reflectColumns(
            double[] v, int reflector, double[] to, int column, int m, int columns, int n, double[] factors, int k) {
        try {
            reflect.invokeExact(v, reflector, to, column, m, columns, n, factors, k);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** Replaces the first element of a column by the reflector's, after R's; the others are the reflector's already. */
    private static void reflector(double[] a, int column, int n, double[] diagonal, double[] factors, int k) {
        DoubleVector below = all(0);
        for (int i = 1, at = column + LANES; i < n; i++, at += LANES) {
            DoubleVector x = at(a, at);
            below = x.fma(x, below);
        }
        DoubleVector first = at(a, column);
        DoubleVector norm = first.fma(first, below).sqrt();
        DoubleVector r = norm.neg().blend(norm, first.compare(LT, all(0)));
        DoubleVector v = first.sub(r);
        DoubleVector factor = all(1).div(r.mul(v));
        VectorMask<Double> none = below.compare(EQ, all(0));
        v.intoArray(a, column);
        r.blend(first, none).intoArray(diagonal, k);
        factor.blend(all(0), none).intoArray(factors, k);
    }

    /** Reflects columns, m elements from one to the next. */
    static void reflect(
            double[] v, int reflector, double[] to, int column, int m, int columns, int n, double[] factors, int k) {
        int c = 0;
        for (; c + 4 <= columns; c += 4) {
            reflectFour(v, reflector, to, column + c * m * LANES, m * LANES, n, factors, k);
        }
        for (; c < columns; c++) {
            reflect(v, reflector, to, column + c * m * LANES, n, factors, k);
        }
    }

    /** As {@link #reflect}, for four columns, whose sums do not wait for one another. */
    private static void reflectFour(
            double[] v, int reflector, double[] to, int column, int across, int n, double[] factors, int k) {
        DoubleVector a = all(0);
        DoubleVector b = all(0);
        DoubleVector c = all(0);
        DoubleVector d = all(0);
        for (int i = 0, p = reflector, q = column; i < n; i++, p += LANES, q += LANES) {
            DoubleVector x = at(v, p);
            a = x.fma(at(to, q), a);
            b = x.fma(at(to, q + across), b);
            c = x.fma(at(to, q + 2 * across), c);
            d = x.fma(at(to, q + 3 * across), d);
        }
        DoubleVector factor = at(factors, k);
        a = a.mul(factor);
        b = b.mul(factor);
        c = c.mul(factor);
        d = d.mul(factor);
        for (int i = 0, p = reflector, q = column; i < n; i++, p += LANES, q += LANES) {
            DoubleVector x = at(v, p);
            x.fma(a, at(to, q)).intoArray(to, q);
            x.fma(b, at(to, q + across)).intoArray(to, q + across);
            x.fma(c, at(to, q + 2 * across)).intoArray(to, q + 2 * across);
            x.fma(d, at(to, q + 3 * across)).intoArray(to, q + 3 * across);
        }
    }

    /** {@code to += v factor (v^T to)}. */
    private static void reflect(double[] v, int reflector, double[] to, int column, int n, double[] factors, int k) {
        DoubleVector sum = all(0);
        for (int i = 0, p = reflector, q = column; i < n; i++, p += LANES, q += LANES) {
            sum = at(v, p).fma(at(to, q), sum);
        }
        DoubleVector factor = sum.mul(at(factors, k));
        for (int i = 0, p = reflector, q = column; i < n; i++, p += LANES, q += LANES) {
            at(v, p).fma(factor, at(to, q)).intoArray(to, q);
        }
    }

    private static void divide(double[] x, int element, double[] by, int divisor) {
        at(x, element).div(at(by, divisor)).intoArray(x, element);
    }

    /** Subtracts the first elements of a column of R times the element of x behind as many. */
    static void subtract(double[] r, int column, int from, int count, double[] x) {
        DoubleVector factor = at(x, from + count * LANES).neg();
        for (int i = 0, p = column, q = from; i < count; i++, p += LANES, q += LANES) {
            at(r, p).fma(factor, at(x, q)).intoArray(x, q);
        }
    }

    @Override
    void conditions(double[] a, int m, int n, double[] diagonal, double[] scratch, double[] products) {
        double[] norms = new double[2 * LANES];
        addSquares(diagonal, 0, n * LANES, norms, 0);
        for (int j = 0; j < n; j++) {
            addSquares(a, j * m * LANES, j * LANES, norms, 0);
            Arrays.fill(scratch, 0, j * LANES, 0);
            Arrays.fill(scratch, j * LANES, (j + 1) * LANES, 1);
            substitute(a, m, j + 1, diagonal, scratch, 0);
            addSquares(scratch, 0, (j + 1) * LANES, norms, LANES);
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

    /** Adds the squares of elements to the sums of the lanes. */
    static void squares(double[] x, int from, int doubles, double[] sums, int at) {
        DoubleVector sum = all(0);
        for (int i = from; i < from + doubles; i += LANES) {
            DoubleVector z = at(x, i);
            sum = z.fma(z, sum);
        }
        at(sums, at).add(sum).intoArray(sums, at);
    }

    @Override
    boolean singularValues(double[] a, int m, int n, double[] diagonal, double[] scratch, double[] values) {
        transposeTriangle(a, m, n, diagonal, scratch);
        double[] turns = new double[2 * LANES];
        boolean rotated = true;
        for (int sweep = 0; rotated && sweep < MOST_SWEEPS; sweep++) {
            rotated = false;
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotated |= rotate(scratch, p * n * LANES, q * n * LANES, n, turns);
                }
            }
        }
        for (int j = 0; j < n; j++) {
            Arrays.fill(values, j * LANES, (j + 1) * LANES, 0);
            addSquares(scratch, j * n * LANES, n * LANES, values, j * LANES);
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
            Arrays.fill(to, j * n * LANES, (j * n + j) * LANES, 0);
            System.arraycopy(diagonal, j * LANES, to, (j * n + j) * LANES, LANES);
            for (int i = j + 1; i < n; i++) {
                System.arraycopy(a, (i * m + j) * LANES, to, (j * n + i) * LANES, LANES);
            }
        }
    }

    /** Writes the cosines and sines that make two columns orthogonal, 1 and 0 in the lanes where they are; returns whether any are not. */
    static boolean angles(double[] g, int p, int q, int n, double[] turns) {
        DoubleVector xx = all(0);
        DoubleVector yy = all(0);
        DoubleVector xy = all(0);
        for (int i = 0; i < n * LANES; i += LANES) {
            DoubleVector x = at(g, p + i);
            DoubleVector y = at(g, q + i);
            xx = x.fma(x, xx);
            yy = y.fma(y, yy);
            xy = x.fma(y, xy);
        }
        VectorMask<Double> rotated = xy.mul(xy).compare(GT, xx.mul(yy).mul(all(ORTHOGONAL)));
        if (!rotated.anyTrue()) {
            return false;
        }
        DoubleVector zeta = yy.sub(xx).div(xy.add(xy));
        DoubleVector size = zeta.fma(zeta, all(1)).sqrt().add(zeta.abs());
        DoubleVector positive = all(1).div(size);
        DoubleVector tangent = positive.blend(positive.neg(), zeta.compare(LT, all(0)));
        DoubleVector cosine = all(1).div(tangent.fma(tangent, all(1)).sqrt());
        all(1).blend(cosine, rotated).intoArray(turns, 0);
        all(0).blend(cosine.mul(tangent), rotated).intoArray(turns, LANES);
        return true;
    }

    static void turn(double[] g, int p, int q, int n, double[] turns) {
        DoubleVector cosine = at(turns, 0);
        DoubleVector sine = at(turns, LANES);
        DoubleVector minus = sine.neg();
        for (int i = 0; i < n * LANES; i += LANES) {
            DoubleVector x = at(g, p + i);
            DoubleVector y = at(g, q + i);
            y.fma(minus, x.mul(cosine)).intoArray(g, p + i);
            x.fma(sine, y.mul(cosine)).intoArray(g, q + i);
        }
    }
}
