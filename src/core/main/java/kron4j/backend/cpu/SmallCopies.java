package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import kron4j.plan.Loop;

/** Copies of few elements: loops over the storages as they are, with nothing planned, cut or allocated. They move bits of any dtype of a width. */
final class SmallCopies {
    private SmallCopies() {}

    /** Copies the second operand of a loop to the first. */
    static void run(Loop loop, int width, CpuStorage from, CpuStorage to) {
        int last = loop.rank() - 1;
        long[] sizes = loop.sizes();
        long[] source = loop.strides()[1];
        long[] target = loop.strides()[0];
        Moves moves = Moves.of(width, from.whole(), to.whole());
        // The longer axis is the inner one: all is near, so that order matters less than the number of loops.
        int inner = last > 0 && sizes[last - 1] > sizes[last] ? last - 1 : last;
        int outer = inner == last ? last - 1 : last;
        int columns = (int) sizes[inner];
        int stepX = (int) source[inner];
        int stepY = (int) target[inner];
        int rows = outer < 0 ? 1 : (int) sizes[outer];
        int rowX = outer < 0 ? 0 : (int) source[outer];
        int rowY = outer < 0 ? 0 : (int) target[outer];
        int x = (int) loop.offsets()[1];
        int y = (int) loop.offsets()[0];
        int[] index = new int[Math.max(0, last - 1)];
        while (true) {
            moves.move(x, rowX, stepX, y, rowY, stepY, rows, columns);
            int axis = index.length - 1;
            while (axis >= 0 && index[axis] == sizes[axis] - 1) {
                x -= index[axis] * (int) source[axis];
                y -= index[axis] * (int) target[axis];
                index[axis--] = 0;
            }
            if (axis < 0) {
                return;
            }
            index[axis]++;
            x += (int) source[axis];
            y += (int) target[axis];
        }
    }

    /** Moves matrices from one buffer to another; positions and steps count elements. */
    private interface Moves {
        void move(int x, int rowX, int stepX, int y, int rowY, int stepY, int rows, int columns);

        static Moves of(int width, ByteBuffer from, ByteBuffer to) {
            return switch (width) {
                case Byte.BYTES -> new OfBytes(from, to);
                case Short.BYTES -> new OfShorts(from.asShortBuffer(), to.asShortBuffer());
                case Integer.BYTES -> new OfInts(from.asIntBuffer(), to.asIntBuffer());
                case Long.BYTES -> new OfLongs(from.asLongBuffer(), to.asLongBuffer());
                default -> throw new AssertionError(width);
            };
        }
    }

    private record OfBytes(ByteBuffer from, ByteBuffer to) implements Moves {
        @Override
        public void move(int x, int rowX, int stepX, int y, int rowY, int stepY, int rows, int columns) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0, s = x + i * rowX, t = y + i * rowY; j < columns; j++, s += stepX, t += stepY) {
                    to.put(t, from.get(s));
                }
            }
        }
    }

    private record OfShorts(ShortBuffer from, ShortBuffer to) implements Moves {
        @Override
        public void move(int x, int rowX, int stepX, int y, int rowY, int stepY, int rows, int columns) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0, s = x + i * rowX, t = y + i * rowY; j < columns; j++, s += stepX, t += stepY) {
                    to.put(t, from.get(s));
                }
            }
        }
    }

    private record OfInts(IntBuffer from, IntBuffer to) implements Moves {
        @Override
        public void move(int x, int rowX, int stepX, int y, int rowY, int stepY, int rows, int columns) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0, s = x + i * rowX, t = y + i * rowY; j < columns; j++, s += stepX, t += stepY) {
                    to.put(t, from.get(s));
                }
            }
        }
    }

    private record OfLongs(LongBuffer from, LongBuffer to) implements Moves {
        @Override
        public void move(int x, int rowX, int stepX, int y, int rowY, int stepY, int rows, int columns) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0, s = x + i * rowX, t = y + i * rowY; j < columns; j++, s += stepX, t += stepY) {
                    to.put(t, from.get(s));
                }
            }
        }
    }
}
