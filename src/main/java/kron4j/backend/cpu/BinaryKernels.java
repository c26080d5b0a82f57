package kron4j.backend.cpu;

import java.util.function.DoubleBinaryOperator;
import kron4j.DType;
import kron4j.backend.BinaryOp;

/** Elementwise functions of two tiles. The output may be one of the inputs. */
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
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] + y[i];
                }
            }
            case SUBTRACT -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] - y[i];
                }
            }
            case MULTIPLY -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] * y[i];
                }
            }
            case DIVIDE -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] / y[i];
                }
            }
            case MAXIMUM -> {
                for (int i = 0; i < n; i++) {
                    z[i] = Math.max(x[i], y[i]);
                }
            }
            case MINIMUM -> {
                for (int i = 0; i < n; i++) {
                    z[i] = Math.min(x[i], y[i]);
                }
            }
            default -> throw new AssertionError(op);
        }
    }

    static void doubles(BinaryOp op, double[] x, double[] y, double[] z, int n) {
        switch (op) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] + y[i];
                }
            }
            case SUBTRACT -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] - y[i];
                }
            }
            case MULTIPLY -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] * y[i];
                }
            }
            case DIVIDE -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] / y[i];
                }
            }
            case MAXIMUM -> {
                for (int i = 0; i < n; i++) {
                    z[i] = Math.max(x[i], y[i]);
                }
            }
            case MINIMUM -> {
                for (int i = 0; i < n; i++) {
                    z[i] = Math.min(x[i], y[i]);
                }
            }
            default -> {
                DoubleBinaryOperator f = function(op);
                for (int i = 0; i < n; i++) {
                    z[i] = f.applyAsDouble(x[i], y[i]);
                }
            }
        }
    }

    private static DoubleBinaryOperator function(BinaryOp op) {
        return switch (op) {
            case REMAINDER -> BinaryKernels::remainder;
            case POWER -> BinaryKernels::power;
            case ATAN2 -> Math::atan2;
            default -> throw new AssertionError(op);
        };
    }

    private static double remainder(double x, double y) {
        double r = x % y;
        return r == 0 ? Math.copySign(0.0, y) : r < 0 != y < 0 ? r + y : r;
    }

    /** C's and NumPy's pow, which differs from Java's where the base is 1 or -1: 1 to any power is 1, even to NaN. */
    private static double power(double x, double y) {
        return x == 1 || (x == -1 && Double.isInfinite(y)) ? 1 : Math.pow(x, y);
    }

    static void longs(BinaryOp op, long[] x, long[] y, long[] z, int n) {
        switch (op) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] + y[i];
                }
            }
            case SUBTRACT -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] - y[i];
                }
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    z[i] = switch (op) {
                        case MULTIPLY -> x[i] * y[i];
                        case DIVIDE -> Math.floorDiv(x[i], y[i]);
                        case REMAINDER -> Math.floorMod(x[i], y[i]);
                        case POWER -> power(x[i], y[i]);
                        case MAXIMUM -> Math.max(x[i], y[i]);
                        case MINIMUM -> Math.min(x[i], y[i]);
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

    /** Whether some right operands are errors for integers; {@link #check} tells. */
    static boolean isPartial(BinaryOp op) {
        return op == BinaryOp.DIVIDE || op == BinaryOp.REMAINDER || op == BinaryOp.POWER;
    }

    static void check(BinaryOp op, DType dtype, long[] y, int n) {
        for (int i = 0; i < n; i++) {
            if (op == BinaryOp.POWER ? y[i] < 0 : y[i] == 0) {
                throw Pointwise.undefined(
                        op, dtype, op == BinaryOp.POWER ? "negative exponent " + y[i] : "division by zero");
            }
        }
    }

    static void test(BinaryOp op, double[] x, double[] y, long[] z, int n) {
        switch (op) {
            case EQUAL -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] == y[i] ? 1 : 0;
                }
            }
            case NOT_EQUAL -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] != y[i] ? 1 : 0;
                }
            }
            case LESS -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] < y[i] ? 1 : 0;
                }
            }
            case LESS_EQUAL -> {
                for (int i = 0; i < n; i++) {
                    z[i] = x[i] <= y[i] ? 1 : 0;
                }
            }
            case GREATER -> test(BinaryOp.LESS, y, x, z, n);
            case GREATER_EQUAL -> test(BinaryOp.LESS_EQUAL, y, x, z, n);
            default -> {
                for (int i = 0; i < n; i++) {
                    z[i] = logical(op, x[i] != 0, y[i] != 0) ? 1 : 0;
                }
            }
        }
    }

    static void test(BinaryOp op, long[] x, long[] y, long[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = switch (op) {
                        case EQUAL -> x[i] == y[i];
                        case NOT_EQUAL -> x[i] != y[i];
                        case LESS -> x[i] < y[i];
                        case LESS_EQUAL -> x[i] <= y[i];
                        case GREATER -> x[i] > y[i];
                        case GREATER_EQUAL -> x[i] >= y[i];
                        default -> logical(op, x[i] != 0, y[i] != 0);
                    }
                    ? 1
                    : 0;
        }
    }

    private static boolean logical(BinaryOp op, boolean x, boolean y) {
        return switch (op) {
            case LOGICAL_AND -> x && y;
            case LOGICAL_OR -> x || y;
            case LOGICAL_XOR -> x ^ y;
            default -> throw new AssertionError(op);
        };
    }
}
