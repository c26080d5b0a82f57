package kron4j.backend.cpu;

import java.util.function.DoubleBinaryOperator;
import kron4j.DType;
import kron4j.backend.BinaryOp;

/** Elementwise functions of two tiles. The output may be one of the inputs. Each loop is a method of its own, so that the JIT compiles it alone, soon and well. */
final class BinaryKernels {
    private BinaryKernels() {}

    /** Whether {@link #floats} has the operation; the others are computed in double and rounded once. */
    static boolean hasFloats(BinaryOp op) {
        return switch (op) {
            case ADD, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM -> true;
            default -> false;
        };
    }

    static void floats(BinaryOp op, float[] x, float[] y, float[] z, int n) {
        switch (op) {
            case ADD -> add(x, y, z, n);
            case SUBTRACT -> subtract(x, y, z, n);
            case MULTIPLY -> multiply(x, y, z, n);
            case DIVIDE -> divide(x, y, z, n);
            case MAXIMUM -> maximum(x, y, z, n);
            case MINIMUM -> minimum(x, y, z, n);
            default -> throw new AssertionError(op);
        }
    }

    static void doubles(BinaryOp op, double[] x, double[] y, double[] z, int n) {
        switch (op) {
            case ADD -> add(x, y, z, n);
            case SUBTRACT -> subtract(x, y, z, n);
            case MULTIPLY -> multiply(x, y, z, n);
            case DIVIDE -> divide(x, y, z, n);
            case MAXIMUM -> maximum(x, y, z, n);
            case MINIMUM -> minimum(x, y, z, n);
            default -> {
                DoubleBinaryOperator f = function(op);
                for (int i = 0; i < n; i++) {
                    z[i] = f.applyAsDouble(x[i], y[i]);
                }
            }
        }
    }

    /** An operation that has no loop of its own. */
    static double one(BinaryOp op, double x, double y) {
        return function(op).applyAsDouble(x, y);
    }

    private static DoubleBinaryOperator function(BinaryOp op) {
        return switch (op) {
            case REMAINDER -> BinaryKernels::remainder;
            case POWER -> BinaryKernels::power;
            case ATAN2 -> Math::atan2;
            case HYPOT -> Math::hypot;
            case FMOD -> (v, w) -> v % w;
            default -> throw new AssertionError(op);
        };
    }

    private static double remainder(double x, double y) {
        double r = x % y;
        return r == 0 ? Math.copySign(0.0, y) : r < 0 != y < 0 ? r + y : r;
    }

    /** C's and NumPy's pow. Java's differs for the bases 1 and -1: here 1 to any power is 1, even to NaN. */
    static double power(double x, double y) {
        return x == 1 || (x == -1 && Double.isInfinite(y)) ? 1 : Math.pow(x, y);
    }

    static void longs(BinaryOp op, long[] x, long[] y, long[] z, int n) {
        switch (op) {
            case ADD -> add(x, y, z, n);
            case SUBTRACT -> subtract(x, y, z, n);
            case MULTIPLY -> multiply(x, y, z, n);
            case MAXIMUM -> maximum(x, y, z, n);
            case MINIMUM -> minimum(x, y, z, n);
            default -> {
                for (int i = 0; i < n; i++) {
                    z[i] = switch (op) {
                        case DIVIDE -> Math.floorDiv(x[i], y[i]);
                        case REMAINDER -> Math.floorMod(x[i], y[i]);
                        case FMOD -> x[i] % y[i];
                        case POWER -> power(x[i], y[i]);
                        default -> throw new AssertionError(op);
                    };
                }
            }
        }
    }

    private static long power(long base, long exponent) {
        long result = 1;
        long square = base;
        for (long e = exponent; e != 0; e >>>= 1) {
            result *= (e & 1) != 0 ? square : 1;
            square *= square;
        }
        return result;
    }

    /** Throws if integers have no result for one of these right operands. */
    static void check(BinaryOp op, DType dtype, long[] y, int n) {
        for (int i = 0; i < n; i++) {
            if (op == BinaryOp.POWER ? y[i] < 0 : y[i] == 0) {
                throw Pointwise.undefined(
                        op, dtype, op == BinaryOp.POWER ? "negative exponent " + y[i] : "division by zero");
            }
        }
    }

    private static void add(float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] + y[i];
        }
    }

    private static void subtract(float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] - y[i];
        }
    }

    private static void multiply(float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * y[i];
        }
    }

    private static void divide(float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] / y[i];
        }
    }

    private static void maximum(float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.max(x[i], y[i]);
        }
    }

    private static void minimum(float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.min(x[i], y[i]);
        }
    }

    private static void add(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] + y[i];
        }
    }

    private static void subtract(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] - y[i];
        }
    }

    private static void multiply(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * y[i];
        }
    }

    private static void divide(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] / y[i];
        }
    }

    private static void maximum(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.max(x[i], y[i]);
        }
    }

    private static void minimum(double[] x, double[] y, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.min(x[i], y[i]);
        }
    }

    private static void add(long[] x, long[] y, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] + y[i];
        }
    }

    private static void subtract(long[] x, long[] y, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] - y[i];
        }
    }

    private static void multiply(long[] x, long[] y, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * y[i];
        }
    }

    private static void maximum(long[] x, long[] y, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.max(x[i], y[i]);
        }
    }

    private static void minimum(long[] x, long[] y, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.min(x[i], y[i]);
        }
    }
}
