package kron4j.backend.cpu;

import java.nio.FloatBuffer;
import java.util.Arrays;
import kron4j.backend.View;

/** A line of a float32 tensor as {@link NormLoops} take it: where it lies, or a copy on the heap with room for two vectors behind it. */
final class NormLine {
    final int length;
    /** The memory in which it lies, or null. */
    final Object memory;
    /** The byte of the memory where it begins. */
    long at;
    /** The copy, or null. */
    final float[] copy;

    private final FloatBuffer buffer;
    private final long offset;
    private int first;

    NormLine(NormLoops loops, View v, int length) {
        this.length = length;
        memory = loops.show(((CpuStorage) v.storage()).whole());
        copy = memory == null ? line(length, 0) : null;
        buffer = LineNorms.floats(v);
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
        return buffer.get((int) (offset + number));
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
        if (copy != null) {
            buffer.get(first, copy, 0, length);
            Arrays.fill(copy, length, copy.length, behind);
        }
        return this;
    }

    /** Ends writing. */
    void end() {
        if (copy != null) {
            buffer.put(first, copy, 0, length);
        }
    }
}
