package kron4j.ops;

import kron4j.DType;
import kron4j.Device;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.View;

/**
 * Sums of what goes to the same places of one long line on a card, where each thread of {@link Backend#addAlong} would read all of the index. What is sorted by
 * its places is cut into chunks, whose sums are found at the same time; those that go on in the next chunk are a line that is so much shorter. The order in
 * which elements are added depends on the index only. Workspace: some 80 bytes an element.
 */
final class LongLineSums {
    /** Shorter lines are added up as they are. */
    private static final long LONG = 1 << 13;

    /** Elements that a thread adds up. */
    private static final long CHUNK = 128;

    private LongLineSums() {}

    /** As {@link Backend#addAlong}; the terms are not recorded. */
    static void addAlong(Tensor terms, int axis, Tensor at, View out) {
        Device device = terms.device();
        Backend backend = out.storage().backend();
        Shape shape = out.shape();
        boolean one = at.size() == at.shape().at(axis) && shape.size() == shape.at(axis);
        if (!one || at.size() < LONG || device.equals(Device.cpu())) {
            backend.addAlong(terms.view(), axis, at.view(), out);
            return;
        }
        try (TensorScope scope = device.openScope()) {
            DType dtype = out.dtype().computed();
            Tensor line = Tensor.make(device, dtype, shape, to -> backend.copy(out, to));
            Tensor sums = added(
                    line.reshape(-1),
                    at.reshape(-1),
                    Tape.plain(terms).reshape(-1).to(dtype));
            backend.copy(sums.reshape(shape).view(), out);
        }
    }

    private static Tensor added(Tensor line, Tensor at, Tensor terms) {
        if (at.size() < LONG) {
            return addedAlong(line.copy(), terms, 0, at);
        }
        long n = at.size();
        long chunks = (n + CHUNK - 1) / CHUNK;
        Number nothing = Numbers.nothing(line.dtype());
        Tensor order = Order.argsort(at, 0);
        Tensor sorted = Indexing.along(at, 0, order);
        Tensor values = Indexing.along(terms, 0, order);
        long rest = chunks * CHUNK - n;
        if (rest > 0) {
            sorted = Indexing.concat(0, sorted, sorted.slice(0, n - 1, n).expand(rest));
            values = Indexing.concat(0, values, Tensor.full(line.dtype(), nothing, rest));
        }
        Tensor places = sorted.reshape(chunks, CHUNK);
        Tensor others = Elementwise.notEqual(places.slice(1, 1, CHUNK), places.slice(1, 0, CHUNK - 1));
        // The number of its place among those in the chunk.
        Tensor ranks = Indexing.concat(1, Tensor.zeros(DType.INT64, chunks, 1), Scan.cumsum(others, 1));
        Tensor sums =
                addedAlong(Tensor.full(line.dtype(), nothing, chunks, CHUNK), values.reshape(chunks, CHUNK), 1, ranks);

        Tensor last = places.slice(1, CHUNK - 1, CHUNK).reshape(-1).slice(0, 0, chunks - 1);
        Tensor next = places.slice(1, 0, 1).reshape(-1).slice(0, 1, chunks);
        Tensor ofLast =
                Indexing.along(sums, 1, ranks.slice(1, CHUNK - 1, CHUNK)).reshape(-1);
        Tensor carried = Elementwise.where(Elementwise.equal(last, next), ofLast.slice(0, 0, chunks - 1), nothing);
        Tensor before = added(line, last, carried);

        Tensor end = Scatter.last(sorted, 0, line.shape());
        Tensor there = Elementwise.greaterEqual(end, 0);
        Tensor from = Elementwise.where(there, end, 0);
        Tensor first = Elementwise.subtract(from, Elementwise.remainder(from, CHUNK));
        Tensor rank = Indexing.along(ranks.reshape(-1), 0, from);
        Tensor ends = Indexing.along(sums.reshape(-1), 0, Elementwise.add(first, rank));
        return Elementwise.where(there, Elementwise.add(before, ends), before);
    }

    /** Adds to {@code sums}, which is new. */
    private static Tensor addedAlong(Tensor sums, Tensor terms, int axis, Tensor at) {
        View out = sums.view();
        out.storage().backend().addAlong(terms.view(), axis, at.view(), out);
        return sums;
    }
}
