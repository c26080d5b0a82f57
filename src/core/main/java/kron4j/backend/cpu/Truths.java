package kron4j.backend.cpu;

import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/** Predicates of tiles, whose truth is 0 or 1 in bytes, and choices by it. Each loop is a method of its own, so that the JIT compiles it alone. */
final class Truths {
    /** Turns unsigned bytes into signed ones in the same order. */
    static final byte UNSIGNED = Byte.MIN_VALUE;

    private static final float[] FLOAT_ZEROS = new float[Tile.SIZE];
    private static final double[] ZEROS = new double[Tile.SIZE];
    private static final int[] INT_ZEROS = new int[Tile.SIZE];
    private static final long[] LONG_ZEROS = new long[Tile.SIZE];
    private static final byte[] BYTE_ZEROS = new byte[Tile.SIZE];

    private Truths() {}

    static void test(UnaryOp op, float[] x, Tile out, int n) {
        switch (op) {
            case IS_NAN -> Loops.BEST.test(BinaryOp.NOT_EQUAL, x, x, out, n);
            case LOGICAL_NOT -> Loops.BEST.test(BinaryOp.EQUAL, x, FLOAT_ZEROS, out, n);
            case IS_INF -> Loops.BEST.infinite(x, out, n);
            case IS_FINITE -> Loops.BEST.finite(x, out, n);
            default -> throw new AssertionError(op);
        }
    }

    static void test(UnaryOp op, double[] x, Tile out, int n) {
        switch (op) {
            case IS_NAN -> Loops.BEST.test(BinaryOp.NOT_EQUAL, x, x, out, n);
            case LOGICAL_NOT -> Loops.BEST.test(BinaryOp.EQUAL, x, ZEROS, out, n);
            case IS_INF -> Loops.BEST.infinite(x, out, n);
            case IS_FINITE -> Loops.BEST.finite(x, out, n);
            default -> throw new AssertionError(op);
        }
    }

    static void test(UnaryOp op, int[] x, Tile out, int n) {
        if (op == UnaryOp.LOGICAL_NOT) {
            Loops.BEST.test(BinaryOp.EQUAL, x, INT_ZEROS, out, n);
        } else {
            whole(op, out, n);
        }
    }

    static void test(UnaryOp op, long[] x, Tile out, int n) {
        if (op == UnaryOp.LOGICAL_NOT) {
            Loops.BEST.test(BinaryOp.EQUAL, x, LONG_ZEROS, out, n);
        } else {
            whole(op, out, n);
        }
    }

    static void test(UnaryOp op, byte[] x, Tile out, int n) {
        if (op == UnaryOp.LOGICAL_NOT) {
            Loops.BEST.test(BinaryOp.EQUAL, x, BYTE_ZEROS, (byte) 0, out, n);
        } else {
            whole(op, out, n);
        }
    }

    /** Whole numbers are finite. */
    private static void whole(UnaryOp op, Tile out, int n) {
        java.util.Arrays.fill(out.bytes, 0, n, (byte) (op == UnaryOp.IS_FINITE ? 1 : 0));
    }

