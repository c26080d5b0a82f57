package kron4j.backend.cpu;

import java.util.function.DoubleUnaryOperator;
import kron4j.backend.UnaryOp;

/** Elementwise functions on tiles. Each loop is a method of its own, so that the JIT compiles it alone, soon and well. */
final class UnaryKernels {
    private UnaryKernels() {}

    /** Whether {@link #floats} has the operation; the others are computed in double and rounded once. */
    static boolean hasFloats(UnaryOp op) {
        return switch (op) {
            case NEGATIVE, ABS, SQUARE, SQRT, RECIPROCAL, RELU -> true;
            default -> false;
        };
    }

    static void floats(UnaryOp op, float[] x, float[] z, int n) {
        switch (op) {
            case NEGATIVE -> negative(x, z, n);
            case ABS -> abs(x, z, n);
            case SQUARE -> square(x, z, n);
            case SQRT -> sqrt(x, z, n);
            case RECIPROCAL -> reciprocal(x, z, n);
            case RELU -> relu(x, z, n);
            default -> throw new AssertionError(op);
        }
    }

    /** Computes z, which is not x; the doubles of the last two tiles are scratch. */
    static void doubles(UnaryOp op, double[] x, double[] z, Tile[] tiles, int n) {
        double[] k = tiles[4].doubles;
        double[] y = tiles[5].doubles;
        switch (op) {
            case EXP -> Transcendentals.exp(x, z, k, n);
            case LOG -> Transcendentals.log(x, z, k, n);
            case TANH -> Transcendentals.tanh(x, z, k, y, n);
            case SIGMOID -> Transcendentals.sigmoid(x, z, k, y, n);
            case SOFTPLUS -> Transcendentals.softplus(x, z, k, y, n);
            case NEGATIVE -> negative(x, z, n);
            case ABS -> abs(x, z, n);
            case SQUARE -> square(x, z, n);
            case SQRT -> sqrt(x, z, n);
            case RSQRT -> rsqrt(x, z, n);
            case RECIPROCAL -> reciprocal(x, z, n);
            case RELU -> relu(x, z, n);
            case SIGN -> sign(x, z, n);
            case FLOOR -> floor(x, z, n);
            case CEIL -> ceil(x, z, n);
            case ROUND -> round(x, z, n);
            default -> {
                DoubleUnaryOperator f = function(op);
                for (int i = 0; i < n; i++) {
                    z[i] = f.applyAsDouble(x[i]);
                }
            }
        }
    }

    static DoubleUnaryOperator function(UnaryOp op) {
        return switch (op) {
            case EXPM1 -> Math::expm1;
            case LOG1P -> Math::log1p;
            case SIN -> Math::sin;
            case COS -> Math::cos;
            case TAN -> Math::tan;
            case ASIN -> Math::asin;
            case ACOS -> Math::acos;
            case ATAN -> Math::atan;
            case SINH -> Math::sinh;
            case COSH -> Math::cosh;
            case ASINH -> SpecialFunctions::asinh;
            case ACOSH -> SpecialFunctions::acosh;
            case ATANH -> SpecialFunctions::atanh;
            case ERF -> SpecialFunctions::erf;
            case ERFC -> SpecialFunctions::erfc;
            case ERFINV -> GammaFunctions::erfinv;
            case LGAMMA -> GammaFunctions::lgamma;
            case DIGAMMA -> GammaFunctions::digamma;
            case TRIGAMMA -> GammaFunctions::trigamma;
            case ANGLE -> v -> Math.atan2(0, v);
            default -> throw new AssertionError(op);
        };
    }

    static void longs(UnaryOp op, long[] x, long[] z, int n) {
        switch (op) {
            case NEGATIVE -> negative(x, z, n);
            case ABS -> abs(x, z, n);
            case SIGN -> sign(x, z, n);
            case SQUARE -> square(x, z, n);
            case RELU -> relu(x, z, n);
            case FLOOR, CEIL, ROUND -> System.arraycopy(x, 0, z, 0, n);
            default -> throw new AssertionError(op);
        }
    }

    private static void negative(long[] x, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = -x[i];
        }
    }

    private static void abs(long[] x, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.abs(x[i]);
        }
    }

    private static void sign(long[] x, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (x[i] >> 63) | (-x[i] >>> 63);
        }
    }

    private static void square(long[] x, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * x[i];
        }
    }

    private static void relu(long[] x, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] & ~(x[i] >> 63);
        }
    }

    private static void negative(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = -x[i];
        }
    }

    private static void abs(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.abs(x[i]);
        }
    }

    private static void square(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * x[i];
        }
    }

    private static void sqrt(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (float) Math.sqrt(x[i]);
        }
    }

    private static void reciprocal(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = 1 / x[i];
        }
    }

    private static void relu(float[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.max(x[i], 0f);
        }
    }

    static void negative(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = -x[i];
        }
    }

    private static void abs(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.abs(x[i]);
        }
    }

    private static void square(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * x[i];
        }
    }

    private static void sqrt(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.sqrt(x[i]);
        }
    }

    private static void rsqrt(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = 1 / Math.sqrt(x[i]);
        }
    }

    private static void reciprocal(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = 1 / x[i];
        }
    }

    private static void relu(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.max(x[i], 0.0);
        }
    }

    /** Without branches: numbers are brought to the size of 1 at least, and that is bounded by 1. -0 gives 0. */
    private static void sign(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.max(-1, Math.min(1, x[i] * 0x1p1000 * 0x1p1000)) + 0.0;
        }
    }

    private static void floor(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.floor(x[i]);
        }
    }

    private static void ceil(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.ceil(x[i]);
        }
    }

    private static void round(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.rint(x[i]);
        }
    }
}
