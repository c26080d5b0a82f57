package kron4j.backend.cpu;

import kron4j.backend.BinaryOp;
import kron4j.backend.View;

/** Casts between float64, float32, int32 and dtypes of one byte that need no wider numbers in between. */
final class Conversions {
    private static final float[] ZEROS = new float[Tile.SIZE];

    private Conversions() {}

    /** Casts, if it can; returns whether it did. */
    static boolean run(View a, View out) {
        Tiles.Kernel kernel = kernel(Primitive.of(a.dtype()), Primitive.of(out.dtype()));
        if (kernel == null) {
            return false;
        }
        Kind from = Kind.narrow(a.dtype());
        Kind to = Kind.narrow(out.dtype());
        if (!Runs.convert(a, out, from, to, kernel)) {
            Tiles.map(kernel, to, out, from, a);
        }
        return true;
    }

    private static Tiles.Kernel kernel(Primitive from, Primitive to) {
        return switch (to) {
            case FLOAT ->
                switch (from) {
                    case INT -> (t, n) -> Loops.BEST.convert(t[1].ints, t[0].floats, n);
                    case BYTE -> (t, n) -> Loops.BEST.convert(t[1].bytes, -1, t[0].floats, n);
                    case UNSIGNED -> (t, n) -> Loops.BEST.convert(t[1].bytes, 0xff, t[0].floats, n);
                    case DOUBLE -> (t, n) -> Loops.BEST.narrow(t[1].doubles, t[0].floats, n);
                    default -> null;
                };
            case DOUBLE -> from == Primitive.FLOAT ? (t, n) -> Loops.BEST.widen(t[1].floats, t[0].doubles, n) : null;
            case INT ->
                switch (from) {
                    case FLOAT -> (t, n) -> Loops.BEST.convert(t[1].floats, t[0].ints, n);
                    case DOUBLE -> (t, n) -> Loops.BEST.convert(t[1].doubles, t[0].ints, n);
                    default -> null;
                };
            case BYTE, UNSIGNED ->
                switch (from) {
                    case INT -> (t, n) -> Loops.BEST.narrow(t[1].ints, t[0].bytes, n);
                    case FLOAT ->
                        (t, n) -> {
                            Loops.BEST.convert(t[1].floats, t[1].ints, n);
                            Loops.BEST.narrow(t[1].ints, t[0].bytes, n);
                        };
                    default -> null;
                };
            case TRUTH ->
                from == Primitive.FLOAT
                        ? (t, n) -> Loops.BEST.test(BinaryOp.NOT_EQUAL, t[1].floats, ZEROS, t[0], n)
                        : null;
            default -> null;
        };
    }
}
