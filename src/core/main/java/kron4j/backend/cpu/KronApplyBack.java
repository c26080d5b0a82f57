package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import kron4j.backend.View;

/**
 * The gradients of a pass of {@link KronApply}, in one pass over its operand and over its result's gradient. A tile of the operand is multiplied by the
 * factors once more, since that takes less time than to read what the forward could have kept; the gradient's tile then goes the way back, and each
 * factor's gradient is the product of the two there.
 */
final class KronApplyBack {
    /** Sums of tiles: their number must not depend on that of threads. */
    private static final long CHUNKS = 64;

    /** Tiles that are summed in the factors' precision. */
    private static final int SOME = 8;

    /** Rows that the kernels read and write past the end. */
    private static final int PAST = 8;

    private final KronApply.Pass pass;
    private final Products products;
    private final int lanes;
    private final KronApply.Pass.Tiles tiles;
    private final int count;
    /** Elements of an array that holds a tile between any two factors or a factor, with what the kernels write past the end. */
    private final int room;

    KronApplyBack(KronApply.Pass pass, Products products) {
        this.pass = pass;
        this.products = products;
        this.lanes = products.width() / 2;
        this.tiles = pass.new Tiles();
        this.count = pass.factors.size();
        long most = 0;
        long side = 0;
        long largest = 0;
        for (int i = 0; i < count; i++) {
            KronApply.Factor f = pass.factors.get(pass.order.get(i));
            most = Math.max(most, pass.elements[i + 1] / f.m * (f.m + PAST));
            most = Math.max(most, pass.elements[i] / f.n * (f.n + PAST));
            side = Math.max(side, Math.max(f.m, f.n));
            largest = Math.max(largest, (long) (f.m + PAST) * f.n);
        }
        this.room = Math.toIntExact(Math.max(most * tiles.most() + PAST * side, largest));
    }

    void run(View x, View g, Optional<View> ofX, List<View> ofFactors) {
        double work = pass.work * (ofX.isPresent() ? 3 : 2);
        long chunk = Math.max(tiles.grain(work), (tiles.count + CHUNKS - 1) / CHUNKS);
        double[][][] sums = new double[(int) ((tiles.count + chunk - 1) / chunk)][][];
        Parallel.forRange(sums.length, 1, (first, end) -> {
            Worker worker = new Worker();
            for (long c = first; c < end; c++) {
                sums[(int) c] = worker.chunk(c * chunk, Math.min(tiles.count, (c + 1) * chunk), x, g, ofX);
            }
        });
        for (int i = 0; i < count; i++) {
            double[] total = sums[0][i];
            for (int c = 1; c < sums.length; c++) {
                for (int k = 0; k < total.length; k++) {
                    total[k] += sums[c][i][k];
                }
            }
            Object values = products.allocate(total.length);
            products.set(total, values);
            View to = ofFactors.get(i);
            products.write((CpuStorage) to.storage(), to.layout().offset(), total.length, values, 0);
        }
    }

    /** The arrays of one thread. */
    private final class Worker {
        /** The operand's tile before each factor, in their order. */
        private final Object[] data = new Object[count];
        /** Sums for each factor that are not added up yet. */
        private final Object[] open = new Object[count];

        private Object slopes = products.allocate(room);
        private Object other = products.allocate(room);
        private Object turned;
        private Object turnedSlopes;

        Worker() {
            for (int i = 0; i < count; i++) {
                KronApply.Factor f = pass.factors.get(i);
                data[i] = products.allocate(room);
                open[i] = products.allocate((f.m + PAST) * (f.n + 1) * lanes);
            }
        }

        /** Adds up the factors' gradients over tiles. */
        double[][] chunk(long first, long end, View x, View g, Optional<View> ofX) {
            double[][] sums = new double[count][];
            Arrays.setAll(sums, i -> new double[pass.factors.get(i).m * pass.factors.get(i).n]);
            for (long t = first; t < end; t++) {
                tile(tiles.new Place(t), x, g, ofX, sums);
                if ((t - first) % SOME == SOME - 1 || t + 1 == end) {
                    for (int i = 0; i < count; i++) {
                        KronApply.Factor f = pass.factors.get(i);
                        products.drain(open[i], f.m, f.n, lanes, (f.n + 1) / 2 * 2, sums[i]);
                    }
                }
            }
            return sums;
        }

        private void tile(KronApply.Pass.Tiles.Place tile, View x, View g, Optional<View> ofX, double[][] sums) {
            int[] sizes = pass.sizes();
            tile.read(x, pass.elements[0], data[0]);
            for (int i = 0; i + 1 < count; i++) {
                pass.apply(pass.order.get(i), sizes, tile.rows, tile.width, data[i], data[i + 1]);
            }
            tile.read(g, pass.elements[count], slopes);
            sizes[pass.order.get(count - 1)] = pass.factors.get(pass.order.get(count - 1)).m;
            for (int i = count - 1; i >= 0; i--) {
                int place = pass.order.get(i);
                int before = pass.before(place, sizes, tile.rows);
                int after = pass.after(place, sizes, tile.width);
                add(place, before, after, data[i], sums[place]);
                if (i > 0 || ofX.isPresent()) {
                    pass.applyTransposed(place, sizes, tile.rows, tile.width, slopes, other);
                    Object last = slopes;
                    slopes = other;
                    other = last;
                }
            }
            ofX.ifPresent(to -> tile.write(to, pass.elements[0], slopes));
        }

        /** Adds a factor's gradient: the sums of products of slopes [before, m, after] and data [before, n, after]. */
        private void add(int place, int before, int after, Object x, double[] sums) {
            KronApply.Factor f = pass.factors.get(place);
            if (after >= lanes) {
                products.inner(slopes, f.m, x, f.n, before, after, open[place]);
                return;
            }
            Object left = slopes;
            Object right = x;
            if (after > 1) {
                turned = turned == null ? products.allocate(room) : turned;
                turnedSlopes = turnedSlopes == null ? products.allocate(room) : turnedSlopes;
                for (int i = 0; i < before; i++) {
                    products.transpose(slopes, i * f.m * after, f.m, after, turnedSlopes, i * f.m * after);
                    products.transpose(x, i * f.n * after, f.n, after, turned, i * f.n * after);
                }
                left = turnedSlopes;
                right = turned;
            }
            products.outer(left, f.m, right, f.n, before * after, other);
            products.drain(other, f.m, f.n, 1, f.n, sums);
        }
    }
}
