package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import kron4j.backend.View;

/** A line of float32 or halves as {@link NormLoops} take it: where it lies, or a copy in float32 on the heap with room for two vectors behind it, or both. */
final class NormLine {
    final int length;
    /** The memory in which it lies, or null. */
    final Object memory;
    /** The byte of the memory where it begins. */
    long at;
    /** The copy, or null; of a line that lies in memory what the loops leave there. */
    final float[] copy;

    private final FloatBuffer buffer;
    /** Of elements that are halves; else null. */
    private final Half half;

    private final ShortBuffer shorts;
    private final short[] halves;
    private final long offset;
    private int first;

    NormLine(NormLoops loops, View v, int length) {
        this(loops, v, length, false);
    }

    /** With a copy in any case if it is to be kept. */
    NormLine(NormLoops loops, View v, int length, boolean kept) {
        ByteBuffer whole = ((CpuStorage) v.storage()).whole();
        this.length = length;
        half = v.dtype().isHalf() ? Half.of(v.dtype()) : null;
        memory = half == null ? loops.show(whole) : null;
        copy = kept || memory == null ? line(length, 0) : null;
        buffer = whole.asFloatBuffer();
        shorts = whole.asShortBuffer();
        halves = half == null ? null : new short[length];
        offset = v.layout().offset();
    }

    /** An array of that length with room for two vectors. */
    static float[] line(int length, float value) {
        float[] line = new float[length + Loops.BEST.bits() / 16];
        Arrays.fill(line, value);
        return line;
    }

    /** An element of the tensor. */
    float element(long number) {
        int at = (int) (offset + number);
        return half == null ? buffer.get(at) : half.wide(shorts.get(at));
    }

    /** Goes to the line that begins at this element, which is to be written. */
    NormLine begin(long element) {
        first = (int) (offset + element);
        at = (long) first * Float.BYTES;
        return this;
    }

    /** Goes to the line that begins at this element; a copy gets a value behind it. */
    NormLine read(long element, float behind) {
        begin(element);
        if (memory == null) {
            if (half == null) {
                buffer.get(first, copy, 0, length);
            } else {
                shorts.get(first, halves, 0, length);
                Loops.BEST.widen(half, halves, copy, 0, length);
            }
            pad(behind);
        }
        return this;
    }

    /** Puts a value behind the copy. */
    void pad(float behind) {
        Arrays.fill(copy, length, copy.length, behind);
    }

    /** Ends writing. */
    void end() {
        if (half != null) {
            Loops.BEST.narrow(half, copy, halves, 0, length);
            shorts.put(first, halves, 0, length);
        } else if (memory == null) {
            buffer.put(first, copy, 0, length);
        }
    }
}
