package kron4j.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.TensorException;
import kron4j.backend.BinaryOp;
import kron4j.backend.ReduceOp;
import kron4j.backend.Storage;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.CudaType;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Staging;

/** Elementwise operations, by the kernels of {@code kernels/elementwise.cuh}. Queued, but for integer operations that some right operands forbid. */
final class CudaElementwise {
    private static final String[] WHERE = KernelNames.ofWidths("where");
    private static final String[] UNARY = KernelNames.of("unary");
    /** Absolute values and angles of complex numbers. */
    private static final String[] REAL = KernelNames.of("real", DType.COMPLEX64, DType.COMPLEX128);

    private static final String[] TEST = KernelNames.of("test");
    private static final String[] BINARY = KernelNames.of("binary");
    private static final String[] COMPARE = KernelNames.of("compare");

    private final CudaContext context;
    private final CudaReduce reduce;
    private final Staging staging;

    CudaElementwise(CudaContext context, CudaReduce reduce, Staging staging) {
        this.context = context;
        this.reduce = reduce;
        this.staging = staging;
    }

    void unary(UnaryOp op, View a, View out) {
        boolean real = a.dtype().isComplex() && !out.dtype().isComplex();
        String[] kernels = op.isPredicate() ? TEST : real ? REAL : UNARY;
        Sweep.of(context, out, a).launch(kernels[a.dtype().ordinal()], Sweep.taken(a.dtype()), op.ordinal());
        if (op == UnaryOp.SIGN
                && !a.dtype().isComplex()
                && !CudaType.of(a.dtype()).isExact()) {
            binary(BinaryOp.ADD, out, 0, false, out); // the kernel leaves -0, which becomes 0
        }
    }

    void binary(BinaryOp op, View a, View b, View out) {
        if (isPartial(op, a.dtype())) {
            check(op, b);
        }
        launch(op, a.dtype(), out, a, b, 0, 0);
    }

    void binary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        CudaType type = CudaType.of(a.dtype());
        long word = type.word(scalar);
        if (isPartial(op, a.dtype())) {
            if (scalarFirst) {
                check(op, a);
            } else {
                check(op, a.dtype(), word);
            }
        }
        View first = scalarFirst ? null : a;
        View second = scalarFirst ? a : null;
        launch(op, a.dtype(), out, first, second, word, type.imaginary(scalar));
    }

    /** {@code out = factor * a}. */
    void scale(Number factor, View a, View out) {
        CudaType type = CudaType.of(a.dtype());
        launch(BinaryOp.MULTIPLY, a.dtype(), out, a, null, type.factor(factor), type.imaginary(factor));
    }

    private void launch(BinaryOp op, DType dtype, View out, View a, View b, long scalar, long imaginary) {
        String[] kernels = op.isPredicate() ? COMPARE : BINARY;
        Sweep.of(context, out, a, b)
                .launch(kernels[dtype.ordinal()], Sweep.taken(dtype), op.ordinal(), scalar, imaginary);
    }

    void where(View condition, View a, View b, View out) {
        Sweep.of(context, out, condition, a, b).launch(WHERE[out.dtype().ordinal()], Sweep.taken(out.dtype()));
    }

    /** Whether some right operands are errors. */
    private static boolean isPartial(BinaryOp op, DType dtype) {
        return op.isPartial() && CudaType.of(dtype).isExact();
    }

    /** Throws if an element of the right operand has no result. Waits for the card, since nothing may be written then. */
    private void check(BinaryOp op, View b) {
        if (b.shape().size() == 0) {
            return;
        }
        boolean power = op == BinaryOp.POWER;
        Layout distinct = distinct(b.layout());
        try (Scratch scratch = context.scratch()) {
            Storage worst = scratch.allocate(power ? b.dtype() : DType.BOOL, 1);
            View result = new View(worst, Layout.contiguous(Shape.SCALAR));
            reduce.reduce(power ? ReduceOp.MIN : ReduceOp.ALL, b.with(distinct), distinct.rank(), result);
            check(op, b.dtype(), read(worst));
        }
    }

    private long read(Storage one) {
        DType dtype = one.dtype();
        ByteBuffer value = ByteBuffer.allocateDirect(dtype.bytes()).order(ByteOrder.nativeOrder());
        staging.download(one.address(), value);
        return CudaType.of(dtype).integer(value);
    }

    private static void check(BinaryOp op, DType dtype, long b) {
        boolean power = op == BinaryOp.POWER;
        if (power ? b < 0 : b == 0) {
            throw new TensorException(op.name().toLowerCase(java.util.Locale.ROOT) + ": "
                    + (power ? "negative exponent " + b : "division by zero") + " in " + dtype
                    + "; convert with to(DType.FLOAT64), or mask those elements with where");
        }
    }

    /** Drops the axes along which the same element repeats. */
    private static Layout distinct(Layout layout) {
        Shape shape = layout.shape();
        for (int axis = 0; axis < layout.rank(); axis++) {
            shape = layout.stride(axis) == 0 ? shape.with(axis, 1) : shape;
        }
        return Layout.of(shape, layout.strides(), layout.offset());
    }
}
