package kron4j.backend.cpu;

import kron4j.Complex;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.TensorException;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/** Elementwise operations: each picks the {@link Kind} to compute in and leaves layouts and threads to {@link Tiles}. */
final class Pointwise {
    /** Factors of both parts of complex numbers. */
    private static final Complex CONJUGATE = new Complex(1, -1);

    /** From so many elements on, repeating one is faster than writing tiles. */
    private static final int MANY = 1 << 10;

    private Pointwise() {}

    static void fill(Number value, View out) {
        Kind kind = Kind.of(out.dtype());
        Number element = Cast.to(out.dtype()).of(value);
        boolean isZero = !(element instanceof Complex) && Double.doubleToRawLongBits(element.doubleValue()) == 0;
        if (isZero && out.layout().isContiguous()) {
            Copies.clear(out);
            return;
        }
        boolean repeats = out.layout().isContiguous() && out.shape().size() >= MANY;
        View filled = repeats
                ? out.with(Layout.of(Shape.of(), new long[0], out.layout().offset()))
                : out;
        Tiles.map((tiles, n) -> kind.fill(tiles[0], n, element), kind, filled, kind);
        if (repeats) {
            Copies.copy(out.with(filled.layout().expand(out.shape())), out);
        }
    }

    static void unary(UnaryOp op, View a, View out) {
        if (Turned.run(v -> unary(op, v[1], v[0]), out, a)) {
            return;
        }
        Kind kind = Kind.of(a.dtype(), op);
        if (kind == Kind.COMPLEX && op == UnaryOp.ANGLE) {
            binary(BinaryOp.ATAN2, a.part(true), a.part(false), out);
            return;
        }
        if (kind == Kind.COMPLEX && ComplexPairs.has(op)) {
            Kind real = Kind.of(a.dtype().realPart());
            if (!runs(op, real, a, out) && !turns(op, a, out)) {
                Kind result = op.isPredicate() ? Kind.BYTE : real;
                Tiles.map((t, n) -> ComplexPairs.compute(op, real, t, n), result, out, real, a);
            }
            return;
        }
        if (HalfTables.run(op, a, out) || HalfRuns.run(op, a, out)) {
            return;
        }
        Kind result = op.isPredicate() ? Kind.BYTE : kind;
        if (Tiles.fitTile(out, a, a)) {
            Tile[] tiles = Tile.local();
            Tiles.loadAll(a, kind, tiles[1]);
            kind.compute(op, tiles, (int) out.shape().size());
            Tiles.storeAll(out, result, tiles[0]);
            return;
        }
        Tiles.Kernel kernel = (t, n) -> kind.compute(op, t, n);
        if (!Runs.run(op, a, out, kind, kernel)) {
            Tiles.map(kernel, result, out, kind, a);
        }
    }

    /** Operations on complex numbers that are made of long runs; returns whether this was one. */
    private static boolean runs(UnaryOp op, Kind real, View a, View out) {
        return switch (op) {
            case SQUARE ->
                PairRuns.run(PairLoop.SQUARE, a, real, out, real, (t, n) -> ComplexPairs.compute(op, real, t, n));
            case ABS -> PairRuns.run(PairLoop.ABS, a, real, out, real, (t, n) -> ComplexPairs.compute(op, real, t, n));
            case CONJUGATE -> {
                Tiles.Kernel pairs = (t, n) -> ComplexPairs.compute(op, real, t, n / 2);
                yield Runs.scale(CONJUGATE, a.pairs(), out.pairs(), real, pairs);
            }
            default -> false;
        };
    }

    /** Conjugates a copy of complex64 elements, which lie side by side there; returns whether that suits. */
    private static boolean turns(UnaryOp op, View a, View out) {
        boolean suits = op == UnaryOp.CONJUGATE
                && out.dtype().bytes() == Long.BYTES
                && out.layout().isContiguous()
                && a.storage() != out.storage();
        if (suits) {
            Copies.copy(a, out);
            unary(op, out, out);
        }
        return suits;
    }

    static void binary(BinaryOp op, View a, View b, View out) {
        if (Turned.run(v -> binary(op, v[1], v[2], v[0]), out, a, b)) {
            return;
        }
        Kind kind = Kind.of(a.dtype(), op);
        if (kind == Kind.COMPLEX && ComplexPairs.has(op)) {
            Kind real = Kind.of(a.dtype().realPart());
            Tiles.Kernel kernel = (t, n) -> ComplexPairs.compute(op, real, t[1], t[2], t, n);
            boolean outer = op == BinaryOp.MULTIPLY && PairOuterProducts.run(a, b, out);
            if (!outer && !Runs.run(op, a, b, out, real, kernel)) {
                Tiles.map(kernel, op.isPredicate() ? Kind.BYTE : real, out, real, a, b);
            }
            return;
        }
        if (HalfRuns.run(op, a, b, out) || (op == BinaryOp.MULTIPLY && OuterProducts.run(a, b, out))) {
            return;
        }
        if (kind == Kind.LONG && op.isPartial()) {
            Tiles.visit((t, n) -> BinaryKernels.check(op, b.dtype(), t[0].longs, n), kind, b);
        }
        Kind result = op.isPredicate() ? Kind.BYTE : kind;
        if (Tiles.fitTile(out, a, b)) {
            Tile[] tiles = Tile.local();
            Tiles.loadAll(a, kind, tiles[1]);
            Tiles.loadAll(b, kind, tiles[2]);
            kind.compute(op, tiles[1], tiles[2], tiles[0], (int) out.shape().size());
            Tiles.storeAll(out, result, tiles[0]);
            return;
        }
        Tiles.Kernel kernel = (t, n) -> kind.compute(op, t[1], t[2], t[0], n);
        if (!Runs.run(op, a, b, out, kind, kernel)) {
            Tiles.map(kernel, result, out, kind, a, b);
        }
    }

