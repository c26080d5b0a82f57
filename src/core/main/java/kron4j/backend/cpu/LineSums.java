package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import kron4j.DType;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Sums of one real operand along lines, by BLAS: consecutive lines form a matrix, which is multiplied by a vector of ones, or which the vector multiplies
 * where its rows lie side by side across the lines. A call reads at most a chunk; the sums of chunks are added in float64, in an order that depends on
 * sizes only.
 */
final class LineSums {
    /** Elements of a row, if a long line is cut into rows. */
    private static final int FOLD = 256;

    /** Shorter lines are left to plain Java; if each line takes a call, those below {@link Dots#SHORT}. */
    private static final int SHORT = 8;

    /** Lines across rows: as many as a call takes, and the fewest that are worth a call. */
    private static final int WIDE = 512;

    private static final int NARROW = 64;

    /** The fewest narrow rows that are worth it. */
    private static final int FEW_ROWS = 64;

    /** Rows across lines: in a call, by which BLAS stays in its thread, and those that are added in the operand's dtype. */
    private static final int ROWS = 16;

    private static final int CHUNK_OF_ROWS = 128;

    /** Narrow rows that follow each other are taken together up to this width, so many at most. */
    private static final int FOLDED = 256;

    private static final int MANY = 128;

    private static final Map<DType, ByteBuffer> ONES = new ConcurrentHashMap<>();
    private static final ThreadLocal<ByteBuffer> SUMS = ThreadLocal.withInitial(LineSums::buffer);

    private final double alpha;
    private final View a;
    private final View out;
    private final Loop kept;
    private final Loop outer;
    /** The innermost reduced axis. */
    private final long length;

    private final int step;
    /** Whether neighbouring lines are neighbours in memory. */
    private final boolean across;
    /** Rows across lines that are taken as one. */
    private final int fold;
    /** Elements of a line whose sum is added to others in float64. */
    private final int chunk;
    /** Number of lines along the innermost kept axis that a call takes. */
    private final int lines;

    private final long blocks;
    private final long chunks;

    private LineSums(double alpha, View a, View out, Loop kept, Loop reduced, boolean together, boolean across) {
        int last = reduced.rank() - 1;
        this.alpha = alpha;
        this.a = a;
        this.out = out;
        this.kept = kept;
        this.outer = reduced.outer();
        this.length = reduced.sizes()[last];
        this.step = (int) reduced.strides()[0][last];
        long side = kept.sizes()[kept.rank() - 1];
        this.across = across;
        this.fold = across && side < NARROW ? (int) Math.min(Math.min(FOLDED / side, MANY), length / ROWS) : 1;
        this.chunk = across ? CHUNK_OF_ROWS * fold : Dots.CHUNK;
        this.lines = (int) Math.min(side, across ? WIDE : together ? Math.max(1, Dots.CHUNK / length) : 1);
        this.blocks = (side + lines - 1) / lines;
        this.chunks = (length + chunk - 1) / chunk;
    }

    private static ByteBuffer ones(DType dtype) {
        ByteBuffer ones = buffer();
        for (int i = 0; i < Dots.CHUNK; i++) {
            Real.of(dtype).put(ones, i, 1);
        }
        return ones;
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(Dots.CHUNK * Double.BYTES).order(ByteOrder.nativeOrder());
    }

    /** {@code out = alpha * sum over the last axes}, if the operand allows it; returns whether it did. */
    static boolean run(Number alpha, View a, int reducedRank, View out) {
        if (!Blas.has(out.dtype())
                || out.dtype().isComplex()
                || a.dtype() != out.dtype()
                || a.shape().size() == 0) {
            return false;
        }
        int rank = out.layout().rank();
        Loop kept = Loop.of(out.layout(), Dots.axes(a, 0, rank, a.layout().offset()));
        Loop reduced = Loop.of(Dots.axes(a, rank, rank + reducedRank, 0));
        long length = reduced.sizes()[reduced.rank() - 1];
        long step = reduced.strides()[0][reduced.rank() - 1];
        long next = kept.strides()[1][kept.rank() - 1];
        boolean together = step == 1 && next >= length && next <= Integer.MAX_VALUE;
        boolean columns = kept.size() > 1 && Math.abs(next) < step;
        long side = kept.sizes()[kept.rank() - 1];
        boolean across = columns && next == 1 && (side < NARROW ? step == side && length >= FEW_ROWS : step >= side);
        if (length < (together || across ? SHORT : Dots.SHORT)
                || step <= 0
                || step > Integer.MAX_VALUE
                || (columns && !across)) {
            return false;
        }
        new LineSums(alpha.doubleValue(), a, out, kept, reduced, together, across).run();
        return true;
    }

    private void run() {
        long rows = kept.size() / kept.sizes()[kept.rank() - 1] * blocks;
        long calls = outer.size() * chunks;
        long share = Math.min(calls, Math.max(1, calls * rows / Reductions.PIECES));
        long pieces = (calls + share - 1) / share;
        double[][] partial = new double[pieces == 1 ? 0 : Math.toIntExact(rows * pieces)][];
        long work = lines * Math.min(length, chunk) * share;
        long few = step == 1 || across ? Tiles.GRAIN : Reductions.FEW;
        Parallel.forRange(rows * pieces, 1 + few / work, (from, to) -> {
            Worker worker = new Worker();
            for (long i = from; i < to; i++) {
                long first = i % pieces * share;
                double[] sums = worker.sums(i / pieces, first, Math.min(calls, first + share));
                if (pieces == 1) {
                    worker.store(i, sums);
                } else {
                    partial[(int) i] = sums;
                }
            }
        });
        if (pieces > 1) {
            Worker worker = new Worker();
            for (int row = 0; row < rows; row++) {
                double[] sums = partial[(int) (row * pieces)];
                for (int i = 1; i < pieces; i++) {
                    add(partial[(int) (row * pieces) + i], sums);
                }
                worker.store(row, sums);
            }
        }
    }

