package kron4j.ops;

import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.Tape;

/**
 * Where a mask is true.
 *
 * @param taken row-major positions of true elements, ascending
 * @param ranks for each element the number of true ones before it, or -1 if it is false; a vector
 */
record MaskedEntries(Tensor taken, Tensor ranks) {
    /** Counts, for which it waits; positions are found by a running sum. */
    static MaskedEntries of(Tensor mask) {
        Tensor flat = mask.reshape(-1);
        Tensor counts = Scan.cumsum(flat, 0);
        long count = flat.size() == 0 ? 0 : counts.select(0, -1).itemLong();
        Tensor ranks = Elementwise.where(flat, Elementwise.subtract(counts, 1), -1);
        return new MaskedEntries(Scatter.last(ranks, 0, Shape.of(count)), ranks);
    }

    /** {@return the entries along the first axis of rows that are taken} */
    Tensor pick(Tensor rows) {
        return picked(rows, taken, ranks);
    }

    private static Tensor picked(Tensor rows, Tensor taken, Tensor ranks) {
        Tensor plain = Tape.plain(rows);
        Tensor result = Indexing.along(plain, 0, overRest(taken, plain.shape()));
        return Tape.record(
                "booleanMask",
                result,
                r -> r.gradient(rows, new Tensor[] {taken, ranks}, (g, s) -> putBack(g, s[0], s[1])),
                rows);
    }

    /** The adjoint of {@link #picked}. */
    private static Tensor putBack(Tensor g, Tensor taken, Tensor ranks) {
        Shape shape = g.shape().with(0, ranks.size());
        if (g.size() == 0) {
            return Tensor.zeros(g.dtype(), shape.dims());
        }
        Tensor plain = Tape.plain(g);
        Tensor from = overRest(ranks, shape);
        Tensor there = Elementwise.greaterEqual(from, 0);
        Tensor result = Elementwise.where(there, Indexing.along(plain, 0, Elementwise.where(there, from, 0)), 0);
        return Tape.record(
                "booleanMask backward",
                result,
                r -> r.gradient(g, new Tensor[] {taken, ranks}, (gg, s) -> picked(gg, s[0], s[1])),
                g);
    }

    /** A vector along the first axis of a shape, the same on all others. */
    private static Tensor overRest(Tensor vector, Shape shape) {
        Tensor aligned = vector;
        for (int i = 1; i < shape.rank(); i++) {
            aligned = aligned.unsqueeze(-1);
        }
        return aligned.expand(shape.with(0, vector.size()).dims());
    }
}