    static void binary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        if (Turned.run(v -> binary(op, v[1], scalar, scalarFirst, v[0]), out, a)) {
            return;
        }
        if (op == BinaryOp.POWER && !scalarFirst && !a.dtype().isComplex() && scalar.doubleValue() == 2) {
            unary(UnaryOp.SQUARE, a, out);
            return;
        }
        Kind kind = Kind.of(a.dtype(), op);
        Number element = Cast.to(a.dtype().computed()).of(scalar);
        if (kind == Kind.COMPLEX && ComplexPairs.has(op)) {
            pairs(op, a, Complex.of(element), scalarFirst, out);
            return;
        }
        if (HalfRuns.run(op, a, element, scalarFirst, out)) {
            return;
        }
        if (kind == Kind.LONG && op.isPartial()) {
            if (scalarFirst) {
                Tiles.visit((t, n) -> BinaryKernels.check(op, a.dtype(), t[0].longs, n), kind, a);
            } else {
                Tile divisor = Tile.local()[2];
                kind.fill(divisor, 1, element);
                BinaryKernels.check(op, a.dtype(), divisor.longs, 1);
            }
        }
        if (kind == Kind.LONG && op == BinaryOp.REMAINDER && !scalarFirst && element.longValue() > 0) {
            Divisor divisor = new Divisor(element.longValue());
            Tiles.map((t, n) -> divisor.remainders(t[1].longs, t[0].longs, n), kind, out, kind, a);
            return;
        }
        Tiles.Kernel kernel = (t, n) -> {
            kind.fill(t[2], n, element);
            kind.compute(op, t[scalarFirst ? 2 : 1], t[scalarFirst ? 1 : 2], t[0], n);
        };
        boolean real = kind == Kind.FLOAT || kind == Kind.DOUBLE;
        boolean done = real
                ? Runs.run(op, a, element.doubleValue(), scalarFirst, out, kind, kernel)
                : kind != Kind.COMPLEX && Runs.run(op, a, element.longValue(), scalarFirst, out, kind, kernel);
        if (!done) {
            Tiles.map(kernel, op.isPredicate() ? Kind.BYTE : kind, out, kind, a);
        }
    }

    private static void pairs(BinaryOp op, View a, Complex scalar, boolean first, View out) {
        Kind real = Kind.of(a.dtype().realPart());
        Cast part = Cast.to(a.dtype().realPart());
        Complex number = new Complex(
                part.of(scalar.re()).doubleValue(), part.of(scalar.im()).doubleValue());
        Tiles.Kernel kernel = op == BinaryOp.MULTIPLY
                ? (t, n) -> ComplexPairs.scale(number, real, t[1], t[0], n)
                : (t, n) -> {
                    ComplexPairs.fill(number, real, t[2], n);
                    ComplexPairs.compute(op, real, t[first ? 2 : 1], t[first ? 1 : 2], t, n);
                };
        boolean done = op == BinaryOp.MULTIPLY
                ? Runs.scale(number, a, out, real, kernel)
                : ((op == BinaryOp.DIVIDE && !first)
                        ? Runs.divide(a, number, out, real, kernel)
                        : Runs.run(op, a, number, first, out, real, kernel));
        if (!done) {
            Tiles.map(kernel, op.isPredicate() ? Kind.BYTE : real, out, real, a);
        }
    }

    static void where(View condition, View a, View b, View out) {
        if (Turned.run(v -> where(v[1], v[2], v[3], v[0]), out, condition, a, b)) {
            return;
        }
        Kind kind = Kind.narrow(out.dtype());
        Kind[] kinds = {kind, Kind.BYTE, kind, kind};
        Tiles.map((t, n) -> kind.select(t[1].bytes, t[2], t[3], t[0], n), kinds, out, condition, a, b);
    }

    /** Chooses among pairs of real elements: each truth value goes with two. */
    static void whereOfPairs(View condition, View a, View b, View out) {
        Kind real = Kind.of(out.dtype().realPart());
        Kind[] kinds = {real, Kind.BYTE, real, real};
        Tiles.Kernel kernel = (t, n) -> {
            ComplexPairs.twice(t[1].bytes, n);
            real.select(t[1].bytes, t[2], t[3], t[0], 2 * n);
        };
        Tiles.map(kernel, kinds, out, condition, a, b);
    }

    /** The error of an operation that the elements' values, not their shapes, forbid. */
    static TensorException undefined(BinaryOp op, DType dtype, String fact) {
        return new TensorException(op.name().toLowerCase(java.util.Locale.ROOT) + ": " + fact + " in " + dtype
                + "; convert with to(DType.FLOAT64), or mask those elements with where");
    }
}