    private static void add(double[] x, double[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += x[i];
        }
    }

    /** The state of one thread. */
    private final class Worker {
        private final Real real = Real.of(out.dtype());
        private final ByteBuffer buffer = SUMS.get();
        private final Blas blas = Blas.of(
                out.dtype(),
                a.storage().address(),
                NativeMemory.address(ONES.computeIfAbsent(out.dtype(), LineSums::ones)),
                NativeMemory.address(buffer));
        private final int last = kept.rank() - 1;
        private final int leading = (int) kept.strides()[1][last];
        private final Cursor target = Cursor.of(out, Kind.DOUBLE, kept.strides()[0], kept.offsets()[0]);
        private final Tile tile = Tile.local()[0];
        private final MemoryLoops loops = inTurn() ? Loops.BEST.memory() : null;
        private final ByteBuffer whole = ((CpuStorage) a.storage()).whole();
        private final Object memory = loops == null ? null : loops.show(whole);

        /** Whether rows without gaps are so narrow that each of a vector's elements belongs to one line. */
        private boolean inTurn() {
            MemoryLoops all = Loops.BEST.memory();
            return all != null
                    && fold > 1
                    && all.width() % (step * out.dtype().bytes()) == 0
                    && ((CpuStorage) a.storage()).fitsOneBuffer();
        }

        /** The index among the kept ones of the first line of a row. */
        private long start(long row) {
            return row / blocks * kept.sizes()[last] + row % blocks * lines;
        }

        private int count(long row) {
            return (int) Math.min(lines, kept.sizes()[last] - row % blocks * lines);
        }

        /** The sums of the calls [from, to) for the lines of a row. */
        double[] sums(long row, long from, long to) {
            double[] sums = new double[count(row)];
            long at = kept.position(1, start(row));
            for (long call = from; call < to; call++) {
                long begin = call % chunks * chunk;
                int width = (int) Math.min(chunk, length - begin);
                long matrix = at + outer.position(0, call / chunks) + begin * step;
                if (across) {
                    addRows(matrix, width, sums);
                } else if (step > 1) {
                    sums[0] += blas.dot(false, width, matrix, step, 0, 1);
                } else if (lines == 1) {
                    sums[0] += folded(matrix, width);
                } else {
                    blas.gemv(false, Blas.NO_TRANSPOSE, sums.length, width, 1, matrix, leading, 0, 1, 0, 0, 1);
                    addFrom(0, sums);
                }
            }
            return sums;
        }

        /** Adds rows that are {@code step} apart to the sums of the lines that they cross. */
        private void addRows(long matrix, int rows, double[] sums) {
            if (loops != null) {
                addInTurn(matrix, rows * sums.length, sums);
                return;
            }
            int folded = rows / fold;
            addRows(matrix, folded, fold * step, fold * sums.length, sums);
            addRows(matrix + (long) folded * fold * step, rows % fold, step, sums.length, sums);
        }

        private void addInTurn(long element, int n, double[] sums) {
            int width = out.dtype().bytes();
            long taken = loops.addInTurn(out.dtype(), memory, element * width, (long) n * width, sums);
            for (int i = (int) (taken / width); i < n; i++) {
                sums[i % sums.length] += real.get(whole, (int) element + i);
            }
        }

        /** Adds rows of some lines' width, or of several of these side by side. */
        private void addRows(long matrix, int rows, int leading, int width, double[] sums) {
            for (int row = 0; row < rows; row += ROWS) {
                int some = Math.min(ROWS, rows - row);
                double before = row == 0 ? 0 : 1;
                long first = matrix + (long) row * leading;
                blas.gemv(false, Blas.TRANSPOSE, some, width, 1, first, leading, 0, 1, before, 0, 1);
            }
            for (int from = 0; from < width && rows > 0; from += sums.length) {
                addFrom(from, sums);
            }
        }

        /** Adds what lies in the buffer. */
        private void addFrom(int element, double[] sums) {
            real.read(buffer, element, tile.doubles, 0, sums.length);
            double[] found = tile.doubles;
            for (int i = 0; i < sums.length; i++) {
                sums[i] += found[i];
            }
        }

        /** The sum of a run, folded to a matrix: BLAS is slow for a single row. */
        private double folded(long run, int width) {
            int rows = width / FOLD;
            int rest = width % FOLD;
            double sum = 0;
            if (rows > 0) {
                blas.gemv(false, Blas.NO_TRANSPOSE, rows, FOLD, 1, run, FOLD, 0, 1, 0, 0, 1);
                for (int i = 0; i < rows; i++) {
                    sum += real.get(buffer, i);
                }
            }
            if (rest > 0) {
                sum += blas.dot(false, rest, run + width - rest, 1, 0, 1);
            }
            return sum;
        }

        void store(long row, double[] sums) {
            for (int i = 0; i < sums.length; i++) {
                tile.doubles[i] = alpha * sums[i];
            }
            target.store(kept.position(0, start(row)), kept.strides()[0][last], sums.length, tile);
        }
    }
}
