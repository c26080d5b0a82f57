package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.backend.View;
import kron4j.plan.Loop;
import org.bytedeco.javacpp.Pointer;

/** Copies between any layouts and dtypes. */
final class Copies {
    /** Runs of at least this many bytes go from buffer to buffer. */
    private static final int RUN = 96;

    /** From this many on they are worth a call of memcpy, which can write past the caches. */
    private static final int LONG_RUN = 1 << 13;

    /** Fewer elements are moved faster than it is found that some are repeated. */
    private static final int REPEATED = 1 << 10;

    /** Fewer elements are moved faster than a call of LAPACK is set up. */
    private static final int FEW = 1 << 12;

    /** Fewer elements are moved faster than tiles are planned. */
    private static final int PLANNED = 1 << 14;

    /** Bytes below which a piece is not worth another thread. */
    private static final int GRAIN = 1 << 17;

    /** Bytes moved at a time. */
    private static final int PIECE = 1 << 16;

    private Copies() {}

    static void copy(View a, View out) {
        if (a.dtype() != out.dtype()) {
            convert(a, out);
            return;
        }
        if (out.shape().size() == 0) {
            return;
        }
        Loop loop = Loop.of(out.layout(), a.layout());
        if (loop.size() >= REPEATED && Repeats.copy(a, out, loop)) {
            return;
        }
        CpuStorage from = (CpuStorage) a.storage();
        CpuStorage to = (CpuStorage) out.storage();
        int width = out.dtype().bytes();
        if (width == Integer.BYTES && arePairs(loop, from.address() | to.address())) {
            loop = ofPairs(loop);
            width = Long.BYTES;
        }
        int last = loop.rank() - 1;
        boolean run = loop.strides()[0][last] == 1 && loop.strides()[1][last] == 1;
        if (run && (loop.rank() == 1 || loop.sizes()[last] * width >= LONG_RUN)) {
            longRuns(loop, width, from, to);
        } else if (run && loop.sizes()[last] * width >= RUN) {
            runs(loop, width, from, to);
        } else if (!PairRuns.copy(a, out)
                && !small(loop, FEW, width, from, to)
                && !reversed(loop, width, from, to)
                && !DirectTransposes.run(loop, width, from, to)
                && !small(loop, PLANNED, width, from, to)
                && !Permutation.run(loop, width, from, to)) {
            View bits = bits(out);
            Kind kind = Kind.narrow(bits.dtype());
            Tiles.map((tiles, n) -> kind.copy(tiles[1], tiles[0], n), kind, bits, kind, bits(a));
        }
    }

    /** Elements that are moved as they are, those of complex64 as integers. */
    private static View bits(View v) {
        return v.dtype().bytes() == Long.BYTES ? v.words() : v;
    }

    /** Copies real elements to complex ones of their precision, if the layouts allow it; returns whether it did. */
    static boolean ofReal(View a, View out) {
        Kind kind = Kind.of(a.dtype());
        return a.dtype() == out.dtype().realPart()
                && PairRuns.run(
                        PairLoop.OF_REAL, a, kind, out, kind, (t, n) -> ComplexPairs.ofReal(kind, t[1], t[0], n));
    }

    /** Makes all bytes of elements that lie side by side 0. */
    static void clear(View out) {
        int width = out.dtype().bytes();
        long bytes = out.shape().size() * width;
        long address = out.storage().address() + out.layout().offset() * width;
        Parallel.forRange((bytes + PIECE - 1) / PIECE, GRAIN / PIECE, (first, end) -> {
            OpenBlas.Doubles target = new OpenBlas.Doubles(0);
            target.at(address + first * PIECE);
            Pointer.memset(target, 0, Math.min(bytes, end * PIECE) - first * PIECE);
        });
    }

    private static boolean small(Loop loop, int size, int width, CpuStorage from, CpuStorage to) {
        boolean suits = loop.size() < size && width <= Long.BYTES && from.fitsOneBuffer() && to.fitsOneBuffer();
        if (suits) {
            SmallCopies.run(loop, width, from, to);
        }
        return suits;
    }

    /** Copies by vectors where the innermost axis is one run in both, from end to start in the source; returns whether it did. */
    private static boolean reversed(Loop loop, int width, CpuStorage from, CpuStorage to) {
        MemoryLoops loops = Loops.BEST.memory();
        int last = loop.rank() - 1;
        long length = loop.sizes()[last];
        if (loops == null
                || loop.strides()[0][last] != 1
                || loop.strides()[1][last] != -1
                || width > Long.BYTES
                || length * width < loops.width()
                || !from.fitsOneBuffer()
                || !to.fitsOneBuffer()) {
            return false;
        }
        long piece = PIECE / width;
        long pieces = length / piece + 1;
        Parallel.forRange(
                loop.size() / length * pieces, 1 + GRAIN / (Math.min(length, piece) * width), (first, end) -> {
                    Object source = loops.show(from.whole());
                    Object target = loops.show(to.whole());
                    for (long i = first; i < end; i++) {
                        // Pieces of one length or one more, so that none is shorter than a vector.
                        long start = i % pieces * length / pieces;
                        long stop = (i % pieces + 1) * length / pieces;
                        long x = loop.position(1, i / pieces * length + stop - 1) * width;
                        long y = loop.position(0, i / pieces * length + start) * width;
                        loops.reverse(width, source, x, target, y, (stop - start) * width);
                    }
                });
        return true;
    }

