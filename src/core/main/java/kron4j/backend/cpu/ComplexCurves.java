package kron4j.backend.cpu;

import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * Exponentials, logarithms, square roots, trigonometric and hyperbolic functions of complex tiles, made of loops over real ones. What the plain formulas are not made for (overflow,
 * infinities, NaN) {@link ComplexFunctions} computes again, one by one. Each loop is a method of its own, so that the JIT compiles it alone.
 */
final class ComplexCurves {
    private ComplexCurves() {}

    static boolean has(UnaryOp op) {
        return switch (op) {
            case EXP, LOG, SQRT, SIN, COS, TAN, SINH, COSH, TANH -> true;
            default -> false;
        };
    }

    /** {@code tiles[0] = op(tiles[1])} for {@code n} numbers; the other tiles are scratch. */
    static void compute(UnaryOp op, Tile[] tiles, int n) {
        Tile x = tiles[1];
        switch (op) {
            case EXP -> {
                exp(x, tiles, n);
                repair(op, x.doubles, ComplexFunctions.NORMAL, x.imaginary, tiles, n);
            }
            case LOG -> log(x, tiles, n);
            case SQRT -> sqrt(x.doubles, x.imaginary, tiles[0], n);
            case SINH, COSH, TANH -> hyperbolic(op, x.doubles, x.imaginary, tiles, n);
            case SIN, COS, TAN -> hyperbolic(op, x.imaginary, x.doubles, tiles, n);
            default -> throw new AssertionError(op);
        }
    }

    /** Computes again where a part is not less than a number, or the other one is not finite. */
    private static void repair(UnaryOp op, double[] a, double most, double[] b, Tile[] tiles, int n) {
        for (int i = 0; i < n; i++) {
            if (!(Math.abs(a[i]) < most && Math.abs(b[i]) < Double.POSITIVE_INFINITY)) {
                ComplexKernels.function(op).at(tiles[1].doubles[i], tiles[1].imaginary[i], tiles[0], i);
            }
        }
    }

    private static void exp(Tile x, Tile[] tiles, int n) {
        Tile z = tiles[0];
        double[] e = tiles[2].doubles;
        Loops.BEST.doubles(UnaryOp.EXP, x.doubles, e, tiles, n);
        Loops.BEST.doubles(UnaryOp.COS, x.imaginary, z.doubles, tiles, n);
        Loops.BEST.doubles(UnaryOp.SIN, x.imaginary, z.imaginary, tiles, n);
        times(e, z.doubles, z.doubles, n);
        times(e, z.imaginary, z.imaginary, n);
    }

    private static void sqrt(double[] x, double[] y, Tile z, int n) {
        int done = Loops.BEST.roots(x, y, z.doubles, z.imaginary, n);
        for (int i = 0; i < -done; i++) {
            if (!ComplexFunctions.isOrdinary(x[i] * x[i] + y[i] * y[i])) {
                ComplexFunctions.sqrt(x[i], y[i], z, i);
            }
        }
        for (int i = Math.abs(done); i < n; i++) {
            ComplexFunctions.sqrt(x[i], y[i], z, i);
        }
    }

    /** {@code log|x + yj|} as {@link ComplexFunctions#log} has it, and the angle. */
    private static void log(Tile x, Tile[] tiles, int n) {
        Tile z = tiles[0];
        double[] squares = tiles[2].doubles;
        double[] above = tiles[3].doubles;
        double[] near = tiles[3].imaginary;
        squares(x.doubles, x.imaginary, squares, n);
        Loops.BEST.doubles(UnaryOp.LOG, squares, z.doubles, tiles, n);
        if (above(x.doubles, x.imaginary, squares, above, n)) {
            Loops.BEST.doubles(UnaryOp.LOG1P, above, near, tiles, n);
            takeNear(squares, near, z.doubles, n);
        }
        halve(z.doubles, n);
        Loops.BEST.doubles(BinaryOp.ATAN2, x.imaginary, x.doubles, z.imaginary, n);
        for (int i = 0; i < n; i++) {
            if (!ComplexFunctions.isOrdinary(squares[i])) {
                ComplexFunctions.log(x.doubles[i], x.imaginary[i], z, i);
            }
        }
    }

