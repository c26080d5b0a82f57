package kron4j.ops;

import java.util.function.Supplier;
import kron4j.DType;
import kron4j.Device;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.View;

/**
 * Where a mask is true.
 *
 * @param taken row-major positions of true elements, ascending
 * @param mask a vector
 */
record MaskedEntries(Tensor taken, Tensor mask) {
    /** Counts, for which it waits. */
    static MaskedEntries of(Tensor mask) {
        Tensor flat = mask.reshape(-1);
        long size = flat.size();
        if (size == 0) {
            return new MaskedEntries(Tensor.zeros(DType.INT64, 0), flat);
        }
        View marks = flat.view();
        long[] count = {-1};
        if (flat.device().equals(Device.cpu())) {
            Tensor places = Tensor.make(
                    flat.device(),
                    DType.INT64,
                    Shape.of(size),
                    out -> count[0] = out.storage().backend().positions(marks, out));
            if (count[0] >= 0) {
                return new MaskedEntries(places.slice(0, 0, count[0]), flat);
            }
        }
        Tensor counts = Scan.cumsum(flat, 0);
        long last = counts.select(0, -1).itemLong();
        return new MaskedEntries(Scatter.last(ranks(flat, counts), 0, Shape.of(last)), flat);
    }

    /** For each element the number of true ones before it, or -1 if it is false. */
    private static Tensor ranks(Tensor mask, Tensor counts) {
        return Elementwise.where(mask, Elementwise.subtract(counts, 1), -1);
    }

    /** {@return the entries along the first axis of rows that are taken} */
    Tensor pick(Tensor rows) {
        return picked(rows, taken, () -> ranks(mask, Scan.cumsum(mask, 0)));
    }

    private static Tensor picked(Tensor rows, Tensor taken, Supplier<Tensor> ranks) {
        Tensor plain = Tape.plain(rows);
        Tensor result = Indexing.along(plain, 0, overRest(taken, plain.shape()));
        return Tape.record(
                "booleanMask",
                result,
                r -> r.gradient(rows, new Tensor[] {taken, ranks.get()}, (g, s) -> putBack(g, s[0], s[1])),
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
                r -> r.gradient(g, new Tensor[] {taken, ranks}, (gg, s) -> picked(gg, s[0], () -> s[1])),
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
