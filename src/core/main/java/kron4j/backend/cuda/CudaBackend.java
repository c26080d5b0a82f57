package kron4j.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import kron4j.DType;
import kron4j.DeviceException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.StreamScope;
import kron4j.backend.AbstractBackend;
import kron4j.backend.BinaryOp;
import kron4j.backend.Distribution;
import kron4j.backend.FusedProgram;
import kron4j.backend.LinalgBackend;
import kron4j.backend.Recording;
import kron4j.backend.ReduceOp;
import kron4j.backend.ScanOp;
import kron4j.backend.Storage;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CallerMemory;
import kron4j.backend.cuda.card.CardMemory;
import kron4j.backend.cuda.card.Check;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.CudaGraph;
import kron4j.backend.cuda.card.Kernels;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Staging;
import kron4j.backend.cuda.linalg.CudaLinalg;
import kron4j.backend.cuda.load.CudaLibraries;
import kron4j.memory.Bytes;
import kron4j.memory.MemorySource;
import kron4j.plan.Costs;
import kron4j.plan.GemmPlan;
import kron4j.plan.WindowPlan;

/**
 * An NVIDIA GPU. Operations are queued; only {@link #download} and {@link #synchronize} wait. Memory: {@code -Dkron4j.cuda.memoryLimit=BYTES} (default
 * all of the card's).
 */
public final class CudaBackend extends AbstractBackend {
    private static final int OLDEST_DRIVER = 12000;
    private static final int OLDEST_CAPABILITY = 75;

    private final CudaContext context;
    private final CardMemory memory;
    private final Staging staging;
    private final CudaFill fill;
    private final CudaElementwise elementwise;
    private final CudaPermute permute;
    private final CudaReduce reduce;
    private final CudaSoftmax softmax;
    private final CudaFused fused;
    private final CudaSumProduct contract;
    private final CudaGemm gemm;
    private final CudaKron kron;
    private final CudaKronApply kronApply;
    private final CudaGather gather;
    private final CudaSort sort;
    private final CudaScan scan;
    private final CudaPool pool;
    private final CudaRandom random;
    private final LinalgBackend linalg;

    /**
     * The card of that number.
     *
     * @throws DeviceException if it cannot be used, with the reason
     */
    public CudaBackend(int ordinal) {
        context = new CudaContext(ordinal);
        memory = context.memory();
        staging = new Staging(context);
        fill = new CudaFill(context);
        permute = new CudaPermute(context);
        reduce = new CudaReduce(context, fill);
        elementwise = new CudaElementwise(context, reduce, staging);
        softmax = new CudaSoftmax(context);
        fused = new CudaFused(context, reduce);
        kron = new CudaKron(context);
        contract = new CudaSumProduct(context, elementwise, kron, permute);
        gemm = new CudaGemm(context, contract);
        kronApply = new CudaKronApply(context, permute);
        gather = new CudaGather(context);
        sort = new CudaSort(context, gather);
        scan = new CudaScan(context, permute);
        pool = new CudaPool(context);
        random = new CudaRandom(context);
        linalg = new CudaLinalg(this, context, staging, fill::run, permute::copy);
    }

