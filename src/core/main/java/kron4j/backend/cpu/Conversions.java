package kron4j.backend.cpu;

import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;

/** Casts between float64, float32, halves, int32, int64 and dtypes of one byte that need no wider numbers in between. */
final class Conversions {
    /** Zeros of all kinds. */
    private static final Tile ZEROS = new Tile();

    private Conversions() {}

    /** Casts, if it can; returns whether it did. */
    static boolean run(View a, View out) {
        boolean ofBytes = a.dtype().bytes() == Byte.BYTES && out.dtype().bytes() == Byte.BYTES;
        if (ofBytes && out.dtype().isNumber()) {
            Copies.copy(new View(a.storage().as(out.dtype()), a.layout()), out);
            return true;
        }
        Primitive from = primitive(a.dtype());
        if (out.dtype().isHalf() && from != Primitive.BYTE && from != Primitive.UNSIGNED) {
            return false; // it would be rounded twice
        }
        Tiles.Kernel kernel = kernel(from, primitive(out.dtype()));
        if (kernel == null) {
            return false;
        }
        Kind of = kind(a.dtype());
        Kind to = kind(out.dtype());
        boolean done = ofBytes
                ? Runs.run(BinaryOp.NOT_EQUAL, a, 0L, false, out, of, kernel)
                : Runs.convert(a, out, of, to, kernel);
        if (!done) {
            Tiles.map(kernel, to, out, of, a);
        }
        return true;
    }

    /** Of the elements as a tile has them: halves are floats there. */
    private static Primitive primitive(DType dtype) {
        return dtype.isHalf() ? Primitive.FLOAT : Primitive.of(dtype);
    }

    private static Kind kind(DType dtype) {
        return dtype.isHalf() ? Kind.FLOAT : Kind.narrow(dtype);
    }

    private static Tiles.Kernel kernel(Primitive from, Primitive to) {
        return switch (to) {
            case FLOAT ->
                switch (from) {
                    case INT -> (t, n) -> Loops.BEST.convert(t[1].ints, t[0].floats, n);
                    case BYTE, TRUTH -> (t, n) -> Loops.BEST.convert(t[1].bytes, -1, t[0].floats, n);
                    case UNSIGNED -> (t, n) -> Loops.BEST.convert(t[1].bytes, 0xff, t[0].floats, n);
                    case DOUBLE -> (t, n) -> Loops.BEST.narrow(t[1].doubles, t[0].floats, n);
                    default -> null;
                };
            case DOUBLE ->
                switch (from) {
                    case FLOAT -> (t, n) -> Loops.BEST.widen(t[1].floats, t[0].doubles, n);
                    case BYTE, TRUTH, UNSIGNED -> {
                        Tiles.Kernel toFloats = kernel(from, Primitive.FLOAT);
                        yield (t, n) -> {
                            toFloats.run(t, n);
                            Loops.BEST.widen(t[0].floats, t[0].doubles, n);
                        };
                    }
                    default -> null;
                };
            case INT ->
                switch (from) {
                    case FLOAT -> (t, n) -> Loops.BEST.convert(t[1].floats, t[0].ints, n);
                    case DOUBLE -> (t, n) -> Loops.BEST.convert(t[1].doubles, t[0].ints, n);
                    case BYTE, TRUTH -> (t, n) -> Loops.BEST.convert(t[1].bytes, -1, t[0].ints, n);
                    case UNSIGNED -> (t, n) -> Loops.BEST.convert(t[1].bytes, 0xff, t[0].ints, n);
                    default -> null;
                };
            case LONG ->
                switch (from) {
                    case BYTE, TRUTH -> (t, n) -> Loops.BEST.convert(t[1].bytes, -1, t[0].longs, n);
                    case UNSIGNED -> (t, n) -> Loops.BEST.convert(t[1].bytes, 0xff, t[0].longs, n);
                    default -> null;
                };
            case BYTE, UNSIGNED ->
                switch (from) {
                    case INT -> (t, n) -> Loops.BEST.narrow(t[1].ints, t[0].bytes, n);
                    case FLOAT ->
                        (t, n) -> {
                            if (!Loops.BEST.narrow(t[1].floats, t[0].bytes, n)) {
                                Loops.BEST.convert(t[1].floats, t[1].ints, n);
                                Loops.BEST.narrow(t[1].ints, t[0].bytes, n);
                            }
                        };
                    default -> null;
                };
            case TRUTH ->
                switch (from) {
                    case FLOAT -> (t, n) -> Loops.BEST.test(BinaryOp.NOT_EQUAL, t[1].floats, ZEROS.floats, t[0], n);
                    case DOUBLE -> (t, n) -> Loops.BEST.test(BinaryOp.NOT_EQUAL, t[1].doubles, ZEROS.doubles, t[0], n);
                    case INT -> (t, n) -> Loops.BEST.test(BinaryOp.NOT_EQUAL, t[1].ints, ZEROS.ints, t[0], n);
                    case LONG -> (t, n) -> Loops.BEST.test(BinaryOp.NOT_EQUAL, t[1].longs, ZEROS.longs, t[0], n);
                    case BYTE, UNSIGNED ->
                        (t, n) -> Loops.BEST.test(BinaryOp.NOT_EQUAL, t[1].bytes, ZEROS.bytes, (byte) 0, t[0], n);
                    default -> null;
                };
            default -> null;
        };
    }
}