    static void infinite(float[] x, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (Math.abs(x[i]) == Float.POSITIVE_INFINITY ? 1 : 0);
        }
    }

    static void finite(float[] x, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (Math.abs(x[i]) <= Float.MAX_VALUE ? 1 : 0);
        }
    }

    static void infinite(double[] x, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (Math.abs(x[i]) == Double.POSITIVE_INFINITY ? 1 : 0);
        }
    }

    static void finite(double[] x, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (Math.abs(x[i]) <= Double.MAX_VALUE ? 1 : 0);
        }
    }

    static void test(BinaryOp op, float[] x, float[] y, byte[] z, int n) {
        switch (op) {
            case EQUAL -> equal(x, y, z, n);
            case NOT_EQUAL -> {
                equal(x, y, z, n);
                invert(z, n);
            }
            case LESS -> less(x, y, z, n);
            case LESS_EQUAL -> lessEqual(x, y, z, n);
            case GREATER -> less(y, x, z, n);
            case GREATER_EQUAL -> lessEqual(y, x, z, n);
            default -> {
                for (int i = 0; i < n; i++) {
                    z[i] = logical(op, x[i] != 0, y[i] != 0);
                }
            }
        }
    }

    static void test(BinaryOp op, double[] x, double[] y, byte[] z, int n) {
        switch (op) {
            case EQUAL -> equal(x, y, z, n);
            case NOT_EQUAL -> {
                equal(x, y, z, n);
                invert(z, n);
            }
            case LESS -> less(x, y, z, n);
            case LESS_EQUAL -> lessEqual(x, y, z, n);
            case GREATER -> less(y, x, z, n);
            case GREATER_EQUAL -> lessEqual(y, x, z, n);
            default -> {
                for (int i = 0; i < n; i++) {
                    z[i] = logical(op, x[i] != 0, y[i] != 0);
                }
            }
        }
    }

    static void test(BinaryOp op, int[] x, int[] y, byte[] z, int n) {
        switch (op) {
            case EQUAL -> equal(x, y, z, n);
            case NOT_EQUAL -> {
                equal(x, y, z, n);
                invert(z, n);
            }
            case LESS -> less(x, y, z, n);
            case GREATER_EQUAL -> {
                less(x, y, z, n);
                invert(z, n);
            }
            case GREATER -> less(y, x, z, n);
            case LESS_EQUAL -> {
                less(y, x, z, n);
                invert(z, n);
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    z[i] = logical(op, x[i] != 0, y[i] != 0);
                }
            }
        }
    }

    static void test(BinaryOp op, long[] x, long[] y, byte[] z, int n) {
        switch (op) {
            case EQUAL -> equal(x, y, z, n);
            case NOT_EQUAL -> {
                equal(x, y, z, n);
                invert(z, n);
            }
            case LESS -> less(x, y, z, n);
            case GREATER_EQUAL -> {
                less(x, y, z, n);
                invert(z, n);
            }
            case GREATER -> less(y, x, z, n);
            case LESS_EQUAL -> {
                less(y, x, z, n);
                invert(z, n);
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    z[i] = logical(op, x[i] != 0, y[i] != 0);
                }
            }
        }
    }

    /** Of bytes in the order that they have after {@code ^ flip}. */
    static void test(BinaryOp op, byte[] x, byte[] y, byte flip, byte[] z, int n) {
        switch (op) {
            case EQUAL -> equal(x, y, z, n);
            case NOT_EQUAL -> {
                equal(x, y, z, n);
                invert(z, n);
            }
            case LESS -> less(x, y, flip, z, n);
            case GREATER_EQUAL -> {
                less(x, y, flip, z, n);
                invert(z, n);
            }
            case GREATER -> less(y, x, flip, z, n);
            case LESS_EQUAL -> {
                less(y, x, flip, z, n);
                invert(z, n);
            }
            case LOGICAL_AND -> and(x, y, z, n);
            case LOGICAL_OR -> or(x, y, z, n);
            case LOGICAL_XOR -> xor(x, y, z, n);
            default -> throw new AssertionError(op);
        }
    }

    static byte logical(BinaryOp op, boolean x, boolean y) {
        boolean truth = switch (op) {
            case LOGICAL_AND -> x && y;
            case LOGICAL_OR -> x || y;
            case LOGICAL_XOR -> x ^ y;
            default -> throw new AssertionError(op);
        };
        return (byte) (truth ? 1 : 0);
    }

    private static void invert(byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (z[i] ^ 1);
        }
    }

    private static void equal(float[] x, float[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] == y[i] ? 1 : 0);
        }
    }

    private static void less(float[] x, float[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] < y[i] ? 1 : 0);
        }
    }

    private static void lessEqual(float[] x, float[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] <= y[i] ? 1 : 0);
        }
    }

    private static void equal(double[] x, double[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] == y[i] ? 1 : 0);
        }
    }

    private static void less(double[] x, double[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] < y[i] ? 1 : 0);
        }
    }

    private static void lessEqual(double[] x, double[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] <= y[i] ? 1 : 0);
        }
    }

    private static void equal(int[] x, int[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] == y[i] ? 1 : 0);
        }
    }

    private static void less(int[] x, int[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] < y[i] ? 1 : 0);
        }
    }

    private static void equal(long[] x, long[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] == y[i] ? 1 : 0);
        }
    }

    private static void less(long[] x, long[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] < y[i] ? 1 : 0);
        }
    }

    private static void equal(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] == y[i] ? 1 : 0);
        }
    }

    private static void less(byte[] x, byte[] y, byte flip, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) ((x[i] ^ flip) < (y[i] ^ flip) ? 1 : 0);
        }
    }

    private static void and(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (((x[i] | -x[i]) & (y[i] | -y[i])) >>> 31);
        }
    }

    private static void or(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) ((x[i] | -x[i] | y[i] | -y[i]) >>> 31);
        }
    }

    private static void xor(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (((x[i] | -x[i]) ^ (y[i] | -y[i])) >>> 31);
        }
    }

    static void choose(byte[] condition, float[] a, float[] b, float[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = condition[i] != 0 ? a[i] : b[i];
        }
    }

    static void choose(byte[] condition, double[] a, double[] b, double[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = condition[i] != 0 ? a[i] : b[i];
        }
    }

    static void choose(byte[] condition, int[] a, int[] b, int[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = condition[i] != 0 ? a[i] : b[i];
        }
    }

    static void choose(byte[] condition, long[] a, long[] b, long[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = condition[i] != 0 ? a[i] : b[i];
        }
    }

    static void choose(byte[] condition, short[] a, short[] b, short[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = condition[i] != 0 ? a[i] : b[i];
        }
    }

    static void choose(byte[] condition, byte[] a, byte[] b, byte[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = condition[i] != 0 ? a[i] : b[i];
        }
    }
}
