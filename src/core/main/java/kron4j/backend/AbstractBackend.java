package kron4j.backend;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import kron4j.CaptureException;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DeviceException;
import kron4j.DeviceMemoryException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.memory.Bytes;
import kron4j.plan.ConvolutionPlan;
import kron4j.plan.GemmPlan;
import kron4j.plan.WindowPlan;

/**
 * Guards memory for every implementation: operands are on this device and inside their storages, which are held while a kernel works on them. Shapes
 * and dtypes fit: {@code kron4j.ops} refuses those that do not. An implementation writes only the {@link Kernels}.
 */
public abstract class AbstractBackend extends Kernels {
    @Override
    public final Storage allocate(DType dtype, long size) {
        if (size < 0 || size > Long.MAX_VALUE / dtype.bytes()) {
            throw new DeviceMemoryException(name() + ": cannot allocate " + size + " elements of " + dtype
                    + ": more than " + Bytes.text(Long.MAX_VALUE));
        }
        return doAllocate(dtype, size);
    }

    @Override
    public final void upload(ByteBuffer source, Storage target, long offset) {
        checkRange("upload", target, offset, source.remaining());
        target.retain();
        try {
            use(target, true);
            doUpload(source, target, offset);
        } finally {
            target.release();
        }
    }

    @Override
    public final void download(Storage source, long offset, ByteBuffer target) {
        checkRange("download", source, offset, target.remaining());
        source.retain();
        try {
            use(source, false);
            doDownload(source, offset, target);
        } finally {
            source.release();
        }
    }

    private void checkRange(String operation, Storage storage, long offset, long bytes) {
        long size = storage.size() * storage.dtype().bytes();
        if (storage.backend() != this || offset < 0 || bytes > size - offset) {
            throw new DeviceException(operation + ": bytes [" + offset + ", " + (offset + bytes) + ") of a storage of "
                    + size + " bytes on " + storage.backend().name() + ", asked of " + name());
        }
    }

    @Override
    public Storage wrap(ByteBuffer memory, DType dtype) {
        throw new DeviceException(name() + ": cannot compute in host memory; copy it with Tensor.of");
    }

    @Override
    public Storage wrap(long address, DType dtype, long size, LongConsumer release) {
        throw new DeviceException(name() + ": has no device memory to wrap; wrap a direct buffer");
    }

    @Override
    public ByteBuffer buffer(Storage storage, long offset, long bytes) {
        throw new DeviceException(name() + ": its memory is not host memory; copy it with toBuffer");
    }

    @Override
    public long stream() {
        return 0;
    }

    @Override
    public long stream(Storage used) {
        return stream();
    }

    @Override
    public Recording capture(Runnable work) {
        throw new CaptureException(name() + ": only CUDA cards record graphs; run the work directly");
    }

    @Override
    public final void fill(Number value, View out) {
        try (Held held = hold("fill", out)) {
            if (out.dtype().isComplex()) {
                Pairs.fill(this, Complex.of(value), out);
            } else {
                doFill(value, out);
            }
        }
    }

    /** Fills complex elements with a number whose parts differ. */
    protected void doFillPairs(Complex value, View out) {
        doFill(value.re(), out.part(false));
        doFill(value.im(), out.part(true));
    }

    @Override
    public final void join(View re, View im, View out) {
        try (Held held = hold("join", re, im, out)) {
            doJoin(re, im, out);
        }
    }

    /** Makes complex elements of their parts. */
    protected void doJoin(View re, View im, View out) {
        doCopy(re, out.part(false));
        doCopy(im, out.part(true));
    }

    @Override
    public final void copy(View a, View out) {
        try (Held held = hold("copy", a, out)) {
            if (out.dtype().isComplex()) {
                Pairs.copy(this, a, out);
            } else {
                doCopy(a, out);
            }
        }
    }

    /** Copies real elements to complex ones. */
    protected void doCopyOfReal(View a, View out) {
        doCopy(a, out.part(false));
        doFill(0.0, out.part(true));
    }

