package kron4j.backend.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import kron4j.Complex;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * Arithmetic of complex tiles in which real and imaginary parts alternate, as in storages: nothing is parted or joined. Quotients are computed in
 * double, absolute values and reciprocals in double or by vectors in the dtype itself, as products are. The output is none of the inputs. Each loop is a method of its own, so that the JIT compiles it alone.
 */
final class ComplexPairs {
    /** Between these, a sum of two squares has no part that over- or underflowed. */
    static final double LEAST = 0x1p-790;

    static final double GREATEST = 0x1p790;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final float[] FLOAT_SIGNS = new float[2 * Tile.SIZE];
    private static final double[] SIGNS = new double[2 * Tile.SIZE];

    static {
        for (int i = 0; i < SIGNS.length; i++) {
            SIGNS[i] = 1 - i % 2 * 2;
            FLOAT_SIGNS[i] = (float) SIGNS[i];
        }
    }

    private ComplexPairs() {}

    static boolean has(UnaryOp op) {
        return switch (op) {
            case NEGATIVE, CONJUGATE, ABS, SQUARE, RECIPROCAL, IS_NAN, IS_INF, IS_FINITE -> true;
            default -> false;
        };
    }

    static boolean has(BinaryOp op) {
        return switch (op) {
            case ADD, SUBTRACT, MULTIPLY, DIVIDE, EQUAL, NOT_EQUAL -> true;
            default -> false;
        };
    }

    /** {@code z = factor * x} for {@code n} numbers. */
    static void scale(Complex factor, Kind real, Tile x, Tile z, int n) {
        if (real == Kind.FLOAT) {
            Loops.BEST.scale(factor.re(), factor.im(), x.floats, z.floats, n);
        } else {
            Loops.BEST.scale(factor.re(), factor.im(), x.doubles, z.doubles, n);
        }
    }

    /** Writes a number {@code n} times. */
    static void fill(Complex number, Kind real, Tile z, int n) {
        for (int i = 0; i < 2 * n; i += 2) {
            if (real == Kind.FLOAT) {
                z.floats[i] = (float) number.re();
                z.floats[i + 1] = (float) number.im();
            } else {
                z.doubles[i] = number.re();
                z.doubles[i + 1] = number.im();
            }
        }
    }

    static void scale(double re, double im, float[] x, float[] z, int n) {
        float c = (float) re;
        float d = (float) im;
        for (int i = 1; i < 2 * n; i += 2) {
            float a = x[i - 1];
            float b = x[i];
            z[i - 1] = a * c - b * d;
            z[i] = a * d + b * c;
        }
    }

    static void scale(double c, double d, double[] x, double[] z, int n) {
        for (int i = 1; i < 2 * n; i += 2) {
            double a = x[i - 1];
            double b = x[i];
            z[i - 1] = a * c - b * d;
            z[i] = a * d + b * c;
        }
    }

    /** Writes the parts of {@code n} numbers to two arrays from a place on; returns the place after the last one. */
    static int part(double[] x, int from, int n, double[] re, double[] im, int at) {
        for (int i = 0; i < n; i++) {
            re[at + i] = x[2 * (from + i)];
            im[at + i] = x[2 * (from + i) + 1];
        }
        return at + n;
    }

    static boolean arePlain(double[] x, int from, int n) {
        for (int i = from; i < n; i++) {
            if (!(Math.abs(x[i]) > 0 && Math.abs(x[i]) < Double.POSITIVE_INFINITY)) {
                return false;
            }
        }
        return true;
    }

    /** {@code z = x + 0i} for {@code n} real numbers. */
    static void ofReal(Kind real, Tile x, Tile z, int n) {
        for (int i = 0; i < n; i++) {
            if (real == Kind.FLOAT) {
                z.floats[2 * i] = x.floats[i];
                z.floats[2 * i + 1] = 0;
            } else {
                z.doubles[2 * i] = x.doubles[i];
                z.doubles[2 * i + 1] = 0;
            }
        }
    }

    /** {@code z = x + i y} for {@code n} real numbers. */
    static void join(Kind real, Tile x, Tile y, Tile z, int n) {
        for (int i = 0; i < n; i++) {
            if (real == Kind.FLOAT) {
                z.floats[2 * i] = x.floats[i];
                z.floats[2 * i + 1] = y.floats[i];
            } else {
                z.doubles[2 * i] = x.doubles[i];
                z.doubles[2 * i + 1] = y.doubles[i];
            }
        }
    }

