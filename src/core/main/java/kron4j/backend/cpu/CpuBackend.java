package kron4j.backend.cpu;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.StreamScope;
import kron4j.backend.AbstractBackend;
import kron4j.backend.BinaryOp;
import kron4j.backend.Distribution;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedProgram;
import kron4j.backend.LinalgBackend;
import kron4j.backend.ReduceOp;
import kron4j.backend.ScanOp;
import kron4j.backend.Settings;
import kron4j.backend.Storage;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.memory.Bytes;
import kron4j.memory.CachingMemory;
import kron4j.memory.CollectingMemory;
import kron4j.memory.CountingMemory;
import kron4j.memory.LimitedMemory;
import kron4j.memory.MemoryLimit;
import kron4j.memory.MemorySource;
import kron4j.plan.ConvolutionPlan;
import kron4j.plan.Costs;
import kron4j.plan.GemmPlan;
import kron4j.plan.WindowPlan;
import org.bytedeco.javacpp.Pointer;

/**
 * The CPU. Memory limit: {@code -Dkron4j.cpu.memoryLimit=BYTES} (default three quarters of the machine's or container's memory). Every call returns
 * when its work is done. OpenBLAS, which takes as long to load as a JVM takes to start, is loaded by the first product or factorization that needs it.
 */
public final class CpuBackend extends AbstractBackend {
    private final MemorySource memory;
    private final LinalgBackend linalg;
    private final MemoryLimit memoryLimit;

    /**
     * Loads the native library that gives memory.
     *
     * @throws kron4j.DeviceException with reason and remedy if it cannot be loaded, or a setting is no number
     */
    public CpuBackend() {
        JavaCpp.load(Pointer.class);
        Settings.number(Parallel.PROPERTY);
        Long chosen = Settings.number("kron4j.cpu.memoryLimit");
        memoryLimit = chosen != null ? MemoryLimit.of(chosen) : MemoryLimit.ofMachine(CpuBackend::mostOfTheMachine);
        MemorySource blocks = new CollectingMemory(new CachingMemory(
                new LimitedMemory(name(), new NativeMemory(), memoryLimit), memoryLimit.dividedBy(4)));
        memory = new CountingMemory(GuardedMemory.ENABLED ? new GuardedMemory(blocks) : blocks);
        linalg = new CpuLinalg(this);
    }

    private static long mostOfTheMachine() {
        OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return machine.getTotalMemorySize() / 4 * 3;
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public List<String> describe() {
        List<String> facts = new ArrayList<>();
        facts.add(System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", Java "
                + System.getProperty("java.version"));
        facts.add("threads: " + Parallel.threads());
        facts.addAll(OpenBlas.describe());
        facts.add(Loops.describe());
        facts.add("memory limit: " + Bytes.text(memoryLimit.bytes()) + " (-Dkron4j.cpu.memoryLimit)");
        return facts;
    }

    @Override
    public MemorySource memory() {
        return memory;
    }

    @Override
    public long memoryLimit() {
        return memoryLimit.bytes();
    }

    @Override
    public Costs costs(DType dtype) {
        return dtype.isComplex() ? Costs.COMPLEX_ON_CPU : Costs.CPU;
    }

    @Override
    protected Storage doAllocate(DType dtype, long size) {
        MemorySource.Block block = memory.allocate(size * dtype.bytes());
        return new CpuStorage(this, dtype, size, memory, block);
    }

    @Override
    public Storage wrap(ByteBuffer memory, DType dtype) {
        long address = NativeMemory.address(memory);
        MemorySource.Block block = MemorySource.Block.of(address, memory.remaining());
        return new CpuStorage(this, dtype, memory.remaining() / dtype.bytes(), new Borrowed(memory), block);
    }

    @Override
    public ByteBuffer buffer(Storage storage, long offset, long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new ShapeException("buffer: " + bytes + " bytes, more than the 2^31-1 of a buffer; share slices");
        }
        return ((CpuStorage) storage).window(offset, (int) bytes);
    }

    @Override
    protected void doUpload(ByteBuffer source, Storage target, long offset) {
        ((CpuStorage) target).window(offset, source.remaining()).put(source.duplicate());
    }

    @Override
    protected void doDownload(Storage source, long offset, ByteBuffer target) {
        target.put(((CpuStorage) source).window(offset, target.remaining()));
    }

    @Override
    public void synchronize() {}

    @Override
    public void shutdown() {
        super.shutdown();
        Parallel.shutdown();
        OpenBlas.shutdown();
        JavaCpp.shutdown();
    }

    @Override
    public StreamScope openStream() {
        return () -> {};
    }

    @Override
    protected void doFill(Number value, View out) {
        Pointwise.fill(value, out);
    }

