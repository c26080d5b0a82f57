package kron4j.backend.cpu;

import kron4j.Complex;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * Arithmetic of complex tiles in which real and imaginary parts alternate, as in storages: nothing is parted or joined. Quotients and absolute values are
 * computed in double, products in the dtype itself. The output is none of the inputs. Each loop is a method of its own, so that the JIT compiles it alone.
 */
final class ComplexPairs {
    /** Between these, a sum of two squares has no part that over- or underflowed. */
    static final double LEAST = 0x1p-790;

    static final double GREATEST = 0x1p790;

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
            case NEGATIVE, CONJUGATE, ABS, SQUARE -> true;
            default -> false;
        };
    }

    static boolean has(BinaryOp op) {
        return switch (op) {
            case ADD, SUBTRACT, MULTIPLY, DIVIDE -> true;
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

    /** {@code tiles[0] = op(tiles[1])} for {@code n} numbers. */
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
            default -> throw new AssertionError(op);
        }
    }

    /** {@code tiles[0] = op(x, y)} for {@code n} numbers; the last tile is scratch. */
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

    static void divide(double[] x, double[] y, double[] z, Tile scratch, int n) {
        for (int i = 0; i < 2 * n; i += 2) {
            ComplexKernels.divide(x[i], x[i + 1], y[i], y[i + 1], scratch, 0);
            z[i] = scratch.doubles[0];
            z[i + 1] = scratch.imaginary[0];
        }
    }
}