    /** Whether runs of 4-byte elements can be moved as half as many aligned 8-byte elements. */
    private static boolean arePairs(Loop loop, long addresses) {
        int last = loop.rank() - 1;
        long odd = loop.sizes()[last];
        for (int k = 0; k < 2; k++) {
            odd |= loop.offsets()[k];
            for (int axis = 0; axis < last; axis++) {
                odd |= loop.strides()[k][axis];
            }
        }
        boolean aligned = addresses % Long.BYTES == 0;
        return aligned && odd % 2 == 0 && loop.strides()[0][last] == 1 && loop.strides()[1][last] == 1;
    }

    private static Loop ofPairs(Loop loop) {
        int last = loop.rank() - 1;
        long[] sizes = loop.sizes().clone();
        sizes[last] /= 2;
        long[][] strides = new long[2][];
        long[] offsets = new long[2];
        for (int k = 0; k < 2; k++) {
            strides[k] = Arrays.stream(loop.strides()[k]).map(s -> s / 2).toArray();
            strides[k][last] = 1;
            offsets[k] = loop.offsets()[k] / 2;
        }
        Loop pairs = new Loop(sizes, strides, offsets);
        return sizes[last] == 1 && last > 0 ? pairs.outer() : pairs;
    }

    /** Copies where the innermost of several axes is one short run in both. */
    private static void runs(Loop loop, int width, CpuStorage from, CpuStorage to) {
        int last = loop.rank() - 1;
        int run = (int) loop.sizes()[last] * width;
        Loop starts = loop.outer();
        int inner = last - 1;
        long count = starts.sizes()[inner];
        long stepX = starts.strides()[1][inner] * width;
        long stepY = starts.strides()[0][inner] * width;
        Parallel.forRange(starts.size(), 1 + GRAIN / run, (first, end) -> {
            Bits source = new Bits(from, Byte.BYTES);
            Bits target = new Bits(to, Byte.BYTES);
            for (long i = first; i < end; ) {
                long x = starts.position(1, i) * width;
                long y = starts.position(0, i) * width;
                long next = Math.min(end, i - i % count + count);
                for (; i < next; i++, x += stepX, y += stepY) {
                    target.copy(source, x, run, y);
                }
            }
        });
    }

    /** Copies where the innermost axis is one run in both. */
    private static void longRuns(Loop loop, int width, CpuStorage from, CpuStorage to) {
        int last = loop.rank() - 1;
        long run = loop.sizes()[last] * width;
        long pieces = (run + PIECE - 1) / PIECE;
        long rows = loop.size() / loop.sizes()[last];
        long grain = 1 + GRAIN / Math.min(run, PIECE);
        Parallel.forRange(rows * pieces, grain, (first, end) -> {
            OpenBlas.Doubles source = new OpenBlas.Doubles(0);
            OpenBlas.Doubles target = new OpenBlas.Doubles(0);
            for (long i = first; i < end; ) {
                long x = loop.offsets()[1];
                long y = loop.offsets()[0];
                long rest = i / pieces;
                for (int axis = last - 1; axis >= 0; axis--) {
                    long index = rest % loop.sizes()[axis];
                    rest /= loop.sizes()[axis];
                    x += index * loop.strides()[1][axis];
                    y += index * loop.strides()[0][axis];
                }
                long start = i % pieces * PIECE;
                source.at(from.address() + x * width + start);
                target.at(to.address() + y * width + start);
                long many = Math.min(end - i, pieces - i % pieces);
                Pointer.memcpy(target, source, Math.min(many * PIECE, run - start));
                i += many;
            }
        });
    }

    private static void convert(View a, View out) {
        Kind kind = Kind.of(out.dtype());
        if (kind == Kind.FLOAT && Kind.of(a.dtype()) == kind) {
            if (HalfRuns.convert(a, out)) {
                return;
            }
            Tiles.map((tiles, n) -> kind.copy(tiles[1], tiles[0], n), kind, out, kind, a);
            return;
        }
        if (Conversions.run(a, out)) {
            return;
        }
        Cast cast = Cast.to(out.dtype());
        Kind from = Kind.wide(a.dtype());
        Tiles.Kernel kernel = switch (from) {
            case FLOAT, DOUBLE -> (tiles, n) -> cast.of(tiles[1].doubles, tiles[0], n);
            case LONG -> (tiles, n) -> cast.of(tiles[1].longs, tiles[0], n);
            case INT, BYTE, UNSIGNED, SHORT, COMPLEX -> throw new AssertionError(a.dtype());
        };
        Kind to = Kind.wide(out.dtype());
        if (!Runs.convert(a, out, from, to, kernel)) {
            Tiles.map(kernel, to, out, from, a);
        }
    }
}
