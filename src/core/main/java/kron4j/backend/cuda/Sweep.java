package kron4j.backend.cuda;

import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/**
 * A walk over the elements of operands of one shape, the first of which is written, as {@code kernels/sweep.cuh} takes it: in packs where the
 * innermost axis lies in a row, else one by one. Spaces that exceed a launch are walked in several.
 */
final class Sweep {
    /** Most elements of a launch: indices have 32 bits, one of them spare, and parts stay aligned. */
    static final long ELEMENTS = 1L << 30;

    static final int THREADS = 256;

    /** Enough to fill any card several times over; with more to do, threads take several turns. */
    private static final long BLOCKS = 1 << 12;

    /** Bytes that CUDA moves at once. */
    private static final int WIDEST = 16;

    private final CudaContext context;
    private final Loop loop;
    /** Addresses of the operands' storages; 0 for what is absent. */
    private final long[] bases;
    /** Bytes per element. */
    private final int[] widths;

    private final boolean packs;

    /** @param packs whether packs are allowed */
    Sweep(CudaContext context, Loop loop, long[] bases, int[] widths, boolean packs) {
        this.context = context;
        this.loop = loop;
        this.bases = bases;
        this.widths = widths;
        this.packs = packs;
    }

    /** Walks views in the order in which the first lies in memory; null is an operand that is absent. */
    static Sweep of(CudaContext context, View... operands) {
        Layout[] layouts = new Layout[operands.length];
        long[] bases = new long[operands.length];
        int[] widths = new int[operands.length];
        for (int k = 0; k < operands.length; k++) {
            View v = operands[k];
            layouts[k] = v == null ? constant(operands[0].shape()) : v.layout();
            bases[k] = v == null ? 0 : v.storage().address();
            widths[k] = v == null ? 1 : v.dtype().bytes();
        }
        return new Sweep(context, Loop.of(layouts), bases, widths, true);
    }

    private static Layout constant(Shape shape) {
        return Layout.of(shape, new long[shape.rank()], 0);
    }

    /**
     * Launches the kernel for all elements.
     *
     * @param taken elements that a thread of this kernel takes at a time
     * @param rest the words of its parameters after the operands
     */
    void launch(String kernel, int taken, long... rest) {
        if (loop.size() > 0) {
            loop.split(Axes.MOST, ELEMENTS, part -> launch(part, kernel, taken, rest));
        }
    }

    private void launch(Loop part, String kernel, int taken, long[] rest) {
        int last = part.rank() - 1;
        long size = part.size();
        long packed = packs ? packed(part, bases, widths, taken) : 0;
        long[] sizes = part.sizes();
        if (packed != 0) {
            sizes = sizes.clone();
            sizes[last] = (sizes[last] + taken - 1) / taken;
        }
        Words words = context.words();
        Axes.put(words, sizes);
        for (int k = 0; k < bases.length; k++) {
            long[] strides = part.strides()[k].clone();
            strides[last] *= packed == 0 ? 1 : taken;
            Axes.putStrides(words, strides);
        }
        for (int k = 0; k < bases.length; k++) {
            words.put(address(part, bases, widths, k));
        }
        words.put(packed).put(size).put(rest);
        context.launch(kernel, blocks((size + taken - 1) / taken), THREADS, 0, words);
    }

    private static long address(Loop part, long[] bases, int[] widths, int operand) {
        return bases[operand] + part.offsets()[operand] * widths[operand];
    }

    /** Bit k is set if operand k can be moved in packs; 0 if some operand cannot and is not the same for a whole pack either. */
    static long packed(Loop part, long[] bases, int[] widths, int taken) {
        int last = part.rank() - 1;
        if (part.strides()[0][last] != 1 || (last > 0 && part.sizes()[last] % taken != 0)) {
            return 0;
        }
        long packed = 0;
        for (int k = 0; k < bases.length; k++) {
            long[] strides = part.strides()[k];
            if (strides[last] == 0) {
                continue;
            }
            boolean fits =
                    strides[last] == 1 && address(part, bases, widths, k) % Math.min(WIDEST, taken * widths[k]) == 0;
            for (int axis = 0; axis < last; axis++) {
                fits &= strides[axis] % taken == 0;
            }
            if (!fits) {
                return 0;
            }
            packed |= 1L << k;
        }
        return packed;
    }

    /** Elements that most kernels' threads take at a time: as {@code TAKEN} there. */
    static int taken(DType dtype) {
        return dtype.bytes() == 1 ? 4 : WIDEST / dtype.bytes();
    }

    /** Blocks for so many turns of a thread. */
    static long blocks(long turns) {
        return Math.min(BLOCKS, (turns + THREADS - 1) / THREADS);
    }
}
