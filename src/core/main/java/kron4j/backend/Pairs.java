package kron4j.backend;

import kron4j.Complex;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;

/**
 * What acts on the real and imaginary parts of complex numbers alike, as real operations on a last axis of two. Every device has these in its real
 * kernels: moves, sums, differences, real scales.
 */
final class Pairs {
    private Pairs() {}

    static void fill(AbstractBackend backend, Complex value, View out) {
        if (Double.doubleToRawLongBits(value.re()) == Double.doubleToRawLongBits(value.im())) {
            backend.doFill(value.re(), out.pairs());
        } else {
            backend.doFillPairs(value, out);
        }
    }

    /** Copies real or complex elements to complex ones. */
    static void copy(AbstractBackend backend, View a, View out) {
        if (a.dtype().isComplex()) {
            backend.doCopy(a.pairs(), out.pairs());
        } else {
            backend.doCopyOfReal(a, out);
        }
    }

    /** Whether an operation with this scalar multiplies or divides both parts by one real number. */
    static boolean scales(BinaryOp op, DType dtype, Number scalar, boolean scalarFirst) {
        return dtype.isComplex()
                && (op == BinaryOp.MULTIPLY || (op == BinaryOp.DIVIDE && !scalarFirst))
                && Complex.of(scalar).isReal();
    }

    /** A real operand that goes with both parts. */
    static View twice(View a) {
        Layout layout = a.layout();
        return a.with(layout.unsqueeze(-1).expand(layout.shape().concat(Shape.of(2))));
    }

    /** The operand of a reduction: its parts are the last of the kept axes. */
    static View kept(View a, int reducedRank) {
        View pairs = a.pairs();
        int rank = a.layout().rank();
        int[] order = new int[rank + 1];
        for (int i = 0; i < rank; i++) {
            order[i < rank - reducedRank ? i : i + 1] = i;
        }
        order[rank - reducedRank] = rank;
        return pairs.with(pairs.layout().permute(order));
    }
}
