package kron4j.backend.cpu;

import java.nio.FloatBuffer;
import java.util.Arrays;
import kron4j.Layout;

/**
 * Channels of a part of an image, with what lies around it, such that what one tap reads of all windows is a run: the elements whose places leave the same remainder by the stride lie together. A
 * window has a place too, in rows as wide as those runs; between rows there are places of no window.
 */
final class PaddedImage {
    /** Axes; missing ones in front have one element. */
    static final int RANK = 3;

    private final int[] n = new int[RANK];
    private final int[] stride = new int[RANK];
    /** Where the part begins, which may be outside. */
    private final int[] start = new int[RANK];
    /** Elements of a remainder along each axis. */
    private final int[] width = new int[RANK];

    private final int channel;
    private final float around;
    final float[] elements;
    private float[] row = new float[0];

    /** What has this many channels, strides and, along each axis, this many elements of each remainder. */
    PaddedImage(int channels, int[] n, int[] stride, int[] width, int tail, float around) {
        System.arraycopy(n, 0, this.n, 0, RANK);
        System.arraycopy(stride, 0, this.stride, 0, RANK);
        System.arraycopy(width, 0, this.width, 0, RANK);
        this.around = around;
        int size = 1;
        for (int a = 0; a < RANK; a++) {
            size *= stride[a] * width[a];
        }
        channel = size;
        elements = new float[channels * channel + tail];
    }

    /** Elements of a channel. */
    int channel() {
        return channel;
    }

    /** Where, from the beginning of a channel, the element is that is so far from the part's beginning along each axis. */
    int place(int x, int y, int z) {
        int phase = (x % stride[0] * stride[1] + y % stride[1]) * stride[2] + z % stride[2];
        return phase * width[0] * width[1] * width[2] + window(x / stride[0], y / stride[1], z / stride[2]);
    }

    /** The place of a window. */
    int window(int x, int y, int z) {
        return (x * width[1] + y) * width[2] + z;
    }

    /** Copies the channels of an image from where the part begins; layout is [channels, x, y, z]. */
    void load(FloatBuffer from, Layout image, int... begin) {
        System.arraycopy(begin, 0, start, 0, RANK);
        int channels = (int) image.shape().at(0);
        int firstY = first(1);
        int firstZ = first(2);
        int rows = last(1) - firstY;
        int count = last(2) - firstZ;
        boolean fillsRows = stride[1] * stride[2] == 1 && rows == width[1] && count == width[2];
        if (!fillsRows || last(0) - first(0) < width[0] * stride[0]) {
            Arrays.fill(elements, around);
        }
        if (rows <= 0 || count <= 0) {
            return;
        }
        boolean dense = image.stride(3) == 1 && image.stride(2) == count;
        if (row.length < rows * count) {
            row = new float[rows * count];
        }
        for (int c = 0; c < channels; c++) {
            for (int x = first(0); x < last(0); x++) {
                long at = image.offset()
                        + c * image.stride(0)
                        + x * image.stride(1)
                        + firstY * image.stride(2)
                        + firstZ * image.stride(3);
                if (dense && fillsRows) {
                    from.get((int) at, elements, c * channel + place(x - start[0], 0, 0), rows * count);
                    continue;
                }
                if (dense) {
                    from.get((int) at, row, 0, rows * count);
                }
                for (int y = 0; y < rows; y++) {
                    if (!dense) {
                        read(from, at + y * image.stride(2), image.stride(3), y * count, count);
                    }
                    part(y * count - firstZ, c * channel + place(x - start[0], firstY + y - start[1], 0));
                }
            }
        }
    }

    private int first(int axis) {
        return Math.max(0, start[axis]);
    }

    private int last(int axis) {
        return Math.min(n[axis], start[axis] + stride[axis] * width[axis]);
    }

    private void read(FloatBuffer from, long at, long step, int to, int count) {
        if (step == 1) {
            from.get((int) at, row, to, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            row[to + i] = from.get((int) (at + i * step));
        }
    }

    /** Parts a row of the image, whose element 0 would be at {@code at}, by remainders. */
    private void part(int at, int to) {
        int step = stride[2];
        int first = first(2) - start[2];
        int end = last(2) - start[2];
        if (step == 1) {
            System.arraycopy(row, at + first(2), elements, to + first, end - first);
            return;
        }
        for (int phase = 0; phase < step; phase++) {
            int begin = to + phase * width[0] * width[1] * width[2];
            int source = at + start[2] + phase;
            for (int i = (Math.max(0, first - phase) + step - 1) / step; i * step + phase < end; i++) {
                elements[begin + i] = row[source + i * step];
            }
        }
    }
}
