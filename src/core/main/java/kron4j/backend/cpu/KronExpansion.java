package kron4j.backend.cpu;

import java.util.List;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;

/**
 * The Kronecker product: an elementwise product, axis d of the result being the pair of axes (i_d, j_d). Of complex numbers, those that are no {@link PairOuterProducts} but have rows that fit into
 * a tile are made of pairs, {@link ComplexRows}; a row of a stays loaded for many rows.
 */
final class KronExpansion {
    /** Rows below this length are not worth their set-up. */
    private static final int SHORT = 32;

    private final View a;
    private final View b;
    private final View out;
    private final int last;
    private final int width;
    /** Elements of a in a piece of a row. */
    private final int repeats;
    /** Rows of the result, and the number of pieces in a row. */
    private final long rows;

    private final long pieces;

    private KronExpansion(View a, View b, View out) {
        this.a = a;
        this.b = b;
        this.out = out;
        this.last = out.layout().rank() - 1;
        this.width = (int) b.shape().at(last);
        this.repeats = (int) Math.min(Tile.SIZE / width, a.shape().at(last));
        this.rows = out.shape().size() / out.shape().at(last);
        this.pieces = (a.shape().at(last) + repeats - 1) / repeats;
    }

    static void run(View a, View b, View out) {
        int last = out.layout().rank() - 1;
        if (out.shape().size() == 0) {
            return;
        }
        View[] spread = spread(a, b, out);
        if (PairOuterProducts.run(spread[0], spread[1], spread[2])) {
            return;
        }
        if (last >= 0
                && out.dtype().isComplex()
                && b.shape().at(last) < Tile.SIZE
                && out.shape().at(last) >= SHORT
                && out.layout().stride(last) == 1) {
            new KronExpansion(a, b, out).run();
        } else {
            SumProducts.run(1, List.of(spread[0], spread[1]), 0, spread[2]);
        }
    }

    /** The factors and the result with an axis for each of both factors. */
    private static View[] spread(View a, View b, View out) {
        int rank = a.layout().rank();
        long[] sizes = new long[2 * rank];
        long[] strideA = new long[2 * rank];
        long[] strideB = new long[2 * rank];
        long[] strideOut = new long[2 * rank];
        for (int d = 0; d < rank; d++) {
            sizes[2 * d] = a.shape().at(d);
            sizes[2 * d + 1] = b.shape().at(d);
            strideA[2 * d] = a.layout().stride(d);
            strideB[2 * d + 1] = b.layout().stride(d);
            strideOut[2 * d] = out.layout().stride(d) * b.shape().at(d);
            strideOut[2 * d + 1] = out.layout().stride(d);
        }
        Shape shape = Shape.of(sizes);
        return new View[] {
            a.with(Layout.of(shape, strideA, a.layout().offset())),
            b.with(Layout.of(shape, strideB, b.layout().offset())),
            out.with(Layout.of(shape, strideOut, out.layout().offset()))
        };
    }

    private void run() {
        long grain = 1 + Tiles.GRAIN / ((long) repeats * width);
        Parallel.forRange(rows * pieces, grain, (from, to) -> {
            Worker worker = new Worker();
            for (long i = from; i < to; i++) {
                worker.piece(i / pieces, i % pieces * repeats);
            }
        });
    }

    /** The state of one thread. */
    private final class Worker {
        private final Tile[] tiles = Tile.local();
        private final Tile loaded = tiles[3];
        private final Cursor fromA = cursor(a);
        private final Cursor fromB = cursor(b);
        private final Cursor to = cursor(out);
        private final Box boxA = new Box(last + 1);
        private final Box boxB = new Box(last + 1);
        private final Box boxOut = new Box(last + 1);
        private final ComplexRows pairs = new ComplexRows();
        private boolean first = true;

        private Cursor cursor(View view) {
            return Cursor.of(
                    view, Kind.COMPLEX, view.layout().strides(), view.layout().offset());
        }

        void piece(long index, long column) {
            int count = (int) Math.min(repeats, a.shape().at(last) - column);
            boolean sameA = !first && boxA.start[last] == column;
            boolean sameB = !first && boxB.extent[last] == width;
            first = false;
            long rest = index;
            for (int d = last - 1; d >= 0; d--) {
                long i = rest % out.shape().at(d);
                rest /= out.shape().at(d);
                long size = b.shape().at(d);
                sameA &= boxA.start[d] == i / size;
                sameB &= boxB.start[d] == i % size;
                boxA.start[d] = i / size;
                boxB.start[d] = i % size;
                boxOut.start[d] = i;
            }
            boxA.start[last] = column;
            boxA.extent[last] = count;
            boxB.extent[last] = width;
            boxOut.start[last] = column * width;
            boxOut.extent[last] = count * width;
            if (!sameA) {
                fromA.load(boxA, loaded);
            }
            if (!sameB) {
                fromB.load(boxB, tiles[2]);
                pairs.take(tiles[2], width);
            }
            pairs.store(loaded, count, width, (ComplexCursor) to, to.position(boxOut));
        }
    }
}