    @Override
    public final void copyEach(List<View> views, List<View> targets) {
        if (targets.stream().anyMatch(t -> t.dtype().isComplex())) {
            for (int i = 0; i < targets.size(); i++) {
                copy(views.get(i), targets.get(i));
            }
            return;
        }
        List<View> all = new ArrayList<>(views);
        all.addAll(targets);
        try (Held held = hold("copyEach", views.size(), all.toArray(View[]::new))) {
            doCopyEach(views, targets);
        }
    }

    @Override
    public final void unary(UnaryOp op, View a, View out) {
        try (Held held = hold(op.name(), a, out)) {
            if (op == UnaryOp.NEGATIVE && a.dtype().isComplex()) {
                doUnary(op, a.pairs(), out.pairs());
            } else {
                doUnary(op, a, out);
            }
        }
    }

    @Override
    public final void binary(BinaryOp op, View a, View b, View out) {
        try (Held held = hold(op.name(), a, b, out)) {
            if ((op == BinaryOp.ADD || op == BinaryOp.SUBTRACT) && a.dtype().isComplex()) {
                doAddOfComplex(op, a, b, out);
            } else {
                doBinary(op, a, b, out);
            }
        }
    }

    /** ADD or SUBTRACT of complex elements. */
    protected void doAddOfComplex(BinaryOp op, View a, View b, View out) {
        doBinary(op, a.pairs(), b.pairs(), out.pairs());
    }