    /** {@code tiles[0] = op(tiles[1])} for {@code n} numbers, or the truth of a predicate in bytes; the last tile is scratch. */
    static void compute(UnaryOp op, Kind real, Tile[] tiles, int n) {
        Tile x = tiles[1];
        Tile z = tiles[0];
        boolean single = real == Kind.FLOAT;
        switch (op) {
            case NEGATIVE -> {
                if (single) {
                    UnaryKernels.floats(op, x.floats, z.floats, 2 * n);
                } else {
                    UnaryKernels.negative(x.doubles, z.doubles, 2 * n);
                }
            }
            case CONJUGATE -> {
                if (single) {
                    BinaryKernels.floats(BinaryOp.MULTIPLY, x.floats, FLOAT_SIGNS, z.floats, 2 * n);
                } else {
                    BinaryKernels.doubles(BinaryOp.MULTIPLY, x.doubles, SIGNS, z.doubles, 2 * n);
                }
            }
            case ABS -> {
                if (single) {
                    Loops.BEST.absolute(x.floats, z.floats, n);
                } else {
                    Loops.BEST.absolute(x.doubles, z.doubles, n);
                }
            }
            case SQUARE -> multiply(single, x, x, z, n);
            case RECIPROCAL -> {
                if (single) {
                    Loops.BEST.reciprocals(x, z, tiles[tiles.length - 1], n);
                } else {
                    reciprocals(x, z, tiles[tiles.length - 1], n);
                }
            }
            case IS_NAN, IS_INF -> {
                if (single) {
                    Truths.test(op, x.floats, z, 2 * n);
                } else {
                    Truths.test(op, x.doubles, z, 2 * n);
                }
                join(z.bytes, false, n);
            }
            case IS_FINITE -> {
                // x - x is 0, or NaN.
                if (single) {
                    BinaryKernels.floats(BinaryOp.SUBTRACT, x.floats, x.floats, z.floats, 2 * n);
                    Loops.BEST.test(BinaryOp.EQUAL, z.floats, z.floats, z, 2 * n);
                } else {
                    BinaryKernels.doubles(BinaryOp.SUBTRACT, x.doubles, x.doubles, z.doubles, 2 * n);
                    Loops.BEST.test(BinaryOp.EQUAL, z.doubles, z.doubles, z, 2 * n);
                }
                join(z.bytes, true, n);
            }
            default -> throw new AssertionError(op);
        }
    }

    /** {@code tiles[0] = op(x, y)} for {@code n} numbers, or the truth of a comparison in bytes; the last tile is scratch. */
    static void compute(BinaryOp op, Kind real, Tile x, Tile y, Tile[] tiles, int n) {
        Tile z = tiles[0];
        boolean single = real == Kind.FLOAT;
        switch (op) {
            case ADD, SUBTRACT -> {
                if (single) {
                    BinaryKernels.floats(op, x.floats, y.floats, z.floats, 2 * n);
                } else {
                    BinaryKernels.doubles(op, x.doubles, y.doubles, z.doubles, 2 * n);
                }
            }
            case MULTIPLY -> multiply(single, x, y, z, n);
            case EQUAL, NOT_EQUAL -> {
                if (single) {
                    Loops.BEST.test(op, x.floats, y.floats, z, 2 * n);
                } else {
                    Loops.BEST.test(op, x.doubles, y.doubles, z, 2 * n);
                }
                join(z.bytes, op == BinaryOp.EQUAL, n);
            }
            case DIVIDE -> {
                if (single) {
                    Loops.BEST.widen(x.floats, x.doubles, 2 * n);
                    Loops.BEST.widen(y.floats, y.doubles, 2 * n);
                }
                int left = Loops.BEST.divide(x.doubles, y.doubles, z.doubles, n);
                divide(x.doubles, y.doubles, z.doubles, tiles[tiles.length - 1], left);
                if (single) {
                    Loops.BEST.narrow(z.doubles, z.floats, 2 * n);
                }
            }
            default -> throw new AssertionError(op);
        }
    }

    /** Makes each of {@code n} truth values two. */
    static void twice(byte[] truths, int n) {
        for (int i = n - 1; i >= 0; i--) {
            byte truth = truths[i];
            truths[2 * i] = truth;
            truths[2 * i + 1] = truth;
        }
    }

    /** Makes one truth value of each two: whether both are true, or one of them. */
    private static void join(byte[] truths, boolean both, int n) {
        for (int i = 0; i < n; i += Integer.BYTES) {
            long pairs = (long) LONGS.get(truths, 2 * i);
            long joined = (both ? pairs & pairs >>> 8 : pairs | pairs >>> 8) & 0x0001000100010001L;
            joined = (joined | joined >>> 8) & 0x0000ffff0000ffffL;
            INTS.set(truths, i, (int) (joined | joined >>> 16));
        }
    }

