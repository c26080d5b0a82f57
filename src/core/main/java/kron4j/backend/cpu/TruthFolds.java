package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.util.Arrays;
import kron4j.DType;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * ANY and ALL along lines of neighbours and across rows, by {@link MemoryLoops}, in words of 64 bits with several elements each. An element is true if bits below its
 * highest are set, or, of integers, that one; adding {@code low} to the bits below carries into the highest bit if one is set. A line is left as soon as it is decided.
 */
final class TruthFolds {
    /** Bytes of a line that are folded at a time. */
    private static final int CHUNK = 1 << 12;

    /** Bytes of a line that a thread takes at a time. */
    private static final int PIECE = 1 << 17;

    /** Bytes of rows that are folded at a time, and fewest and most rows. */
    private static final int BLOCK = 1 << 16;

    private static final int FEW_ROWS = 8;
    private static final int MANY_ROWS = 64;

    private final MemoryLoops loops = Loops.BEST.memory();
    private final boolean all;
    private final int bytes;
    /** The highest bit of each element of a word. */
    private final long high;
    /** The same, or none where that is the sign of a floating number. */
    private final long sign;

    private final Loop kept;
    private final long length;
    private final long first;
    private final Object memory;
    private final ByteBuffer results;

    private TruthFolds(boolean all, View a, View out, Loop kept, Loop reduced) {
        this.all = all;
        this.bytes = a.dtype().bytes();
        this.high = Repeats.eight(1L << (Byte.SIZE * bytes - 1), bytes);
        this.sign = isFloating(a.dtype()) ? 0 : high;
        this.kept = kept;
        this.length = reduced.size();
        this.first = reduced.offsets()[0];
        this.memory = loops.show(((CpuStorage) a.storage()).whole());
        this.results = ((CpuStorage) out.storage()).whole();
    }

    private static boolean isFloating(DType dtype) {
        return Kind.wide(dtype) == Kind.DOUBLE;
    }

    /** {@code out = op over the last axes}, if the layouts allow it; returns whether it did. */
    static boolean run(ReduceOp op, View a, int reducedRank, View out) {
        MemoryLoops loops = Loops.BEST.memory();
        if (loops == null
                || (op != ReduceOp.ANY && op != ReduceOp.ALL)
                || a.dtype().isComplex()
                || a.shape().size() == 0
                || !((CpuStorage) a.storage()).fitsOneBuffer()
                || !((CpuStorage) out.storage()).fitsOneBuffer()) {
            return false;
        }
        int rank = out.layout().rank();
        Loop kept = Loop.of(out.layout(), Dots.axes(a, 0, rank, a.layout().offset()));
        Loop reduced = Loop.of(Dots.axes(a, rank, rank + reducedRank, 0));
        if (reduced.rank() != 1) {
            return false;
        }
        TruthFolds folds = new TruthFolds(op == ReduceOp.ALL, a, out, kept, reduced);
        long step = reduced.strides()[0][0];
        if (step == 1 && folds.length * folds.bytes >= loops.width()) {
            folds.lines();
            return true;
        }
        boolean areRows = kept.rank() == 1
                && kept.strides()[0][0] == 1
                && kept.strides()[1][0] == 1
                && step >= kept.size()
                && kept.size() * folds.bytes >= 2L * loops.width();
        if (areRows) {
            folds.rows(step * folds.bytes);
        }
        return areRows;
    }

    private void lines() {
        long line = length * bytes;
        long pieces = (line + PIECE - 1) / PIECE;
        boolean[] decided = new boolean[(int) kept.size()];
        Parallel.forRange(kept.size() * pieces, 1 + Tiles.GRAIN * bytes / Math.min(line, PIECE), (from, to) -> {
            for (long i = from; i < to; i++) {
                int number = (int) (i / pieces);
                long begin = Math.min(i % pieces * PIECE, line - loops.width());
                long end = Math.min(line, (i % pieces + 1) * PIECE);
                if (!decided[number] && isDecided((first + kept.position(1, number)) * bytes, begin, end)) {
                    decided[number] = true;
                }
            }
        });
        for (int number = 0; number < decided.length; number++) {
            results.put((int) kept.position(0, number), (byte) (decided[number] ^ all ? 1 : 0));
        }
    }

    /** Whether an element in these bytes, a vector's or more, behind a place is true for ANY, false for ALL. */
    private boolean isDecided(long at, long begin, long end) {
        for (long from = begin; from < end; from += CHUNK) {
            long start = Math.min(from, end - loops.width());
            long word = loops.truths(all, high, sign, memory, at + start, Math.min(CHUNK, end - start));
            if (all ? (word & high) != high : (word & (~high | sign)) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Folds rows that are so many bytes apart. */
    private void rows(long step) {
        long row = kept.size() * bytes;
        long width = 2L * loops.width();
        long begin = (first + kept.offsets()[1]) * bytes;
        long blocks = (row + width - 1) / width;
        long some = Math.max(FEW_ROWS, Math.min(MANY_ROWS, BLOCK / row));
        Parallel.forRange(blocks, 1 + Tiles.GRAIN * bytes / (width * length), (from, to) -> {
            int words = (int) width / Long.BYTES;
            long[] found = new long[(int) (to - from) * words];
            Arrays.fill(found, all ? -1 : 0);
            for (long done = 0; done < length; done += some) {
                int n = (int) Math.min(some, length - done);
                for (long block = from; block < to; block++) {
                    long at = begin + done * step + column(block, width, row);
                    loops.truthsOfRows(all, high, sign, memory, at, step, n, found, (int) (block - from) * words);
                }
            }
            for (long block = from; block < to; block++) {
                store(found, (int) (block - from) * words, words, column(block, width, row) / bytes);
            }
        });
    }

    /** The last block has columns of the one before again, where the row is no whole number of blocks. */
    private static long column(long block, long width, long row) {
        return Math.min(block * width, row - width);
    }

    private void store(long[] found, int from, int words, long to) {
        int place = (int) (kept.offsets()[0] + to);
        int bits = Byte.SIZE * bytes;
        for (int i = from; i < from + words; i++) {
            for (int last = bits - 1; last < Long.SIZE; last += bits) {
                results.put(place++, (byte) ((found[i] >>> last) & 1));
            }
        }
    }
}
