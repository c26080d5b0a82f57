package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import kron4j.plan.Loop;
import org.bytedeco.javacpp.Pointer;

/** Copies of blocks that are repeated along an axis: elements by vectors; else each block once, and then the target's run from there, by twice as much each time. */
final class Repeats {
    /** Bytes of blocks that are read from the source again as fast. */
    private static final int LONG_BLOCK = 96;

    /** Bytes of runs that are not worth their set-up. */
    private static final int SHORT = 256;

    /** Bytes below which a piece is not worth another thread. */
    private static final int GRAIN = 1 << 17;

    /** Bytes that are filled at a time, from what the nearest cache holds. */
    private static final int PIECE = 1 << 14;

    private final Loop loop;
    private final int axis;
    private final int width;
    /** Bytes. */
    private final long block;

    private final long run;

    private Repeats(Loop loop, int axis, int width, long block) {
        this.loop = loop;
        this.axis = axis;
        this.width = width;
        this.block = block;
        this.run = block * loop.sizes()[axis];
    }

    /** Copies {@code a} to {@code out}, of one dtype, where the layouts suit; returns whether they did. */
    static boolean copy(View a, View out, Loop loop) {
        int width = out.dtype().bytes();
        long[] source = loop.strides()[1];
        long[] target = loop.strides()[0];
        int last = loop.rank() - 1;
        int axis = last;
        long size = 1;
        while (axis >= 0 && source[axis] != 0 && target[axis] == size) {
            size *= loop.sizes()[axis--];
        }
        if (axis < 0 || source[axis] != 0 || target[axis] != size || size * loop.sizes()[axis] * width < SHORT) {
            return false;
        }
        boolean isRun = axis == last - 1 && source[last] == 1;
        if (isRun && size * width >= LONG_BLOCK) {
            return false;
        }
        Repeats repeats = new Repeats(loop, axis, width, size * width);
        CpuStorage from = (CpuStorage) a.storage();
        CpuStorage to = (CpuStorage) out.storage();
        boolean shown = from.fitsOneBuffer() && to.fitsOneBuffer() && width <= Long.BYTES;
        if (axis == last && shown && Loops.BEST.memory() != null) {
            repeats.elements(Loops.BEST.memory(), from.whole(), to.whole());
            return true;
        }
        long[] sizes = loop.sizes().clone();
        sizes[axis] = 1;
        Shape once = Shape.of(sizes);
        Copies.copy(
                a.with(Layout.of(once, source, loop.offsets()[1])),
                out.with(Layout.of(once, target, loop.offsets()[0])));
        repeats.blocks(to.address());
        return true;
    }

    /** What fills bytes of a run. */
    private interface Filling {
        void fill(long number, long at, long bytes);
    }

    private void forEach(Filling body) {
        long unit = Math.max(block, PIECE / block * block);
        long pieces = (run + unit - 1) / unit;
        long runs = 1;
        for (int i = 0; i < axis; i++) {
            runs *= loop.sizes()[i];
        }
        Parallel.forRange(runs * pieces, 1 + GRAIN / Math.min(run, unit), (from, to) -> {
            for (long i = from; i < to; i++) {
                long at = i % pieces * unit;
                body.fill(i / pieces, at, Math.min(unit, run - at));
            }
        });
    }

    private void elements(MemoryLoops loops, ByteBuffer from, ByteBuffer to) {
        Object memory = loops.show(to);
        forEach((number, at, bytes) ->
                loops.fill(memory, start(0, number) + at, bytes, eight(width, from, (int) start(1, number))));
    }

    private void blocks(long address) {
        forEach((number, at, bytes) -> {
            OpenBlas.Doubles source = new OpenBlas.Doubles(address + start(0, number));
            OpenBlas.Doubles target = new OpenBlas.Doubles(0);
            if (at > 0) {
                Pointer.memcpy(target.at(source.address() + at), source, block);
                source.at(target.address());
            }
            for (long done = block; done < bytes; done *= 2) {
                Pointer.memcpy(target.at(source.address() + done), source, Math.min(done, bytes - done));
            }
        });
    }

    /** Where a run begins, in bytes. */
    private long start(int operand, long number) {
        long start = loop.offsets()[operand];
        long rest = number;
        for (int i = axis - 1; i >= 0; i--) {
            start += rest % loop.sizes()[i] * loop.strides()[operand][i];
            rest /= loop.sizes()[i];
        }
        return start * width;
    }

    /** Eight bytes of an element of so many bytes again and again. */
    static long eight(int width, ByteBuffer memory, int at) {
        return switch (width) {
            case Byte.BYTES -> eight(memory.get(at), width);
            case Short.BYTES -> eight(memory.getShort(at), width);
            case Integer.BYTES -> eight(memory.getInt(at), width);
            default -> memory.getLong(at);
        };
    }

    /** The same, of an element with these bits. */
    static long eight(long bits, int width) {
        return switch (width) {
            case Byte.BYTES -> (bits & 0xffL) * 0x0101_0101_0101_0101L;
            case Short.BYTES -> (bits & 0xffffL) * 0x0001_0001_0001_0001L;
            case Integer.BYTES -> (bits & 0xffff_ffffL) * 0x0000_0001_0000_0001L;
            default -> bits;
        };
    }
}
