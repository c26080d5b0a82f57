package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/** Elementwise functions of tiles of ints and bytes, which wrap; those that the JIT vectorises, or vectors do. */
final class IntegerKernels {
    private static final byte[] ONES = new byte[2 * Tile.SIZE];
    private static final byte[] MINUS_ONES = new byte[2 * Tile.SIZE];

    static {
        Arrays.fill(ONES, (byte) 1);
        Arrays.fill(MINUS_ONES, (byte) -1);
    }

    private IntegerKernels() {}

    static boolean has(UnaryOp op) {
        return switch (op) {
            case NEGATIVE, ABS, SQUARE, RELU, SIGN -> true;
            default -> op.isPredicate();
        };
    }

    static boolean has(BinaryOp op) {
        return switch (op) {
            case ADD, SUBTRACT, MULTIPLY, MAXIMUM, MINIMUM -> true;
            default -> op.isPredicate();
        };
    }

    static void ints(UnaryOp op, int[] x, Tile out, int n) {
        int[] z = out.ints;
        switch (op) {
            case NEGATIVE -> negative(x, z, n);
            case ABS -> abs(x, z, n);
            case SQUARE -> multiply(x, x, z, n);
            case RELU -> relu(x, z, n);
            case SIGN -> sign(x, z, n);
            default -> Truths.test(op, x, out, n);
        }
    }

    static void ints(BinaryOp op, int[] x, int[] y, Tile out, int n) {
        int[] z = out.ints;
        switch (op) {
            case ADD -> add(x, y, z, n);
            case SUBTRACT -> subtract(x, y, z, n);
            case MULTIPLY -> multiply(x, y, z, n);
            case MAXIMUM -> Loops.BEST.maximum(x, y, z, n);
            case MINIMUM -> Loops.BEST.minimum(x, y, z, n);
            default -> Loops.BEST.test(op, x, y, out, n);
        }
    }

    /** In the order that bytes have after {@code ^ flip}. */
    static void bytes(UnaryOp op, byte[] x, byte flip, Tile out, int n) {
        byte[] z = out.bytes;
        switch (op) {
            case NEGATIVE -> negative(x, z, n);
            case SQUARE -> multiply(x, x, z, n);
            case SIGN -> {
                Loops.BEST.minimum(x, ONES, flip, z, n);
                if (flip == 0) {
                    Loops.BEST.maximum(z, MINUS_ONES, flip, z, n);
                }
            }
            case ABS, RELU -> {
                if (flip != 0) {
                    System.arraycopy(x, 0, z, 0, n);
                } else if (op == UnaryOp.ABS) {
                    abs(x, z, n);
                } else {
                    relu(x, z, n);
                }
            }
            default -> Truths.test(op, x, out, n);
        }
    }

    /** In the order that bytes have after {@code ^ flip}. */
    static void bytes(BinaryOp op, byte[] x, byte[] y, byte flip, Tile out, int n) {
        byte[] z = out.bytes;
        switch (op) {
            case ADD -> add(x, y, z, n);
            case SUBTRACT -> subtract(x, y, z, n);
            case MULTIPLY -> multiply(x, y, z, n);
            case MAXIMUM -> Loops.BEST.maximum(x, y, flip, z, n);
            case MINIMUM -> Loops.BEST.minimum(x, y, flip, z, n);
            default -> Loops.BEST.test(op, x, y, flip, out, n);
        }
    }

    private static void negative(int[] x, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = -x[i];
        }
    }

    private static void abs(int[] x, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.abs(x[i]);
        }
    }

    private static void relu(int[] x, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] & ~(x[i] >> 31);
        }
    }

    private static void sign(int[] x, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (x[i] >> 31) | (-x[i] >>> 31);
        }
    }

    private static void add(int[] x, int[] y, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] + y[i];
        }
    }

    private static void subtract(int[] x, int[] y, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] - y[i];
        }
    }

    private static void multiply(int[] x, int[] y, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = x[i] * y[i];
        }
    }

    static void maximum(int[] x, int[] y, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.max(x[i], y[i]);
        }
    }

    static void minimum(int[] x, int[] y, int[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.min(x[i], y[i]);
        }
    }

    private static void negative(byte[] x, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) -x[i];
        }
    }

    private static void abs(byte[] x, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) Math.abs(x[i]);
        }
    }

    private static void relu(byte[] x, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] & ~(x[i] >> 7));
        }
    }

    private static void add(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] + y[i]);
        }
    }

    private static void subtract(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] - y[i]);
        }
    }

    private static void multiply(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (x[i] * y[i]);
        }
    }

    static void maximum(byte[] x, byte[] y, byte flip, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (Math.max(x[i] ^ flip, y[i] ^ flip) ^ flip);
        }
    }

    static void minimum(byte[] x, byte[] y, byte flip, byte[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (byte) (Math.min(x[i] ^ flip, y[i] ^ flip) ^ flip);
        }
    }
}
