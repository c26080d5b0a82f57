package kron4j.backend.cpu;

import kron4j.Complex;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/** Elementwise functions of complex tiles. The output may be one of the inputs, but not of absolute values. Each loop is a method of its own, so that the JIT compiles it alone. */
final class ComplexKernels {
    private ComplexKernels() {}

    static void scale(Complex alpha, Tile x, Tile z, int n) {
        scale(alpha.re(), alpha.im(), x.doubles, x.imaginary, z.doubles, z.imaginary, n);
    }

    private static void scale(double a, double b, double[] re, double[] im, double[] zRe, double[] zIm, int n) {
        for (int i = 0; i < n; i++) {
            double c = re[i];
            double d = im[i];
            zRe[i] = a * c - b * d;
            zIm[i] = a * d + b * c;
        }
    }

    static void unary(UnaryOp op, Tile x, Tile z, int n) {
        switch (op) {
            case CONJUGATE -> {
                System.arraycopy(x.doubles, 0, z.doubles, 0, n);
                negative(x.imaginary, z.imaginary, n);
            }
            case NEGATIVE -> {
                negative(x.doubles, z.doubles, n);
                negative(x.imaginary, z.imaginary, n);
            }
            case SQUARE -> multiply(x, x, z, n);
            case ABS -> abs(x.doubles, x.imaginary, z.doubles, n);
            case ANGLE -> angle(x.doubles, x.imaginary, z.doubles, n);
            default -> {
                ComplexFunctions.Unary f = function(op);
                for (int i = 0; i < n; i++) {
                    f.at(x.doubles[i], x.imaginary[i], z, i);
                }
            }
        }
    }

    static ComplexFunctions.Unary function(UnaryOp op) {
        return switch (op) {
            case SIGN -> ComplexFunctions::sign;
            case SQRT -> ComplexFunctions::sqrt;
            case RSQRT -> ComplexFunctions::rsqrt;
            case RECIPROCAL -> ComplexFunctions::reciprocal;
            case EXP -> ComplexFunctions::exp;
            case EXPM1 -> ComplexFunctions::expm1;
            case LOG -> ComplexFunctions::log;
            case LOG1P -> ComplexFunctions::log1p;
            case SIN -> ComplexFunctions::sin;
            case COS -> ComplexFunctions::cos;
            case TAN -> ComplexFunctions::tan;
            case ASIN -> ComplexArcs::asin;
            case ACOS -> ComplexArcs::acos;
            case ATAN -> ComplexFunctions::atan;
            case SINH -> ComplexFunctions::sinh;
            case COSH -> ComplexFunctions::cosh;
            case TANH -> ComplexFunctions::tanh;
            case ASINH -> ComplexArcs::asinh;
            case ACOSH -> ComplexArcs::acosh;
            case ATANH -> ComplexFunctions::atanh;
            case SIGMOID -> ComplexFunctions::sigmoid;
            default -> throw new AssertionError(op);
        };
    }

    static void binary(BinaryOp op, Tile x, Tile y, Tile z, int n) {
        switch (op) {
            case ADD -> {
                BinaryKernels.doubles(op, x.doubles, y.doubles, z.doubles, n);
                BinaryKernels.doubles(op, x.imaginary, y.imaginary, z.imaginary, n);
            }
            case SUBTRACT -> {
                BinaryKernels.doubles(op, x.doubles, y.doubles, z.doubles, n);
                BinaryKernels.doubles(op, x.imaginary, y.imaginary, z.imaginary, n);
            }
            case MULTIPLY -> multiply(x, y, z, n);
            case DIVIDE -> divide(x, y, z, n);
            case POWER -> {
                for (int i = 0; i < n; i++) {
                    ComplexPower.power(x.doubles[i], x.imaginary[i], y.doubles[i], y.imaginary[i], z, i);
                }
            }
            default -> throw new AssertionError(op);
        }
    }

    /** Whether numbers are zero; {@link ComplexPairs} has the other predicates. */
    static void areZero(Tile x, byte[] z, int n) {
        double[] re = x.doubles;
        double[] im = x.imaginary;
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (re[i] == 0 && im[i] == 0 ? 1 : 0);
        }
    }

    static void test(BinaryOp op, Tile x, Tile y, byte[] z, int n) {
        double[] re = x.doubles;
        double[] im = x.imaginary;
        double[] yRe = y.doubles;
        double[] yIm = y.imaginary;
        for (int i = 0; i < n; i++) {
            z[i] = switch (op) {
                case EQUAL -> (byte) (re[i] == yRe[i] && im[i] == yIm[i] ? 1 : 0);
                case NOT_EQUAL -> (byte) (re[i] != yRe[i] || im[i] != yIm[i] ? 1 : 0);
                default -> Truths.logical(op, re[i] != 0 || im[i] != 0, yRe[i] != 0 || yIm[i] != 0);
            };
        }
    }

    private static void negative(double[] x, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = -x[i];
        }
    }

    /** By the plain formula in a loop that the JIT vectorises, and again where its squares may have over- or underflowed. */
    private static void abs(double[] re, double[] im, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.sqrt(re[i] * re[i] + im[i] * im[i]);
        }
        for (int i = 0; i < n; i++) {
            if (!(z[i] >= 0x1p-400 && z[i] <= 0x1p400)) {
                z[i] = Math.hypot(re[i], im[i]);
            }
        }
    }

    private static void angle(double[] re, double[] im, double[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.atan2(im[i], re[i]);
        }
    }

    private static void multiply(Tile x, Tile y, Tile z, int n) {
        multiply(x.doubles, x.imaginary, y.doubles, y.imaginary, z.doubles, z.imaginary, n);
    }

    private static void multiply(double[] a, double[] b, double[] c, double[] d, double[] re, double[] im, int n) {
        for (int i = 0; i < n; i++) {
            double x = a[i] * c[i] - b[i] * d[i];
            double y = a[i] * d[i] + b[i] * c[i];
            re[i] = x;
            im[i] = y;
        }
    }

    private static void divide(Tile x, Tile y, Tile z, int n) {
        for (int i = 0; i < n; i++) {
            divide(x.doubles[i], x.imaginary[i], y.doubles[i], y.imaginary[i], z, i);
        }
    }

    /** By the plain formula where its products are in range, else with scaling. */
    static void divide(double a, double b, double c, double d, Tile z, int i) {
        if (isModerate(a, b) && isModerate(c, d)) {
            double square = c * c + d * d;
            z.doubles[i] = (a * c + b * d) / square;
            z.imaginary[i] = (b * c - a * d) / square;
        } else {
            ComplexFunctions.divide(a, b, c, d, z, i);
        }
    }

    /** Whether the larger part is a number whose square neither over- nor underflows. */
    private static boolean isModerate(double x, double y) {
        double larger = Math.max(Math.abs(x), Math.abs(y));
        return larger > 0x1p-400 && larger < 0x1p400;
    }
}
