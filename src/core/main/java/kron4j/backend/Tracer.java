package kron4j.backend;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.StreamScope;
import kron4j.TensorException;
import kron4j.backend.FusedProgram.Special;
import kron4j.backend.Traced.Use;
import kron4j.memory.MemorySource;
import kron4j.memory.MemorySource.Block;
import kron4j.memory.MemorySource.Statistics;
import kron4j.plan.Costs;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;
import kron4j.plan.WindowPlan;

/**
 * A device that computes nothing and records what it is asked for, so that a {@link FusedPlan} can do it. Its storages have no memory; operations on
 * them run as on any device. Used by one thread, for one recording.
 */
public final class Tracer extends AbstractBackend {
    /** Most elements that are combined one by one instead of in a reduction. */
    private static final int FEW = 2;

    private final MemorySource memory = new NoMemory();
    private final String operation;
    private final List<TracedStorage> operands = new ArrayList<>();
    private final List<Traced> first = new ArrayList<>();

    /** @param operation its name, for errors */
    public Tracer(String operation) {
        this.operation = operation;
    }

    /** What can be computed, but not in one pass over floating and truth values: integers, complex numbers, two precisions. */
    public static final class NotFusible extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotFusible(String reason) {
            super(reason, null, false, false);
        }
    }

    private static final class TracedStorage extends Storage {
        /** What it holds; null before the first write. */
        private Traced content;

        TracedStorage(Tracer tracer, DType dtype, long size, MemorySource memory) {
            super(tracer, dtype, size, memory, memory.allocate(size * dtype.bytes()));
        }
    }

    /** Addresses without memory. */
    private static final class NoMemory implements MemorySource {
        private long next = 64;

        @Override
        public Block allocate(long bytes) {
            long address = next;
            next += Math.max(64, bytes);
            return Block.of(address, bytes);
        }

        @Override
        public void free(Block block) {}

        @Override
        public long trim() {
            return 0;
        }

        @Override
        public Statistics statistics() {
            return new Statistics(0, 0, 0, 0);
        }
    }

    @Override
    public String name() {
        return "the recording of " + operation;
    }

    @Override
    public List<String> describe() {
        return List.of(name());
    }

    /** Makes a storage of this device stand for the next operand, whose elements are meant row-major. */
    public void operand(Storage storage, Shape shape) {
        TracedStorage operand = (TracedStorage) storage;
        operand.content = Traced.operand(operands.size(), storage.dtype(), shape);
        operands.add(operand);
        first.add(operand.content);
    }

    /** Returns the plan that computes these views, and the operands' new contents where they were written. */
    public FusedPlan plan(List<View> results) {
        List<Use> wanted = new ArrayList<>();
        for (View v : results) {
            wanted.add(use(v));
        }
        List<Traced> contents = operands.stream().map(o -> o.content).toList();
        return FusedPlan.of(wanted, List.copyOf(first), contents);
    }

    @Override
    protected Storage doAllocate(DType dtype, long size) {
        requireFusible(dtype);
        return new TracedStorage(this, dtype, size, memory);
    }

    private static void requireFusible(DType dtype) {
        if (dtype.isNumber() && (!dtype.isDifferentiable() || dtype.isComplex())) {
            throw new NotFusible(dtype + " is computed step by step");
        }
    }

    private Use use(View v) {
        if (!(v.storage() instanceof TracedStorage storage)) {
            throw new NotFusible("a view in another dtype is computed step by step");
        }
        if (storage.content == null) {
            throw refused("a tensor that is put together from parts");
        }
        return new Use(storage.content, v.layout());
    }

    private void write(View out, Enum<?> op, Use... uses) {
        write(out, Traced.of(op, out.dtype(), out.shape(), uses));
    }

    private void write(View out, Traced value) {
        TracedStorage storage = (TracedStorage) out.storage();
        Layout layout = out.layout();
        if (layout.size() != storage.size() || layout.offset() != 0 || !layout.isContiguous()) {
            throw refused("a write to a part of a tensor of " + storage.size() + " elements (" + layout + ")");
        }
        storage.content = value;
    }

    private TensorException refused(String what) {
        return new TensorException(operation + ": " + what + " is no elementwise operation and no reduction;"
                + " compute it outside and pass it as an operand");
    }

    @Override
    protected void doFill(Number value, View out) {
        write(out, Traced.constant(value.doubleValue(), out.dtype(), out.shape()));
    }

    @Override
    protected void doCopy(View a, View out) {
        boolean same = a.dtype().isNumber() == out.dtype().isNumber();
        if (same && a.dtype().computed() != out.dtype().computed()) {
            throw new NotFusible("a conversion of " + a.dtype() + " to " + out.dtype() + " is a step of its own");
        }
        write(out, same ? Traced.Source.SAME : out.dtype().isNumber() ? Special.TO_NUMBER : Special.TO_TRUTH, use(a));
    }

    @Override
    protected void doUnary(UnaryOp op, View a, View out) {
        write(out, op, use(a));
    }

    @Override
    protected void doBinary(BinaryOp op, View a, View b, View out) {
        write(out, op, use(a), use(b));
    }

    @Override
    protected void doBinary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        Use constant = scalar(scalar, a.dtype(), a.shape());
        write(out, op, scalarFirst ? constant : use(a), scalarFirst ? use(a) : constant);
    }

    private static Use scalar(Number value, DType dtype, Shape shape) {
        Layout everywhere = Layout.contiguous(Shape.SCALAR).expand(shape);
        return new Use(Traced.constant(value.doubleValue(), dtype, Shape.SCALAR), everywhere);
    }

    @Override
    protected void doWhere(View condition, View a, View b, View out) {
        write(out, Special.WHERE, use(condition), use(a), use(b));
    }

    @Override
    protected void doReduce(ReduceOp op, View a, int reducedRank, View out) {
        if (op != ReduceOp.SUM && op != ReduceOp.MAX && op != ReduceOp.MIN) {
            throw refused(op.name().toLowerCase(java.util.Locale.ROOT));
        }
        if (!a.dtype().isNumber()) {
            throw new NotFusible("a reduction of bool is computed step by step");
        }
        write(out, Traced.Source.SAME, reduced(op, use(a), reducedRank, out.dtype(), out.shape()));
    }

    /** Few elements are combined as steps, so that the pass goes on. */
    private static Use reduced(ReduceOp op, Use a, int reducedRank, DType dtype, Shape kept) {
        Layout layout = a.layout();
        long count = layout.size() / Math.max(1, kept.size());
        if (count == 0) {
            return whole(Traced.constant(0, dtype, kept));
        }
        if (count > FEW) {
            return whole(Traced.of(op, dtype, kept, a));
        }
        BinaryOp step = op == ReduceOp.SUM ? BinaryOp.ADD : op == ReduceOp.MAX ? BinaryOp.MAXIMUM : BinaryOp.MINIMUM;
        Use result = null;
        for (int i = 0; i < count; i++) {
            Layout at = layout;
            int rest = i;
            for (int axis = 0; axis < reducedRank; axis++) {
                int size = (int) at.shape().at(-1);
                at = at.select(-1, rest % size);
                rest /= size;
            }
            Use term = new Use(a.value(), at);
            result = result == null ? term : whole(Traced.of(step, dtype, kept, result, term));
        }
        return result;
    }

    @Override
    protected void doSumProduct(Number alpha, List<View> factors, int reducedRank, View out) {
        DType dtype = out.dtype();
        Shape shape = factors.get(0).shape();
        Use product = use(factors.get(0));
        for (View factor : factors.subList(1, factors.size())) {
            product = whole(Traced.of(BinaryOp.MULTIPLY, dtype, shape, product, use(factor)));
        }
        if (reducedRank > 0) {
            product = reduced(ReduceOp.SUM, product, reducedRank, dtype, out.shape());
        }
        if (alpha.doubleValue() == 1) {
            write(out, Traced.Source.SAME, product);
        } else {
            write(out, BinaryOp.MULTIPLY, product, scalar(alpha, dtype, out.shape()));
        }
    }

    private static Use whole(Traced value) {
        return new Use(value, Layout.contiguous(value.shape()));
    }

    /** A product with a vector, as gradients of broadcasting have, is a sum of products. */
    @Override
    protected void doGemm(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        if (plan.m() > 1 && plan.n() > 1 && plan.k() > 1) {
            throw refused("a product of matrices");
        }
        if (beta != 0 || plan.k() == 0) {
            throw new NotFusible("an update by a product is computed step by step");
        }
        List<Batch> batches = plan.batches();
        int rank = batches.size();
        long[] sizes = new long[rank + 3];
        long[][] strides = new long[3][rank + 3];
        for (int i = 0; i < rank; i++) {
            Batch batch = batches.get(i);
            sizes[i] = batch.size();
            strides[0][i] = batch.strideA();
            strides[1][i] = batch.strideB();
            strides[2][i] = batch.strideC();
        }
        sizes[rank] = plan.m();
        sizes[rank + 1] = plan.n();
        sizes[rank + 2] = plan.k();
        strides[0][rank] = step(plan.a(), true);
        strides[0][rank + 2] = step(plan.a(), false);
        strides[1][rank + 2] = step(plan.b(), true);
        strides[1][rank + 1] = step(plan.b(), false);
        strides[2][rank] = step(plan.c(), true);
        strides[2][rank + 1] = step(plan.c(), false);
        Shape shape = Shape.of(sizes);
        Layout out = Layout.of(
                shape.slice(0, rank + 2),
                java.util.Arrays.copyOf(strides[2], rank + 2),
                plan.c().offset());
        doSumProduct(
                alpha,
                List.of(
                        a.with(Layout.of(shape, strides[0], plan.a().offset())),
                        b.with(Layout.of(shape, strides[1], plan.b().offset()))),
                1,
                c.with(out));
    }

    private static long step(Matrix x, boolean alongRows) {
        return alongRows != x.transposed() ? x.leading() : 1;
    }

    @Override
    protected void doSoftmax(View a, boolean log, View out) {
        throw refused("softmax");
    }

    @Override
    protected void doScan(ScanOp op, View a, View out) {
        throw refused("a running " + op.name().toLowerCase(java.util.Locale.ROOT));
    }

    @Override
    protected void doRecur(View links, View a, View out) {
        throw refused("a recurrence");
    }

    @Override
    protected void doKron(View a, View b, View out) {
        throw refused("kron");
    }

    @Override
    protected void doTakeAlong(View a, int axis, View index, View out) {
        throw refused("a choice by index");
    }

    @Override
    protected void doAddAlong(View a, int axis, View index, View out) {
        throw refused("a sum by index");
    }

    @Override
    protected void doSort(View a, boolean descending, View out) {
        throw refused("a sort");
    }

    @Override
    protected void doArgsort(View a, boolean descending, View index) {
        throw refused("a sort");
    }

    @Override
    protected void doSearchSorted(View lines, View sought, boolean right, View out) {
        throw refused("a search");
    }

    @Override
    protected void doSumWindows(WindowPlan plan, View a, View out) {
        throw refused("a pooling");
    }

    @Override
    protected void doMaxWindows(WindowPlan plan, View a, View out, View index) {
        throw refused("a pooling");
    }

    @Override
    protected void doLastAlong(View index, int axis, View out) {
        throw refused("a scatter");
    }

    @Override
    protected void doRandom(Distribution distribution, long seed, long stream, View out) {
        throw refused("a random draw");
    }

    @Override
    protected void doUpload(ByteBuffer source, Storage target, long offset) {
        throw refused("a tensor of values from the host");
    }

    @Override
    protected void doDownload(Storage source, long offset, ByteBuffer target) {
        throw refused("reading values");
    }

    @Override
    public LinalgBackend linalg() {
        throw refused("a factorisation");
    }

    @Override
    public MemorySource memory() {
        return memory;
    }

    @Override
    public long memoryLimit() {
        return 0;
    }

    @Override
    public Costs costs(DType dtype) {
        return Costs.CPU;
    }

    @Override
    public void synchronize() {}

    @Override
    public StreamScope openStream() {
        return () -> {};
    }
}