    private static void squares(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * x[i] + y[i] * y[i];
        }
    }

    /** By how much the squares near 1 are above it, with the rounding errors of their terms; returns whether there are any. */
    private static boolean above(double[] x, double[] y, double[] squares, double[] z, int n) {
        boolean any = false;
        for (int i = 0; i < n; i++) {
            boolean near = ComplexFunctions.isNearOne(squares[i]);
            z[i] = near ? ComplexFunctions.aboveOne(x[i], y[i]) : 0;
            any |= near;
        }
        return any;
    }

    private static void takeNear(double[] squares, double[] near, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = ComplexFunctions.isNearOne(squares[i]) ? near[i] : z[i];
        }
    }

    private static void halve(double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] *= 0.5;
        }
    }

    /** Functions of {@code a + bj}, and trigonometric ones of {@code b + aj}, from the hyperbolic sine and cosine of a and the others of b. */
    private static void hyperbolic(UnaryOp op, double[] a, double[] b, Tile[] tiles, int n) {
        Tile z = tiles[0];
        double[] sinh = tiles[2].doubles;
        double[] cosh = tiles[2].imaginary;
        double[] sin = tiles[3].doubles;
        double[] cos = tiles[3].imaginary;
        sizes(a, cosh, n);
        Loops.BEST.doubles(UnaryOp.EXPM1, cosh, sinh, tiles, n);
        halves(a, sinh, cosh, n);
        Loops.BEST.doubles(UnaryOp.SIN, b, sin, tiles, n);
        Loops.BEST.doubles(UnaryOp.COS, b, cos, tiles, n);
        switch (op) {
            case SINH -> products(sinh, cos, cosh, sin, z, n);
            case COSH -> products(cosh, cos, sinh, sin, z, n);
            case SIN -> products(cosh, sin, sinh, cos, z, n);
            case COS -> {
                products(cosh, cos, sinh, sin, z, n);
                negate(z.imaginary, n);
            }
            case TANH -> quotients(sinh, cosh, sin, cos, z.doubles, z.imaginary, n);
            case TAN -> quotients(sinh, cosh, sin, cos, z.imaginary, z.doubles, n);
            default -> throw new AssertionError(op);
        }
        boolean quotient = op == UnaryOp.TAN || op == UnaryOp.TANH;
        repair(op, a, quotient ? ComplexFunctions.FLAT : ComplexFunctions.NORMAL, b, tiles, n);
    }

    private static void sizes(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.abs(x[i]);
        }
    }

    /** Hyperbolic sines and cosines, from {@code e^|x| - 1} in the array of sines. */
    private static void halves(double[] x, double[] sinh, double[] cosh, int n) {
        for (int i = 0; i < n; i++) {
            double rise = sinh[i];
            double e = rise + 1;
            sinh[i] = Math.copySign(0.5 * (rise + rise / e), x[i]);
            cosh[i] = 0.5 * (e + 1 / e);
        }
    }

    private static void products(double[] a, double[] b, double[] c, double[] d, Tile z, int n) {
        times(a, b, z.doubles, n);
        times(c, d, z.imaginary, n);
    }

    private static void times(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * y[i];
        }
    }

    private static void negate(double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = -z[i];
        }
    }

    private static void quotients(
            double[] sinh, double[] cosh, double[] sin, double[] cos, double[] steep, double[] turning, int n) {
        for (int i = 0; i < n; i++) {
            double square = sinh[i] * sinh[i] + cos[i] * cos[i];
            steep[i] = sinh[i] * cosh[i] / square;
            turning[i] = sin[i] * cos[i] / square;
        }
    }
}