    @Override
    public final void binary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        try (Held held = hold(op.name(), a, out)) {
            if (Pairs.scales(op, a.dtype(), scalar, scalarFirst)) {
                doBinary(op, a.pairs(), Complex.of(scalar).re(), scalarFirst, out.pairs());
            } else {
                doBinary(op, a, scalar, scalarFirst, out);
            }
        }
    }

    @Override
    public final void where(View condition, View a, View b, View out) {
        try (Held held = hold("where", condition, a, b, out)) {
            if (out.dtype().isComplex() && out.dtype().bytes() == Long.BYTES) {
                doWhere(condition, a.words(), b.words(), out.words());
            } else if (out.dtype().isComplex()) {
                doWhereOfComplex(condition, a, b, out);
            } else {
                doWhere(condition, a, b, out);
            }
        }
    }

    /** Chooses among complex128 elements. */
    protected void doWhereOfComplex(View condition, View a, View b, View out) {
        doWhere(Pairs.twice(condition), a.pairs(), b.pairs(), out.pairs());
    }

    @Override
    public final void reduce(ReduceOp op, View a, int reducedRank, View out) {
        try (Held held = hold(op.name(), a, out)) {
            if (op == ReduceOp.SUM && a.dtype().isComplex()) {
                doReduce(op, Pairs.kept(a, reducedRank), reducedRank, out.pairs());
            } else {
                doReduce(op, a, reducedRank, out);
            }
        }
    }

    @Override
    public final void scan(ScanOp op, View a, View out) {
        if (a.shape().size() > 0) {
            try (Held held = hold(op.name(), a, out)) {
                if (op == ScanOp.SUM && a.dtype().isComplex()) {
                    doSumsOfComplex(a, out);
                } else {
                    doScan(op, a, out);
                }
            }
        }
    }

    /** Running sums of complex elements. */
    protected void doSumsOfComplex(View a, View out) {
        doScan(ScanOp.SUM, Pairs.kept(a, 1), Pairs.kept(out, 1));
    }

    @Override
    public final void recur(View links, View a, View out) {
        if (a.shape().size() > 0) {
            try (Held held = hold("recur", links, a, out)) {
                if (a.shape().at(-1) == 1) {
                    copy(a, out);
                } else {
                    doRecur(links, a, out);
                }
            }
        }
    }

    @Override
    public final void softmax(View a, boolean log, View out) {
        if (a.shape().size() > 0) {
            try (Held held = hold("softmax", a, out)) {
                doSoftmax(a, log, out);
            }
        }
    }

    @Override
    public final void sumProduct(Number alpha, List<View> operands, int reducedRank, View out) {
        View[] all = operands.toArray(new View[operands.size() + 1]);
        all[operands.size()] = out;
        try (Held held = hold("sumProduct", all)) {
            if (out.dtype().isComplex() && operands.size() == 1 && !(alpha instanceof Complex)) {
                doSumProduct(alpha, List.of(Pairs.kept(operands.get(0), reducedRank)), reducedRank, out.pairs());
            } else {
                doSumProduct(alpha, operands, reducedRank, out);
            }
        }
    }

    @Override
    public final void gemm(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        try (Held held = hold("gemm", a, b, c)) {
            doGemm(plan, alpha, a, b, beta, c);
        }
    }

    @Override
    public final void kron(View a, View b, View out) {
        try (Held held = hold("kron", a, b, out)) {
            doKron(a, b, out);
        }
    }

    @Override
    public final boolean kronApply(List<View> factors, View x, View out) {
        View[] all = factors.toArray(new View[factors.size() + 2]);
        all[factors.size()] = x;
        all[factors.size() + 1] = out;
        try (Held held = hold("kronApply", all)) {
            return doKronApply(factors, x, out);
        }
    }

    @Override
    public final List<Integer> kronPasses(List<View> factors, Shape x, DType dtype) {
        try (Held held = hold("kronPasses", factors.toArray(View[]::new))) {
            return doKronPasses(factors, x, dtype);
        }
    }

    @Override
    public final boolean kronAppliesBack(List<View> factors, View x) {
        return doKronAppliesBack(factors, x);
    }

    @Override
    public final void kronApplyBack(List<View> factors, View x, View g, Optional<View> ofX, List<View> ofFactors) {
        List<View> all = new ArrayList<>(factors);
        all.addAll(List.of(x, g));
        int reads = all.size();
        all.addAll(ofFactors);
        ofX.ifPresent(all::add);
        try (Held held = hold("kronApplyBack", reads, all.toArray(View[]::new))) {
            doKronApplyBack(factors, x, g, ofX, ofFactors);
        }
    }

    @Override
    public final void takeAlong(View a, int axis, View index, View out) {
        try (Held held = hold("takeAlong", a, index, out)) {
            if (a.dtype().isComplex()) {
                doTakeAlong(a.pairs(), axis, Pairs.twice(index), out.pairs());
            } else {
                doTakeAlong(a, axis, index, out);
            }
        }
    }

    @Override
    public final void addAlong(View a, int axis, View index, View out) {
        try (Held held = hold("addAlong", a, index, out)) {
            if (a.dtype().isComplex()) {
                doAddAlong(a.pairs(), axis, Pairs.twice(index), out.pairs());
            } else if (a.dtype().isHalf() && a.shape().size() > 0) {
                addHalves(a, axis, index, out);
            } else {
                doAddAlong(a, axis, index, out);
            }
        }
    }

    @Override
    public final void lastAlong(View index, int axis, View out) {
        if (index.shape().size() > 0 && out.shape().size() > 0) {
            try (Held held = hold("lastAlong", index, out)) {
                doLastAlong(index, axis, out);
            }
        }
    }

    @Override
    public final boolean putAlong(View old, View a, int axis, View index, View out) {
        try (Held held = hold("putAlong", old, a, index, out)) {
            return a.dtype().isComplex()
                    ? doPutAlong(old.pairs(), a.pairs(), axis, Pairs.twice(index), out.pairs())
                    : doPutAlong(old, a, axis, index, out);
        }
    }

    @Override
    public final boolean tryTakeAlong(View a, int axis, View index, View out) {
        try (Held held = hold("takeAlong", a, index, out)) {
            return doTryTakeAlong(a, axis, index, out);
        }
    }

    @Override
    public final boolean tryAddAlong(View old, View a, int axis, View index, View out) {
        try (Held held = hold("addAlong", old, a, index, out)) {
            return doTryAddAlong(old, a, axis, index, out);
        }
    }

    @Override
    public final boolean tryPutAlong(View old, View a, int axis, View index, View out) {
        try (Held held = hold("putAlong", old, a, index, out)) {
            return doTryPutAlong(old, a, axis, index, out);
        }
    }

    @Override
    public final boolean extremes(ScanOp op, View a, View values, View places) {
        try (Held held = hold("extremes", 1, a, values, places)) {
            return doExtremes(op, a, values, places);
        }
    }

    @Override
    public final boolean sumOfSquares(View a, int reducedRank, View out) {
        try (Held held = hold("sumOfSquares", a, out)) {
            return doSumOfSquares(a, reducedRank, out);
        }
    }

    @Override
    public final Optional<long[]> bounds(View index) {
        try (Held held = hold("bounds", 1, index)) {
            return doBounds(index);
        }
    }

    @Override
    public final long positions(View mask, View out) {
        try (Held held = hold("positions", mask, out)) {
            return doPositions(mask, out);
        }
    }

    @Override
    public final void sort(View a, boolean descending, View out) {
        try (Held held = hold("sort", a, out)) {
            doSort(a, descending, out);
        }
    }

    @Override
    public final void argsort(View a, boolean descending, View index) {
        try (Held held = hold("argsort", a, index)) {
            doArgsort(a, descending, index);
        }
    }

    @Override
    public final void searchSorted(View lines, View sought, boolean right, View out) {
        try (Held held = hold("searchSorted", lines, sought, out)) {
            doSearchSorted(lines, sought, right, out);
        }
    }

    @Override
    public final void sumWindows(WindowPlan plan, View a, View out) {
        try (Held held = hold("sumWindows", a, out)) {
            doSumWindows(plan, a, out);
        }
    }

    @Override
    public final void maxWindows(WindowPlan plan, View a, View out, View index) {
        try (Held held = hold("maxWindows", 1, a, out, index)) {
            doMaxWindows(plan, a, out, index);
        }
    }

    @Override
    public final boolean adam(
            Adam numbers,
            List<View> parameters,
            List<View> gradients,
            List<View> means,
            List<View> squares,
            List<View> scalars) {
        List<View> all = new ArrayList<>(gradients);
        all.addAll(scalars);
        int reads = all.size();
        all.addAll(parameters);
        all.addAll(means);
        all.addAll(squares);
        try (Held held = hold("adam", reads, all.toArray(View[]::new))) {
            return doAdam(numbers, parameters, gradients, means, squares, scalars);
        }
    }

    @Override
    public final boolean normalizes(Norm norm, View... operands) {
        return doNormalizes(norm, operands);
    }

    @Override
    public final void normalize(Norm norm, View x, List<View> affine, View y, View... statistics) {
        List<View> all = new ArrayList<>(affine);
        all.add(x);
        int reads = all.size();
        all.add(y);
        all.addAll(List.of(statistics));
        try (Held held = hold("normalize", reads, all.toArray(View[]::new))) {
            doNormalize(norm, x, affine, y, statistics);
        }
    }

    @Override
    public final void normalizeBack(
            Norm norm, View x, List<View> statistics, View g, List<View> affine, View ofX, List<View> ofAffine) {
        List<View> all = new ArrayList<>(statistics);
        all.addAll(affine);
        all.addAll(List.of(x, g));
        int reads = all.size();
        all.add(ofX);
        all.addAll(ofAffine);
        try (Held held = hold("normalizeBack", reads, all.toArray(View[]::new))) {
            doNormalizeBack(norm, x, statistics, g, affine, ofX, ofAffine);
        }
    }

    @Override
    public final boolean attends(List<View> operands) {
        return doAttends(operands);
    }

    @Override
    public final void attend(Attend how, List<View> operands, View y, View logarithms) {
        List<View> all = new ArrayList<>(operands);
        all.addAll(List.of(y, logarithms));
        try (Held held = hold("attend", operands.size(), all.toArray(View[]::new))) {
            doAttend(how, operands, y, logarithms);
        }
    }

    @Override
    public final void attendBack(Attend how, List<View> operands, List<View> found, View g, List<View> gradients) {
        List<View> all = new ArrayList<>(operands);
        all.addAll(found);
        all.add(g);
        int reads = all.size();
        all.addAll(gradients);
        try (Held held = hold("attendBack", reads, all.toArray(View[]::new))) {
            doAttendBack(how, operands, found, g, gradients);
        }
    }

    @Override
    public final boolean recurs(View... operands) {
        return doRecurs(operands);
    }

    @Override
    public final void lstm(Lstm how, View driven, View recurrent, View gates, View states, View cells) {
        try (Held held = hold("lstm", 2, driven, recurrent, gates, states, cells)) {
            doLstm(how, driven, recurrent, gates, states, cells);
        }
    }

    @Override
    public final void lstmBack(
            Lstm how, View recurrent, View gates, View cells, View g, View ofDriven, View ofState, View ofCell) {
        try (Held held = hold("lstmBack", 4, recurrent, gates, cells, g, ofDriven, ofState, ofCell)) {
            doLstmBack(how, recurrent, gates, cells, g, ofDriven, ofState, ofCell);
        }
    }

    @Override
    public final boolean convolve(ConvolutionPlan plan, View x, View w, double beta, View y) {
        try (Held held = hold("convolve", x, w, y)) {
            return doConvolve(plan, x, w, beta, y);
        }
    }

    @Override
    public final boolean correlate(ConvolutionPlan plan, View x, View y, View w) {
        try (Held held = hold("correlate", x, y, w)) {
            return doCorrelate(plan, x, y, w);
        }
    }

    @Override
    public final void random(Distribution distribution, long seed, long stream, View out) {
        try (Held held = hold("random", out)) {
            doRandom(distribution, seed, stream, out);
        }
    }

    @Override
    public final boolean fused(
            FusedProgram program, Optional<ReduceOp> reduction, int reducedRank, List<View> loads, List<View> targets) {
        View[] all = loads.toArray(new View[loads.size() + targets.size()]);
        for (int i = 0; i < targets.size(); i++) {
            all[loads.size() + i] = targets.get(i);
        }
        try (Held held = hold("fused", loads.size(), all)) {
            return doFused(program, reduction, reducedRank, loads, targets);
        }
    }

    @Override
    public final boolean fusedKernel(FusedKernel kernel, List<View> operands, List<View> results) {
        List<View> all = new ArrayList<>(operands);
        all.addAll(results);
        try (Held held = hold("fused", operands.size(), all.toArray(View[]::new))) {
            return doFusedKernel(kernel, operands, results);
        }
    }

    @Override
    public final boolean fusedEach(FusedProgram program, List<List<View>> loads, List<List<View>> targets) {
        List<View> all = new ArrayList<>();
        loads.forEach(all::addAll);
        int reads = all.size();
        targets.forEach(all::addAll);
        try (Held held = hold("fusedEach", reads, all.toArray(View[]::new))) {
            return doFusedEach(program, loads, targets);
        }
    }

    /** As {@link #hold(String, int, View...)} for a kernel that writes the last view and reads the others. */
    private Held hold(String operation, View... views) {
        return hold(operation, views.length - 1, views);
    }

    /**
     * Holds the storages of views on this device and inside their storages, for a kernel that is called next.
     *
     * @param reads number of views, from the first, that are only read
     */
    final Held hold(String operation, int reads, View... views) {
        Held held = new Held(views);
        try {
            for (View v : views) {
                v.storage().retain();
                held.count++;
                checkInside(operation, v);
            }
            for (int i = 0; i < views.length; i++) {
                use(views[i].storage(), i >= reads);
            }
            return held;
        } catch (RuntimeException | Error e) {
            held.close();
            throw e;
        }
    }

    /** Storages that cannot go until this is closed. */
    static final class Held implements AutoCloseable {
        private final View[] views;
        private int count;

        private Held(View[] views) {
            this.views = views;
        }

        @Override
        public void close() {
            for (int i = 0; i < count; i++) {
                views[i].storage().release();
            }
        }
    }

    /** Called before a kernel that reads or writes a storage is queued; devices with several queues keep them in order here. */
    protected void use(Storage storage, boolean writes) {}

    private void checkInside(String operation, View v) {
        if (v.storage().backend() != this) {
            throw new DeviceException(operation + ": an operand of shape " + v.shape() + " is on "
                    + v.storage().backend().name() + ", not on " + name() + "; move it with to(Device)");
        }
        if (!v.layout().isWithin(v.storage().size())) {
            throw new ShapeException(operation + ": layout " + v.layout() + " exceeds its storage of "
                    + v.storage().size() + " elements");
        }
    }
}