    @Override
    protected void doCopy(View a, View out) {
        Copies.copy(a, out);
    }

    @Override
    protected void doCopyOfReal(View a, View out) {
        if (!Copies.ofReal(a, out)) {
            super.doCopyOfReal(a, out);
        }
    }

    @Override
    protected void doFillPairs(Complex value, View out) {
        Pointwise.fill(value, out);
    }

    @Override
    protected void doJoin(View re, View im, View out) {
        if (!Runs.join(re, im, out)) {
            super.doJoin(re, im, out);
        }
    }

    @Override
    protected void doSumsOfComplex(View a, View out) {
        if (!LineScans.sumsOfPairs(a, out)) {
            super.doSumsOfComplex(a, out);
        }
    }

    @Override
    protected void doUnary(UnaryOp op, View a, View out) {
        Pointwise.unary(op, a, out);
    }

    @Override
    protected void doBinary(BinaryOp op, View a, View b, View out) {
        Pointwise.binary(op, a, b, out);
    }

    @Override
    protected void doBinary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        Pointwise.binary(op, a, scalar, scalarFirst, out);
    }

    @Override
    protected void doAddOfComplex(BinaryOp op, View a, View b, View out) {
        Pointwise.binary(op, a, b, out);
    }

    @Override
    protected void doWhereOfComplex(View condition, View a, View b, View out) {
        Pointwise.whereOfPairs(condition, a, b, out);
    }

    @Override
    protected void doWhere(View condition, View a, View b, View out) {
        Pointwise.where(condition, a, b, out);
    }

    @Override
    protected void doSoftmax(View a, boolean log, View out) {
        int last = a.layout().rank() - 1;
        if (!LineSoftmax.run(a, log, out) && !ColumnSoftmax.run(last, a, log, out)) {
            super.doSoftmax(a, log, out);
        }
    }

    @Override
    protected void doReduce(ReduceOp op, View a, int reducedRank, View out) {
        Reductions.reduce(op, a, reducedRank, out);
    }

    @Override
    protected void doScan(ScanOp op, View a, View out) {
        Scans.run(op, a, out);
    }

    @Override
    protected void doRecur(View links, View a, View out) {
        Scans.recur(links, a, out);
    }

    @Override
    protected void doSumProduct(Number alpha, List<View> operands, int reducedRank, View out) {
        SumProducts.run(alpha, operands, reducedRank, out);
    }

    @Override
    protected void doGemm(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        Gemm.run(plan, alpha, a, b, beta, c);
    }

    @Override
    protected boolean doKronApply(List<View> factors, View x, View out) {
        return KronApply.run(factors, x, out);
    }

    @Override
    protected boolean doAdam(
            Adam numbers,
            List<View> parameters,
            List<View> gradients,
            List<View> means,
            List<View> squares,
            List<View> scalars) {
        return AdamSteps.run(numbers, parameters, gradients, means, squares, scalars);
    }

    @Override
    protected List<Integer> doKronPasses(List<View> factors, Shape x, DType dtype) {
        return KronApply.passes(factors, x, dtype);
    }

    @Override
    protected boolean doKronAppliesBack(List<View> factors, View x) {
        return KronApply.has(factors, x);
    }

    @Override
    protected void doKronApplyBack(List<View> factors, View x, View g, Optional<View> ofX, List<View> ofFactors) {
        KronApply.back(factors, x, g, ofX, ofFactors);
    }

    @Override
    protected void doKron(View a, View b, View out) {
        KronExpansion.run(a, b, out);
    }

    @Override
    protected void doTakeAlong(View a, int axis, View index, View out) {
        Gathers.takeAlong(a, axis, index, out);
    }

    @Override
    protected void doAddAlong(View a, int axis, View index, View out) {
        Scatters.addAlong(a, axis, index, out);
    }

    @Override
    protected void doSort(View a, boolean descending, View out) {
        Sorts.sort(a, descending, out);
    }

    @Override
    protected void doArgsort(View a, boolean descending, View index) {
        Sorts.argsort(a, descending, index);
    }

    @Override
    protected void doSearchSorted(View lines, View sought, boolean right, View out) {
        Searches.run(lines, sought, right, out);
    }

    @Override
    protected void doLastAlong(View index, int axis, View out) {
        Scatters.lastAlong(index, axis, out);
    }

    @Override
    protected boolean doPutAlong(View old, View a, int axis, View index, View out) {
        if (!Direct.canPut(a, index, out)) {
            return false;
        }
        HeapLines lines = HeapLines.putting(old, a, axis, index, out);
        if (lines == null) {
            Copies.copy(old, out);
            Direct.put(a, axis, index, out);
        } else {
            lines.run();
        }
        return true;
    }

    @Override
    protected boolean doTryTakeAlong(View a, int axis, View index, View out) {
        HeapLines lines = HeapLines.taking(a, axis, index, out);
        return lines != null && lines.run();
    }

    @Override
    protected boolean doTryAddAlong(View old, View a, int axis, View index, View out) {
        HeapLines lines = HeapLines.adding(old, a, axis, index, out);
        return lines != null && lines.run();
    }

    @Override
    protected boolean doTryPutAlong(View old, View a, int axis, View index, View out) {
        HeapLines lines = HeapLines.putting(old, a, axis, index, out);
        return lines != null && lines.run();
    }

    @Override
    protected boolean doExtremes(ScanOp op, View a, View values, View places) {
        return LineScans.extremes(op, a, values, places);
    }

    @Override
    protected boolean doSumOfSquares(View a, int reducedRank, View out) {
        return SumProducts.ofSquares(a, reducedRank, out);
    }

    @Override
    protected Optional<long[]> doBounds(View index) {
        return Marks.bounds(index);
    }

    @Override
    protected long doPositions(View mask, View out) {
        return Marks.positions(mask, out);
    }

    @Override
    protected boolean doFused(
            FusedProgram program, Optional<ReduceOp> reduction, int reducedRank, List<View> loads, List<View> targets) {
        return FusedTiles.run(program, reduction, reducedRank, loads, targets);
    }

    @Override
    protected boolean doFusedKernel(FusedKernel kernel, List<View> operands, List<View> results) {
        return FusedKernels.run(kernel, operands, results);
    }

    @Override
    protected boolean doFusedEach(FusedProgram program, List<List<View>> loads, List<List<View>> targets) {
        return FusedGroups.run(program, loads, targets);
    }

    @Override
    protected void doSumWindows(WindowPlan plan, View a, View out) {
        if (!DirectSums.run(plan, a, out)) {
            WindowPools.sums(plan, a, out);
        }
    }

    @Override
    protected void doMaxWindows(WindowPlan plan, View a, View out, View index) {
        if (!DirectMaxima.run(plan, a, out, index)) {
            WindowPools.maxima(plan, a, out, index);
        }
    }

    @Override
    protected boolean doNormalizes(Norm norm, View... operands) {
        return LineNorms.has(norm, operands);
    }

    @Override
    protected void doNormalize(Norm norm, View x, List<View> affine, View y, View... statistics) {
        if (norm.channels().isPresent()) {
            ChannelNorms.forward(norm, x, affine, y, statistics);
        } else {
            LineNorms.forward(norm, x, affine, y, statistics);
        }
    }

    @Override
    protected void doNormalizeBack(
            Norm norm, View x, List<View> statistics, View g, List<View> affine, View ofX, List<View> ofAffine) {
        View[] found = statistics.toArray(View[]::new);
        if (norm.channels().isPresent()) {
            ChannelNorms.backward(norm, x, found, g, affine, ofX, ofAffine);
        } else {
            LineNorms.backward(norm, x, found, g, affine, ofX, ofAffine);
        }
    }

    @Override
    protected boolean doAttends(List<View> operands) {
        return HeadAttention.has(operands);
    }

    @Override
    protected void doAttend(Attend how, List<View> operands, View y, View logarithms) {
        HeadAttention.forward(how, operands, y, logarithms);
    }

    @Override
    protected void doAttendBack(Attend how, List<View> operands, List<View> found, View g, List<View> gradients) {
        HeadAttention.backward(how, operands, found, g, gradients);
    }

    @Override
    protected boolean doRecurs(View... operands) {
        return RecurrentRows.has(operands);
    }

    @Override
    protected void doLstm(Lstm how, View driven, View recurrent, View gates, View states, View cells) {
        RecurrentRows.forward(how, driven, recurrent, gates, states, cells);
    }

    @Override
    protected void doLstmBack(
            Lstm how, View recurrent, View gates, View cells, View g, View ofDriven, View ofState, View ofCell) {
        RecurrentRows.backward(how, recurrent, gates, cells, g, ofDriven, ofState, ofCell);
    }

    @Override
    protected boolean doConvolve(ConvolutionPlan plan, View x, View w, double beta, View y) {
        return DirectConvolution.convolve(plan, x, w, beta, y);
    }

    @Override
    protected boolean doCorrelate(ConvolutionPlan plan, View x, View y, View w) {
        return DirectConvolution.correlate(plan, x, y, w);
    }

    @Override
    protected void doRandom(Distribution distribution, long seed, long stream, View out) {
        Philox.fill(distribution, seed, stream, out);
    }

    @Override
    public LinalgBackend linalg() {
        return linalg;
    }
}