    private static void multiply(boolean single, Tile x, Tile y, Tile z, int n) {
        if (single) {
            Loops.BEST.multiply(x.floats, y.floats, z.floats, n);
        } else {
            Loops.BEST.multiply(x.doubles, y.doubles, z.doubles, n);
        }
    }

    static void multiply(float[] x, float[] y, float[] z, int n) {
        for (int i = 1; i < 2 * n; i += 2) {
            float a = x[i - 1];
            float b = x[i];
            float c = y[i - 1];
            float d = y[i];
            z[i - 1] = a * c - b * d;
            z[i] = a * d + b * c;
        }
    }

    static void multiply(double[] x, double[] y, double[] z, int n) {
        for (int i = 1; i < 2 * n; i += 2) {
            double a = x[i - 1];
            double b = x[i];
            double c = y[i - 1];
            double d = y[i];
            z[i - 1] = a * c - b * d;
            z[i] = a * d + b * c;
        }
    }

    static void absolute(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            double re = x[2 * i];
            double im = x[2 * i + 1];
            z[i] = (float) Math.sqrt(re * re + im * im);
        }
        repair(x, z, n);
    }

    static void absolute(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.sqrt(x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1]);
        }
        repair(x, z, n);
    }

    /** Infinite parts count, even beside NaN. */
    static void repair(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            if (Float.isNaN(z[i])) {
                z[i] = (float) Math.hypot(x[2 * i], x[2 * i + 1]);
            }
        }
    }

    /** Computes absolute values again whose squares may have over- or underflowed. */
    static void repair(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            if (!(z[i] >= 0x1p-400 && z[i] <= 0x1p400)) {
                z[i] = Math.hypot(x[2 * i], x[2 * i + 1]);
            }
        }
    }

    /** {@code z = 1 / x} by the plain formula; returns whether no square may have over- or underflowed. */
    static boolean reciprocals(double[] x, double[] z, int n) {
        boolean plain = true;
        for (int i = 0; i < 2 * n; i += 2) {
            double square = x[i] * x[i] + x[i + 1] * x[i + 1];
            plain &= isModerate(square);
            z[i] = x[i] / square;
            z[i + 1] = -x[i + 1] / square;
        }
        return plain;
    }

    private static void reciprocals(Tile x, Tile z, Tile scratch, int n) {
        if (!Loops.BEST.reciprocals(x.doubles, z.doubles, n)) {
            repairReciprocals(x.doubles, z.doubles, scratch, n);
        }
    }

    /** Reciprocals of floats, in double. */
    static void wideReciprocals(Tile x, Tile z, Tile scratch, int n) {
        Loops.BEST.widen(x.floats, x.doubles, 2 * n);
        reciprocals(x, z, scratch, n);
        Loops.BEST.narrow(z.doubles, z.floats, 2 * n);
    }

    /** Computes reciprocals of zero, and of numbers with a part that is infinite or no number. */
    static void repairReciprocals(float[] x, float[] z, Tile scratch, int n) {
        for (int i = 0; i < 2 * n; i += 2) {
            if (Float.isNaN(z[i]) || Float.isNaN(z[i + 1])) {
                ComplexFunctions.reciprocal(x[i], x[i + 1], scratch, 0);
                z[i] = (float) scratch.doubles[0];
                z[i + 1] = (float) scratch.imaginary[0];
            }
        }
    }

    private static boolean isModerate(double square) {
        return square >= LEAST && square <= GREATEST;
    }

    private static void repairReciprocals(double[] x, double[] z, Tile scratch, int n) {
        for (int i = 0; i < 2 * n; i += 2) {
            if (!isModerate(x[i] * x[i] + x[i + 1] * x[i + 1])) {
                ComplexFunctions.reciprocal(x[i], x[i + 1], scratch, 0);
                z[i] = scratch.doubles[0];
                z[i + 1] = scratch.imaginary[0];
            }
        }
    }

    static void divide(double[] x, double[] y, double[] z, Tile scratch, int n) {
        for (int i = 0; i < 2 * n; i += 2) {
            ComplexKernels.divide(x[i], x[i + 1], y[i], y[i + 1], scratch, 0);
            z[i] = scratch.doubles[0];
            z[i + 1] = scratch.imaginary[0];
        }
    }
}
