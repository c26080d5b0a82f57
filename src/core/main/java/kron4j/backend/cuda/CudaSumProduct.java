package kron4j.backend.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.Scratch;
import kron4j.plan.GemmPlan;

/**
 * Sums of products, by the kernel that fits: an elementwise product where nothing is summed, {@link CudaTiledSum} where the elements of two
 * operands meet many of the other, {@link CudaOnePassSum} for the rest.
 */
final class CudaSumProduct {
    /** Operands of one kernel. */
    private static final int OPERANDS = 8;

    private final CudaContext context;
    private final CudaElementwise elementwise;
    private final CudaKron kron;
    private final CudaOnePassSum sum;
    private final CudaTiledSum contraction;
    private final CudaPermute permute;

    CudaSumProduct(CudaContext context, CudaElementwise elementwise, CudaKron kron, CudaPermute permute) {
        this.context = context;
        this.elementwise = elementwise;
        this.kron = kron;
        this.permute = permute;
        this.sum = new CudaOnePassSum(context);
        this.contraction = new CudaTiledSum(context, sum);
    }

    /** {@code out = alpha * sum over the last axes of the product of the operands}. */
    void sumProduct(Number alpha, List<View> operands, int reducedRank, View out) {
        int kept = out.layout().rank();
        if (out.shape().size() == 0) {
            return;
        }
        if (operands.size() > OPERANDS || !CudaOnePassSum.fits(operands.size(), kept, reducedRank)) {
            if (out.dtype().isHalf()) {
                widened(alpha, operands, reducedRank, out);
            } else {
                folded(alpha, operands, reducedRank, out);
            }
        } else if (operands.get(0).shape().slice(kept, kept + reducedRank).size() == 1 && operands.size() <= 2) {
            product(alpha, operands, out);
        } else if (operands.size() != 2
                || !contraction.run(alpha, operands.get(0), operands.get(1), reducedRank, out)) {
            sum.run(alpha, operands, reducedRank, out);
        }
    }

    private void product(Number alpha, List<View> operands, View out) {
        int rank = out.layout().rank();
        View a = first(operands.get(0), rank);
        if (operands.size() == 2) {
            kron.product(alpha, a, first(operands.get(1), rank), out);
        } else {
            elementwise.scale(alpha, a, out);
        }
    }

    /** Drops the axes of size 1 from {@code rank} on. */
    private static View first(View v, int rank) {
        Layout l = v.layout();
        return v.with(Layout.of(l.shape().slice(0, rank), Arrays.copyOf(l.strides(), rank), l.offset()));
    }

    /** Halves in float32, so that nothing but the result is rounded to them. */
    private void widened(Number alpha, List<View> operands, int reducedRank, View out) {
        try (Scratch scratch = context.scratch()) {
            List<View> wide = new ArrayList<>();
            for (View v : operands) {
                wide.add(permute.widened(v, scratch));
            }
            View result = new View(scratch.allocate(DType.FLOAT32, out.shape().size()), Layout.contiguous(out.shape()));
            folded(alpha, wide, reducedRank, result);
            permute.copy(result, out);
        }
    }

    /** Multiplies the first operands into a temporary, which stands still along the axes along which all of them do. */
    private void folded(Number alpha, List<View> operands, int reducedRank, View out) {
        int count = Math.min(OPERANDS, operands.size() - 1);
        List<View> first = operands.subList(0, count);
        Layout whole = operands.get(0).layout();
        long[] sizes = whole.shape().dims();
        long[] strides = new long[sizes.length];
        long step = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            int at = axis;
            boolean varies = first.stream().anyMatch(v -> v.layout().stride(at) != 0);
            strides[axis] = varies ? step : 0;
            step *= varies ? sizes[axis] : 1;
            sizes[axis] = varies ? sizes[axis] : 1;
        }
        Shape shape = Shape.of(sizes);
        try (Scratch scratch = context.scratch()) {
            Storage temporary = scratch.allocate(out.dtype(), shape.size());
            List<View> parts = new ArrayList<>();
            for (View v : first) {
                parts.add(
                        v.with(Layout.of(shape, v.layout().strides(), v.layout().offset())));
            }
            sumProduct(1, parts, 0, new View(temporary, Layout.contiguous(shape)));
            List<View> rest = new ArrayList<>(operands.subList(count, operands.size()));
            rest.add(0, new View(temporary, Layout.of(whole.shape(), strides, 0)));
            sumProduct(alpha, rest, reducedRank, out);
        }
    }

    /** GEMM as {@link GemmPlan} says, of any dtype, sizes and layouts: for what cuBLAS does not do. */
    void gemm(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        contraction.gemm(plan, alpha, a, b, beta, c);
    }
}
