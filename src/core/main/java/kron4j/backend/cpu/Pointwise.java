package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.DType;
import kron4j.TensorException;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/** Elementwise operations: each picks the {@link Kind} to compute in and leaves layouts and threads to {@link Tiles}. */
final class Pointwise {
    private Pointwise() {}

    static void fill(Number value, View out) {
        Kind kind = Kind.of(out.dtype());
        Tiles.map((tiles, n) -> fill(value, out.dtype(), kind, tiles[0], n), kind, out, kind);
    }

    /** Java's casts, as copying a tensor to another dtype has them. */
    private static void fill(Number value, DType dtype, Kind kind, Tile tile, int n) {
        switch (kind) {
            case FLOAT -> Arrays.fill(tile.floats, 0, n, value.floatValue());
            case DOUBLE ->
                Arrays.fill(tile.doubles, 0, n, dtype == DType.FLOAT32 ? value.floatValue() : value.doubleValue());
            case LONG ->
                Arrays.fill(
                        tile.longs,
                        0,
                        n,
                        switch (dtype) {
                            case BOOL -> value.doubleValue() != 0 ? 1 : 0;
                            case INT32 -> value.intValue();
                            default -> value.longValue();
                        });
        }
    }

    static void unary(UnaryOp op, View a, View out) {
        if (Kind.of(a.dtype()) == Kind.LONG) {
            Tiles.map((t, n) -> UnaryKernels.longs(op, t[1].longs, t[0].longs, n), Kind.LONG, out, Kind.LONG, a);
        } else if (op.isPredicate()) {
            Tiles.map((t, n) -> UnaryKernels.test(op, t[1].doubles, t[0].longs, n), Kind.LONG, out, Kind.DOUBLE, a);
        } else if (a.dtype() == DType.FLOAT32 && UnaryKernels.hasFloats(op)) {
            Tiles.map((t, n) -> UnaryKernels.floats(op, t[1].floats, t[0].floats, n), Kind.FLOAT, out, Kind.FLOAT, a);
        } else {
            Tiles.map((t, n) -> UnaryKernels.doubles(op, t, n), Kind.DOUBLE, out, Kind.DOUBLE, a);
        }
    }

    static void binary(BinaryOp op, View a, View b, View out) {
        Kind kind = kind(op, a.dtype());
        if (kind == Kind.LONG && BinaryKernels.isPartial(op)) {
            Tiles.visit((t, n) -> BinaryKernels.check(op, b.dtype(), t[0].longs, n), kind, b);
        }
        Tiles.map(
                (t, n) -> compute(op, kind, t[1], t[2], t[0], n), op.isPredicate() ? Kind.LONG : kind, out, kind, a, b);
    }

    static void binary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        Kind kind = kind(op, a.dtype());
        if (kind == Kind.LONG && BinaryKernels.isPartial(op)) {
            if (scalarFirst) {
                Tiles.visit((t, n) -> BinaryKernels.check(op, a.dtype(), t[0].longs, n), kind, a);
            } else {
                Tile divisor = Tile.local()[2];
                fill(scalar, a.dtype(), kind, divisor, 1);
                BinaryKernels.check(op, a.dtype(), divisor.longs, 1);
            }
        }
        Tiles.Kernel kernel = (t, n) -> {
            fill(scalar, a.dtype(), kind, t[2], n);
            compute(op, kind, t[scalarFirst ? 2 : 1], t[scalarFirst ? 1 : 2], t[0], n);
        };
        Tiles.map(kernel, op.isPredicate() ? Kind.LONG : kind, out, kind, a);
    }

    private static Kind kind(BinaryOp op, DType dtype) {
        return dtype == DType.FLOAT32 && BinaryKernels.hasFloats(op) ? Kind.FLOAT : Kind.wide(dtype);
    }

    static void compute(BinaryOp op, Kind kind, Tile a, Tile b, Tile out, int n) {
        switch (kind) {
            case FLOAT -> BinaryKernels.floats(op, a.floats, b.floats, out.floats, n);
            case DOUBLE -> {
                if (op.isPredicate()) {
                    BinaryKernels.test(op, a.doubles, b.doubles, out.longs, n);
                } else {
                    BinaryKernels.doubles(op, a.doubles, b.doubles, out.doubles, n);
                }
            }
            case LONG -> {
                if (op.isPredicate()) {
                    BinaryKernels.test(op, a.longs, b.longs, out.longs, n);
                } else {
                    BinaryKernels.longs(op, a.longs, b.longs, out.longs, n);
                }
            }
        }
    }

    static void where(View condition, View a, View b, View out) {
        Kind kind = Kind.of(out.dtype());
        Tiles.map((t, n) -> select(kind, t[1].longs, t[2], t[3], t[0], n), kind, out, kind, condition, a, b);
    }

    private static void select(Kind kind, long[] condition, Tile a, Tile b, Tile out, int n) {
        switch (kind) {
            case FLOAT -> {
                for (int i = 0; i < n; i++) {
                    out.floats[i] = condition[i] != 0 ? a.floats[i] : b.floats[i];
                }
            }
            case DOUBLE -> {
                for (int i = 0; i < n; i++) {
                    out.doubles[i] = condition[i] != 0 ? a.doubles[i] : b.doubles[i];
                }
            }
            case LONG -> {
                for (int i = 0; i < n; i++) {
                    out.longs[i] = condition[i] != 0 ? a.longs[i] : b.longs[i];
                }
            }
        }
    }

    /** The error of an operation that the elements' values, not their shapes, forbid. */
    static TensorException undefined(BinaryOp op, DType dtype, String fact) {
        return new TensorException(op.name().toLowerCase(java.util.Locale.ROOT) + ": " + fact + " in " + dtype
                + "; convert with to(DType.FLOAT64), or mask those elements with where");
    }
}
