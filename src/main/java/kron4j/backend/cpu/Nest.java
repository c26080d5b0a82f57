package kron4j.backend.cpu;

import kron4j.Layout;

/**
 * The loops over operands of one shape, outermost first: axes of size 1 are dropped, the others sorted by falling stride of the first operand, whose
 * negative strides are turned round, and neighbours that are one run in every operand are merged.
 */
final class Nest {
    /** Lengths of the loops, and the step of each operand in each of them as {@code strides[operand][loop]}. */
    final long[] sizes;

    final long[][] strides;
    /** Where each operand begins. */
    final long[] offsets;

    private Nest(long[] sizes, long[][] strides, long[] offsets) {
        this.sizes = sizes;
        this.strides = strides;
        this.offsets = offsets;
    }

    static Nest of(Layout... layouts) {
        return of(0, layouts[0].rank(), layouts);
    }

    /** The loops over the axes [from, to) only. */
    static Nest of(int from, int to, Layout... layouts) {
        int operands = layouts.length;
        long[] sizes = new long[to - from];
        long[][] strides = new long[operands][to - from];
        long[] offsets = new long[operands];
        for (int k = 0; k < operands; k++) {
            offsets[k] = layouts[k].offset();
        }
        int rank = 0;
        for (int axis = from; axis < to; axis++) {
            long size = layouts[0].shape().at(axis);
            if (size == 1) {
                continue;
            }
            boolean turn = layouts[0].stride(axis) < 0;
            long key = Math.abs(layouts[0].stride(axis));
            int at = rank;
            while (at > 0 && strides[0][at - 1] < key) {
                at--;
            }
            System.arraycopy(sizes, at, sizes, at + 1, rank - at);
            sizes[at] = size;
            for (int k = 0; k < operands; k++) {
                long stride = layouts[k].stride(axis);
                System.arraycopy(strides[k], at, strides[k], at + 1, rank - at);
                strides[k][at] = turn ? -stride : stride;
                offsets[k] += turn ? (size - 1) * stride : 0;
            }
            rank++;
        }
        return new Nest(sizes, strides, offsets).merged(rank);
    }

    private Nest merged(int rank) {
        int to = -1;
        for (int from = 0; from < rank; from++) {
            if (to >= 0 && oneRun(to, from)) {
                sizes[to] *= sizes[from];
            } else {
                sizes[++to] = sizes[from];
            }
            for (long[] s : strides) {
                s[to] = s[from];
            }
        }
        long[][] kept = new long[strides.length][];
        for (int k = 0; k < kept.length; k++) {
            kept[k] = java.util.Arrays.copyOf(strides[k], to + 1);
        }
        return new Nest(java.util.Arrays.copyOf(sizes, to + 1), kept, offsets);
    }

    private boolean oneRun(int outer, int inner) {
        for (long[] s : strides) {
            if (s[outer] != s[inner] * sizes[inner]) {
                return false;
            }
        }
        return true;
    }

    int rank() {
        return sizes.length;
    }

    /** Number of elements. */
    long size() {
        long product = 1;
        for (long n : sizes) {
            product *= n;
        }
        return product;
    }

    /** Where the element of a row-major index lies in an operand. */
    long position(int operand, long index) {
        long at = offsets[operand];
        long rest = index;
        for (int i = sizes.length - 1; i >= 0; i--) {
            at += rest % sizes[i] * strides[operand][i];
            rest /= sizes[i];
        }
        return at;
    }
}
