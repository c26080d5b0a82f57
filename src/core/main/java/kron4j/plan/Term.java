package kron4j.plan;

import java.util.Arrays;

/**
 * The layout of an operand or result of a contraction: a step in elements for each of its labels, outermost first. Labels are distinct; the
 * caller keeps the offset.
 */
public record Term(int[] labels, long[] strides) {
    /** A row-major term. */
    public static Term contiguous(int[] labels, long[] sizes) {
        long[] strides = new long[labels.length];
        long step = 1;
        for (int i = labels.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= sizes[labels[i]];
        }
        return new Term(labels, strides);
    }

    /**
     * A term from axes with labels. Repeated labels become diagonals; labels of size 1 and axes of size 1 (broadcast) disappear.
     */
    public static Term of(int[] axisLabels, long[] axisDims, long[] axisStrides) {
        int[] labels = new int[axisLabels.length];
        long[] strides = new long[axisLabels.length];
        int count = 0;
        for (int axis = 0; axis < axisLabels.length; axis++) {
            if (axisDims[axis] == 1) {
                continue;
            }
            int at = 0;
            while (at < count && labels[at] != axisLabels[axis]) {
                at++;
            }
            labels[at] = axisLabels[axis];
            strides[at] += axisStrides[axis];
            count = Math.max(count, at + 1);
        }
        return new Term(Arrays.copyOf(labels, count), Arrays.copyOf(strides, count));
    }

    boolean has(int label) {
        for (int l : labels) {
            if (l == label) {
                return true;
            }
        }
        return false;
    }

    /** The step of a label; 0 if the term lacks it. */
    long stride(int label) {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] == label) {
                return strides[i];
            }
        }
        return 0;
    }

    long size(long[] sizes) {
        long size = 1;
        for (int label : labels) {
            size *= sizes[label];
        }
        return size;
    }

    /** This term without a label. */
    Term without(int label) {
        int[] keep = Arrays.stream(labels).filter(l -> l != label).toArray();
        return new Term(keep, Arrays.stream(keep).mapToLong(this::stride).toArray());
    }

    /** The labels, longest steps first. */
    int[] byStride() {
        return Arrays.stream(labels)
                .boxed()
                .sorted((x, y) -> Long.compare(Math.abs(stride(y)), Math.abs(stride(x))))
                .mapToInt(l -> l)
                .toArray();
    }
}
