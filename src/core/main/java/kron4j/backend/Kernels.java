package kron4j.backend;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.plan.ConvolutionPlan;
import kron4j.plan.GemmPlan;
import kron4j.plan.WindowPlan;

/**
 * The kernels that an implementation writes, for operands that {@link AbstractBackend} has looked at and holds. Those that
 * only some devices have are not abstract: they refuse, or are composed of others.
 */
abstract class Kernels implements Backend {
    protected abstract Storage doAllocate(DType dtype, long size);

    protected abstract void doUpload(ByteBuffer source, Storage target, long offset);

    protected abstract void doDownload(Storage source, long offset, ByteBuffer target);

    protected abstract void doFill(Number value, View out);

    protected abstract void doCopy(View a, View out);

    /** Devices without such a kernel copy view by view. */
    protected void doCopyEach(List<View> views, List<View> targets) {
        for (int i = 0; i < targets.size(); i++) {
            doCopy(views.get(i), targets.get(i));
        }
    }

    protected abstract void doUnary(UnaryOp op, View a, View out);

    protected abstract void doBinary(BinaryOp op, View a, View b, View out);

    protected abstract void doBinary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out);

    protected abstract void doWhere(View condition, View a, View b, View out);

    protected abstract void doReduce(ReduceOp op, View a, int reducedRank, View out);

    protected abstract void doScan(ScanOp op, View a, View out);

    protected abstract void doRecur(View links, View a, View out);

    protected abstract void doSumProduct(Number alpha, List<View> operands, int reducedRank, View out);

    protected abstract void doGemm(GemmPlan plan, Number alpha, View a, View b, double beta, View c);

    protected abstract void doKron(View a, View b, View out);

    /** Devices without such a kernel apply factors one by one. */
    protected boolean doKronApply(List<View> factors, View x, View out) {
        return false;
    }

    /** As {@link #doKronApply}. */
    protected List<Integer> doKronPasses(List<View> factors, Shape x, DType dtype) {
        return List.of();
    }

    /** Devices without such kernels go back factor by factor. */
    protected boolean doKronAppliesBack(List<View> factors, View x) {
        return false;
    }

    protected void doKronApplyBack(List<View> factors, View x, View g, Optional<View> ofX, List<View> ofFactors) {
        throw new UnsupportedOperationException(name() + ": kronApplyBack");
    }

    /** Devices without such a kernel fuse the operations of each parameter. */
    protected boolean doAdam(
            Backend.Adam numbers,
            List<View> parameters,
            List<View> gradients,
            List<View> means,
            List<View> squares,
            List<View> scalars) {
        return false;
    }

    /** Devices without such kernels normalize step by step. */
    protected boolean doNormalizes(Norm norm, View... operands) {
        return false;
    }

    protected void doNormalize(Norm norm, View x, List<View> affine, View y, View... statistics) {
        throw new UnsupportedOperationException(name() + ": normalize");
    }

    protected void doNormalizeBack(
            Norm norm, View x, List<View> statistics, View g, List<View> affine, View ofX, List<View> ofAffine) {
        throw new UnsupportedOperationException(name() + ": normalizeBack");
    }

    /** Devices without such kernels attend step by step. */
    protected boolean doAttends(List<View> operands) {
        return false;
    }

    protected void doAttend(Attend how, List<View> operands, View y, View logarithms) {
        throw new UnsupportedOperationException(name() + ": attend");
    }

    protected void doAttendBack(Attend how, List<View> operands, List<View> found, View g, List<View> gradients) {
        throw new UnsupportedOperationException(name() + ": attendBack");
    }

    /** Devices without such kernels compute each step by operations. */
    protected boolean doRecurs(View... operands) {
        return false;
    }

    protected void doLstm(Lstm how, View driven, View recurrent, View gates, View states, View cells) {
        throw new UnsupportedOperationException(name() + ": lstm");
    }

    protected void doLstmBack(
            Lstm how, View recurrent, View gates, View cells, View g, View ofDriven, View ofState, View ofCell) {
        throw new UnsupportedOperationException(name() + ": lstmBack");
    }

    /** Devices without such kernels multiply windows by GEMMs. */
    protected boolean doConvolve(ConvolutionPlan plan, View x, View w, double beta, View y) {
        return false;
    }

    /** As {@link #doConvolve}. */
    protected boolean doCorrelate(ConvolutionPlan plan, View x, View y, View w) {
        return false;
    }

    /** Devices without such loops run the passes of the steps. */
    protected boolean doFusedKernel(FusedKernel kernel, List<View> operands, List<View> results) {
        return false;
    }

    /** Devices without such kernels compute step by step. */
    protected boolean doFused(
            FusedProgram program, Optional<ReduceOp> reduction, int reducedRank, List<View> loads, List<View> targets) {
        return false;
    }

    /** As {@link #doFused}, group by group. */
    protected boolean doFusedEach(FusedProgram program, List<List<View>> loads, List<List<View>> targets) {
        for (int g = 0; g < targets.size(); g++) {
            if (!doFused(program, Optional.empty(), 0, loads.get(g), targets.get(g))) {
                return false;
            }
        }
        return true;
    }

    protected abstract void doTakeAlong(View a, int axis, View index, View out);

    protected abstract void doAddAlong(View a, int axis, View index, View out);

    protected abstract void doSort(View a, boolean descending, View out);

    protected abstract void doArgsort(View a, boolean descending, View index);

    protected abstract void doSearchSorted(View lines, View sought, boolean right, View out);

    protected abstract void doSumWindows(WindowPlan plan, View a, View out);

    protected abstract void doMaxWindows(WindowPlan plan, View a, View out, View index);

    protected abstract void doLastAlong(View index, int axis, View out);

    /** As {@link #putAlong}. */
    protected boolean doPutAlong(View old, View a, int axis, View index, View out) {
        return false;
    }

    /** As {@link #tryTakeAlong}. */
    protected boolean doTryTakeAlong(View a, int axis, View index, View out) {
        return false;
    }

    /** As {@link #tryAddAlong}. */
    protected boolean doTryAddAlong(View old, View a, int axis, View index, View out) {
        return false;
    }

    /** As {@link #tryPutAlong}. */
    protected boolean doTryPutAlong(View old, View a, int axis, View index, View out) {
        return false;
    }

    /** As {@link #extremes}. */
    protected boolean doExtremes(ScanOp op, View a, View values, View places) {
        return false;
    }

    /** As {@link #sumOfSquares}. */
    protected boolean doSumOfSquares(View a, int reducedRank, View out) {
        return false;
    }

    /** As {@link #bounds}. */
    protected Optional<long[]> doBounds(View index) {
        return Optional.empty();
    }

    /** As {@link #positions}. */
    protected long doPositions(View mask, View out) {
        return -1;
    }

    protected abstract void doRandom(Distribution distribution, long seed, long stream, View out);

    /** Composed of other operations; a single kernel is faster. Workspace: two elements for each line, and for halves all in float32. */
    protected void doSoftmax(View a, boolean log, View out) {
        if (a.dtype().isHalf()) {
            Storage input = allocate(a.dtype().computed(), 2 * a.shape().size());
            try {
                Layout layout = Layout.contiguous(a.shape());
                View x = new View(input, layout);
                View y = new View(
                        input, Layout.of(a.shape(), layout.strides(), a.shape().size()));
                doCopy(a, x);
                doSoftmax(x, log, y);
                doCopy(y, out);
            } finally {
                input.release();
            }
            return;
        }
        Shape lines = a.shape().slice(0, a.layout().rank() - 1);
        Storage lineMaxima = allocate(a.dtype(), lines.size());
        Storage lineSums = allocate(a.dtype(), lines.size());
        try {
            View maxima = new View(lineMaxima, Layout.contiguous(lines));
            View sums = new View(lineSums, Layout.contiguous(lines));
            doReduce(ReduceOp.MAX, a, 1, maxima);
            doBinary(BinaryOp.SUBTRACT, a, alongLines(maxima, a), out);
            doUnary(UnaryOp.EXP, out, out);
            doReduce(ReduceOp.SUM, out, 1, sums);
            if (log) {
                doUnary(UnaryOp.LOG, sums, sums);
                doBinary(BinaryOp.SUBTRACT, a, alongLines(maxima, a), out);
            }
            doBinary(log ? BinaryOp.SUBTRACT : BinaryOp.DIVIDE, out, alongLines(sums, a), out);
        } finally {
            lineMaxima.release();
            lineSums.release();
        }
    }

    private static View alongLines(View each, View a) {
        return each.with(each.layout().unsqueeze(-1).expand(a.shape()));
    }

    /** Halves are added up in float32 and rounded once. */
    final void addHalves(View a, int axis, View index, View out) {
        Storage terms = allocate(a.dtype().computed(), a.shape().size());
        Storage sums = null;
        try {
            sums = allocate(a.dtype().computed(), out.shape().size());
            View wide = new View(terms, Layout.contiguous(a.shape()));
            View result = new View(sums, Layout.contiguous(out.shape()));
            doCopy(a, wide);
            doCopy(out, result);
            doAddAlong(wide, axis, index, result);
            doCopy(result, out);
        } finally {
            terms.release();
            if (sums != null) {
                sums.release();
            }
        }
    }
}