    /**
     * How many cards can be used.
     *
     * @throws DeviceException if none, with the reason and what would help
     */
    public static int count() {
        CudaLibraries.get();
        int[] version = new int[1];
        Check.driver("cuda", JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
        if (version[0] < OLDEST_DRIVER) {
            throw new DeviceException("the NVIDIA driver is for CUDA " + versionText(version[0]) + "; "
                    + versionText(OLDEST_DRIVER) + " (driver 525) or newer is required; update the driver");
        }
        int[] count = new int[1];
        int code = JCudaDriver.cuInit(0);
        if (code == CUresult.CUDA_SUCCESS) {
            code = JCudaDriver.cuDeviceGetCount(count);
        }
        if (code == CUresult.CUDA_ERROR_NO_DEVICE || (code == CUresult.CUDA_SUCCESS && count[0] == 0)) {
            throw new DeviceException(
                    "the NVIDIA driver shows no card; see what nvidia-smi and CUDA_VISIBLE_DEVICES say, "
                            + "and start a container with --gpus all");
        }
        if (code != CUresult.CUDA_SUCCESS) {
            throw new DeviceException("the NVIDIA driver does not start (" + CUresult.stringFor(code)
                    + "); nvidia-smi must work first; after an update of the driver, start the machine again");
        }
        return count[0];
    }

    /** Why a card cannot be used; empty if it can. */
    public static String against(int ordinal) {
        CUdevice device = new CUdevice();
        Check.driver("cuda", JCudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet", ordinal);
        int major = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
        int minor = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        return major * 10 + minor >= OLDEST_CAPABILITY
                ? ""
                : "the card has compute capability " + major + "." + minor
                        + ", the kernels need 7.5 (Turing) or newer; use another card, or cpu";
    }

    private static int attribute(CUdevice device, int which) {
        int[] value = new int[1];
        Check.driver("cuda", JCudaDriver.cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute");
        return value[0];
    }

    private static String versionText(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }

    @Override
    public String name() {
        return context.name();
    }

    @Override
    public List<String> describe() {
        byte[] name = new byte[256];
        context.check(JCudaDriver.cuDeviceGetName(name, name.length, context.device()), "cuDeviceGetName");
        int[] version = new int[1];
        context.check(JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
        long[] free = new long[1];
        long[] total = new long[1];
        context.attach();
        context.check(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo");
        List<String> facts = new ArrayList<>();
        facts.add("card: " + new String(name, StandardCharsets.UTF_8).replace("\0", "") + ", compute capability "
                + context.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) + "."
                + context.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR) + ", "
                + context.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT) + " multiprocessors");
        facts.add("memory: " + Bytes.text(free[0]) + " free of " + Bytes.text(total[0]));
        facts.add("driver: for CUDA " + versionText(version[0]));
        facts.addAll(CudaLibraries.get().describe());
        facts.addAll(Kernels.describe());
        return facts;
    }

    @Override
    public MemorySource memory() {
        return memory.source();
    }

    @Override
    public long memoryLimit() {
        return memory.limit();
    }

    @Override
    public Costs costs(DType dtype) {
        return Costs.GPU;
    }

    @Override
    protected Storage doAllocate(DType dtype, long size) {
        return new Storage(this, dtype, size, memory(), memory().allocate(size * dtype.bytes()));
    }

    @Override
    protected void use(Storage storage, boolean writes) {
        if (!(storage.block() instanceof CallerMemory.Region place)) {
            memory.ordered().use(storage.block(), writes);
        } else if (context.stream().recorder() != null) {
            context.stream().recorder().keep(storage);
        } else {
            place.use(context.stream());
        }
    }

    @Override
    public Storage wrap(long address, DType dtype, long size, LongConsumer release) {
        CallerMemory.Region place = new CallerMemory.Region(address, size * dtype.bytes(), context.stream());
        return new Storage(this, dtype, size, new CallerMemory(release), place);
    }

    @Override
    public long stream() {
        return context.stream().address();
    }

    @Override
    public long stream(Storage used) {
        use(used, true);
        return stream();
    }

    @Override
    public Recording capture(Runnable work) {
        return CudaGraph.record(context, work);
    }

    @Override
    protected void doUpload(ByteBuffer source, Storage target, long offset) {
        staging.upload(source, target.address() + offset);
    }

    @Override
    protected void doDownload(Storage source, long offset, ByteBuffer target) {
        staging.download(source.address() + offset, target);
    }

    @Override
    public void synchronize() {
        context.refuseWhileRecording("waiting for the device", "wait after a replay");
        context.streams().synchronize();
    }

    @Override
    public StreamScope openStream() {
        return context.streams().open();
    }

    @Override
    protected void doFill(Number value, View out) {
        fill.run(value, out);
    }

    @Override
    protected void doCopy(View a, View out) {
        permute.copy(a, out);
    }

    @Override
    protected void doCopyEach(List<View> views, List<View> targets) {
        DType dtype = targets.get(0).dtype();
        List<List<View>> runs = new ArrayList<>();
        List<List<View>> to = new ArrayList<>();
        for (int i = 0; i < targets.size(); i++) {
            View a = views.get(i);
            View out = targets.get(i);
            boolean floating = dtype.isDifferentiable() && dtype == dtype.computed();
            if (floating
                    && a.dtype() == dtype
                    && out.dtype() == dtype
                    && a.layout().isContiguous()
                    && out.layout().isContiguous()) {
                runs.add(List.of(a));
                to.add(List.of(out));
            } else {
                doCopy(a, out);
            }
        }
        if (!to.isEmpty()) {
            fused.each(FusedProgram.copy(dtype), runs, to);
        }
    }

    @Override
    protected void doUnary(UnaryOp op, View a, View out) {
        elementwise.unary(op, a, out);
    }

    @Override
    protected void doBinary(BinaryOp op, View a, View b, View out) {
        elementwise.binary(op, a, b, out);
    }

    @Override
    protected void doBinary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        elementwise.binary(op, a, scalar, scalarFirst, out);
    }

    @Override
    protected void doWhere(View condition, View a, View b, View out) {
        elementwise.where(condition, a, b, out);
    }

    @Override
    protected void doReduce(ReduceOp op, View a, int reducedRank, View out) {
        if (a.dtype().isComplex() && (op == ReduceOp.ANY || op == ReduceOp.ALL)) {
            try (Scratch scratch = context.scratch()) {
                View truth = new View(scratch.allocate(DType.BOOL, a.shape().size()), Layout.contiguous(a.shape()));
                elementwise.binary(BinaryOp.NOT_EQUAL, a, 0, false, truth);
                reduce.reduce(op, truth, reducedRank, out);
            }
        } else {
            reduce.reduce(op, a, reducedRank, out);
        }
    }

    @Override
    protected void doSoftmax(View a, boolean log, View out) {
        if (CudaSoftmax.fills(a)) {
            softmax.run(a, log, out);
        } else {
            super.doSoftmax(a, log, out);
        }
    }

    @Override
    protected boolean doFused(
            FusedProgram program, Optional<ReduceOp> reduction, int reducedRank, List<View> loads, List<View> targets) {
        fused.run(program, reduction, reducedRank, loads, targets);
        return true;
    }

    @Override
    protected boolean doFusedEach(FusedProgram program, List<List<View>> loads, List<List<View>> targets) {
        fused.each(program, loads, targets);
        return true;
    }

    @Override
    protected void doScan(ScanOp op, View a, View out) {
        scan.run(op, a, out);
    }

    @Override
    protected void doRecur(View links, View a, View out) {
        scan.recur(links, a, out);
    }

    @Override
    protected void doSumProduct(Number alpha, List<View> operands, int reducedRank, View out) {
        contract.sumProduct(alpha, operands, reducedRank, out);
    }

    @Override
    protected void doGemm(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        gemm.run(plan, alpha, a, b, beta, c);
    }

    @Override
    protected void doKron(View a, View b, View out) {
        kron.run(a, b, out);
    }

    @Override
    protected boolean doKronApply(List<View> factors, View x, View out) {
        return kronApply.run(factors, x, out);
    }

    @Override
    protected List<Integer> doKronPasses(List<View> factors, Shape x, DType dtype) {
        return kronApply.passes(factors, x, dtype);
    }

    @Override
    protected void doTakeAlong(View a, int axis, View index, View out) {
        gather.takeAlong(a, axis, index, out);
    }

    @Override
    protected void doAddAlong(View a, int axis, View index, View out) {
        gather.addAlong(a, axis, index, out);
    }

    @Override
    protected void doSort(View a, boolean descending, View out) {
        sort.sort(a, descending, out);
    }

    @Override
    protected void doArgsort(View a, boolean descending, View index) {
        sort.argsort(a, descending, index);
    }

    @Override
    protected void doSearchSorted(View lines, View sought, boolean right, View out) {
        sort.searchSorted(lines, sought, right, out);
    }

    @Override
    protected void doSumWindows(WindowPlan plan, View a, View out) {
        pool.sums(plan, a, out);
    }

    @Override
    protected void doMaxWindows(WindowPlan plan, View a, View out, View index) {
        pool.maxima(plan, a, out, index);
    }

    @Override
    protected void doLastAlong(View index, int axis, View out) {
        gather.lastAlong(index, axis, out);
    }

    @Override
    protected void doRandom(Distribution distribution, long seed, long stream, View out) {
        random.fill(distribution, seed, stream, out);
    }

    @Override
    public LinalgBackend linalg() {
        return linalg;
    }
}
