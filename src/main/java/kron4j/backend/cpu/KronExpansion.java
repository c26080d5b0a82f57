package kron4j.backend.cpu;

import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;

/** The Kronecker product as an elementwise product: axis d of the result is the pair of axes (i_d, j_d). */
final class KronExpansion {
    private KronExpansion() {}

    static void run(View a, View b, View out) {
        int rank = a.layout().rank();
        long[] sizes = new long[2 * rank];
        long[] strideA = new long[2 * rank];
        long[] strideB = new long[2 * rank];
        long[] strideOut = new long[2 * rank];
        for (int d = 0; d < rank; d++) {
            sizes[2 * d] = a.shape().at(d);
            sizes[2 * d + 1] = b.shape().at(d);
            strideA[2 * d] = a.layout().stride(d);
            strideB[2 * d + 1] = b.layout().stride(d);
            strideOut[2 * d] = out.layout().stride(d) * b.shape().at(d);
            strideOut[2 * d + 1] = out.layout().stride(d);
        }
        Shape shape = Shape.of(sizes);
        Pointwise.binary(
                out.dtype() == DType.BOOL ? BinaryOp.LOGICAL_AND : BinaryOp.MULTIPLY,
                a.with(Layout.of(shape, strideA, a.layout().offset())),
                b.with(Layout.of(shape, strideB, b.layout().offset())),
                out.with(Layout.of(shape, strideOut, out.layout().offset())));
    }
}
