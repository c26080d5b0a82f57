package kron4j.backend;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;
import kron4j.CaptureException;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.DeviceException;
import kron4j.DeviceMemoryException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.memory.Bytes;
import kron4j.plan.GemmPlan;

/**
 * Checks once for every implementation that operands are on this device, inside their storages, with fitting shapes and dtypes. Holds their storages
 * while a kernel works on them. An implementation writes only the kernel calls.
 */
public abstract class AbstractBackend implements Backend {
    /** Called before each kernel with its operands; they are held until the kernel has been called. */
    protected void prepare(View[] views) {}

    protected abstract Storage doAllocate(DType dtype, long size);

    protected abstract void doUpload(ByteBuffer source, Storage target, long offset);

    protected abstract void doDownload(Storage source, long offset, ByteBuffer target);

    protected abstract void doFill(Number value, View out);

    protected abstract void doCopy(View a, View out);

    protected abstract void doUnary(UnaryOp op, View a, View out);

    protected abstract void doBinary(BinaryOp op, View a, View b, View out);

    protected abstract void doBinary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out);

    protected abstract void doWhere(View condition, View a, View b, View out);

    protected abstract void doReduce(ReduceOp op, View a, int reducedRank, View out);

    protected abstract void doSumProduct(double alpha, List<View> operands, int reducedRank, View out);

    protected abstract void doGemm(GemmPlan plan, double alpha, View a, View b, double beta, View c);

    protected abstract void doKron(View a, View b, View out);

    /** Devices without such a kernel apply factors one by one. */
    protected boolean doKronApply(List<View> factors, View x, View out) {
        return false;
    }

    protected abstract void doTakeAlong(View a, int axis, View index, View out);

    protected abstract void doAddAlong(View a, int axis, View index, View out);

    protected abstract void doRandom(Distribution distribution, long seed, long stream, View out);

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
        run("fill", () -> doFill(value, out), out);
    }

    @Override
    public final void copy(View a, View out) {
        sameShape("copy", a, out);
        run("copy", () -> doCopy(a, out), a, out);
    }

    @Override
    public final void unary(UnaryOp op, View a, View out) {
        sameShape(op.name(), a, out);
        dtype(op.name(), op.isPredicate() ? DType.BOOL : a.dtype(), out);
        if (op.needsFloating() && !a.dtype().isFloating()) {
            throw new DTypeException(op.name().toLowerCase(java.util.Locale.ROOT) + ": needs a floating dtype, got "
                    + a.dtype() + " " + a.shape() + "; convert with to(DType.FLOAT64)");
        }
        run(op.name(), () -> doUnary(op, a, out), a, out);
    }

    @Override
    public final void binary(BinaryOp op, View a, View b, View out) {
        sameShape(op.name(), a, out);
        sameShape(op.name(), b, out);
        dtype(op.name(), a.dtype(), b);
        dtype(op.name(), op.isPredicate() ? DType.BOOL : a.dtype(), out);
        run(op.name(), () -> doBinary(op, a, b, out), a, b, out);
    }

    @Override
    public final void binary(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        sameShape(op.name(), a, out);
        dtype(op.name(), op.isPredicate() ? DType.BOOL : a.dtype(), out);
        run(op.name(), () -> doBinary(op, a, scalar, scalarFirst, out), a, out);
    }

    @Override
    public final void where(View condition, View a, View b, View out) {
        sameShape("where", condition, out);
        sameShape("where", a, out);
        sameShape("where", b, out);
        dtype("where", DType.BOOL, condition);
        dtype("where", a.dtype(), b);
        dtype("where", a.dtype(), out);
        run("where", () -> doWhere(condition, a, b, out), condition, a, b, out);
    }

    @Override
    public final void reduce(ReduceOp op, View a, int reducedRank, View out) {
        leadingShape(op.name(), a, reducedRank, out);
        DType expected = switch (op) {
            case MAX, MIN -> a.dtype();
            case SUM, PROD -> a.dtype().ofSums();
            case ARGMAX, ARGMIN -> DType.INT64;
            case ANY, ALL -> DType.BOOL;
        };
        dtype(op.name(), expected, out);
        Shape reduced =
                a.shape().slice(a.layout().rank() - reducedRank, a.layout().rank());
        if (!op.hasIdentity() && reduced.size() == 0) {
            throw new ShapeException(op.name().toLowerCase(java.util.Locale.ROOT) + ": no elements to reduce in shape "
                    + a.shape() + "; it has no identity");
        }
        run(op.name(), () -> doReduce(op, a, reducedRank, out), a, out);
    }

    @Override
    public final void softmax(View a, boolean log, View out) {
        sameShape("softmax", a, out);
        dtype("softmax", a.dtype(), out);
        if (!a.dtype().isFloating() || a.layout().rank() == 0) {
            throw new DTypeException("softmax: needs a floating dtype and an axis, got " + a.dtype() + " " + a.shape());
        }
        if (a.shape().size() > 0) {
            run("softmax", () -> doSoftmax(a, log, out), a, out);
        }
    }

    /** Composed of other operations; a single kernel is faster. Workspace: two elements for each line. */
    protected void doSoftmax(View a, boolean log, View out) {
        Shape lines = a.shape().slice(0, a.layout().rank() - 1);
        Storage lineMaxima = allocate(a.dtype(), lines.size());
        Storage lineSums = allocate(a.dtype(), lines.size());
        try {
            View maxima = new View(lineMaxima, Layout.contiguous(lines));
            View sums = new View(lineSums, Layout.contiguous(lines));
            reduce(ReduceOp.MAX, a, 1, maxima);
            binary(BinaryOp.SUBTRACT, a, alongLines(maxima, a), out);
            unary(UnaryOp.EXP, out, out);
            reduce(ReduceOp.SUM, out, 1, sums);
            if (log) {
                unary(UnaryOp.LOG, sums, sums);
                binary(BinaryOp.SUBTRACT, a, alongLines(maxima, a), out);
            }
            binary(log ? BinaryOp.SUBTRACT : BinaryOp.DIVIDE, out, alongLines(sums, a), out);
        } finally {
            lineMaxima.release();
            lineSums.release();
        }
    }

    private static View alongLines(View each, View a) {
        return each.with(each.layout().unsqueeze(-1).expand(a.shape()));
    }

    @Override
    public final void sumProduct(double alpha, List<View> operands, int reducedRank, View out) {
        View first = operands.get(0);
        leadingShape("sumProduct", first, reducedRank, out);
        View[] all = operands.toArray(new View[operands.size() + 1]);
        all[operands.size()] = out;
        for (View v : operands) {
            sameShape("sumProduct", first, v);
            dtype("sumProduct", out.dtype(), v);
        }
        run("sumProduct", () -> doSumProduct(alpha, operands, reducedRank, out), all);
    }

    @Override
    public final void gemm(GemmPlan plan, double alpha, View a, View b, double beta, View c) {
        dtype("gemm", c.dtype(), a);
        dtype("gemm", c.dtype(), b);
        run("gemm", () -> doGemm(plan, alpha, a, b, beta, c), a, b, c);
    }

    @Override
    public final void kron(View a, View b, View out) {
        dtype("kron", a.dtype(), b);
        dtype("kron", a.dtype(), out);
        boolean fits = a.layout().rank() == b.layout().rank()
                && a.layout().rank() == out.layout().rank();
        for (int i = 0; fits && i < out.layout().rank(); i++) {
            fits = out.shape().at(i) == a.shape().at(i) * b.shape().at(i);
        }
        if (!fits) {
            throw new ShapeException("kron: " + a.shape() + " by " + b.shape() + " does not give " + out.shape());
        }
        run("kron", () -> doKron(a, b, out), a, b, out);
    }

    @Override
    public final boolean kronApply(List<View> factors, View x, View out) {
        long rows = 1;
        long cols = 1;
        View[] all = factors.toArray(new View[factors.size() + 2]);
        all[factors.size()] = x;
        all[factors.size() + 1] = out;
        for (View f : factors) {
            dtype("kronApply", out.dtype(), f);
            rows *= f.shape().at(0);
            cols *= f.shape().at(1);
        }
        dtype("kronApply", out.dtype(), x);
        if (x.shape().at(1) != cols || !out.shape().equals(x.shape().with(1, rows))) {
            throw new ShapeException("kronApply: a product of shape [" + rows + "," + cols + "] times data of shape "
                    + x.shape() + " does not give " + out.shape());
        }
        boolean[] done = new boolean[1];
        run("kronApply", () -> done[0] = doKronApply(factors, x, out), all);
        return done[0];
    }

    @Override
    public final void takeAlong(View a, int axis, View index, View out) {
        sameShape("takeAlong", index, out);
        dtype("takeAlong", DType.INT64, index);
        dtype("takeAlong", a.dtype(), out);
        if (!a.shape().with(axis, out.shape().at(axis)).equals(out.shape())) {
            throw new ShapeException("takeAlong: indices of shape " + index.shape() + " along axis " + axis
                    + " of shape " + a.shape() + ": the other axes must be equal");
        }
        run("takeAlong", () -> doTakeAlong(a, axis, index, out), a, index, out);
    }

    @Override
    public final void addAlong(View a, int axis, View index, View out) {
        sameShape("addAlong", index, a);
        dtype("addAlong", DType.INT64, index);
        dtype("addAlong", a.dtype(), out);
        if (a.dtype() == DType.BOOL) {
            throw new DTypeException("addAlong: bool has no sum (shape " + a.shape() + ")");
        }
        if (!out.shape().with(axis, a.shape().at(axis)).equals(a.shape())) {
            throw new ShapeException("addAlong: indices of shape " + index.shape() + " along axis " + axis
                    + " of shape " + out.shape() + ": the other axes must be equal");
        }
        run("addAlong", () -> doAddAlong(a, axis, index, out), a, index, out);
    }

    @Override
    public final void random(Distribution distribution, long seed, long stream, View out) {
        boolean bits = distribution == Distribution.BITS;
        if (out.dtype().isFloating() == bits) {
            throw new DTypeException("random: " + distribution + " does not make " + out.dtype());
        }
        run("random", () -> doRandom(distribution, seed, stream, out), out);
    }

    /** As {@link #run(String, int, Runnable, View...)} for a kernel that writes the last view and reads the others. */
    private void run(String operation, Runnable kernel, View... views) {
        run(operation, views.length - 1, kernel, views);
    }

    /**
     * Checks that the views lie on this device and inside their storages, then runs the kernel while holding the storages.
     *
     * @param reads number of views, from the first, that are only read
     */
    protected final void run(String operation, int reads, Runnable kernel, View... views) {
        int held = 0;
        try {
            for (View v : views) {
                v.storage().retain();
                held++;
                checkInside(operation, v);
            }
            for (int i = 0; i < views.length; i++) {
                use(views[i].storage(), i >= reads);
            }
            kernel.run();
        } finally {
            for (int i = 0; i < held; i++) {
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

    private static void sameShape(String operation, View a, View b) {
        if (!a.shape().equals(b.shape())) {
            throw new ShapeException(operation + ": shapes " + a.shape() + " and " + b.shape() + " differ");
        }
    }

    private static void leadingShape(String operation, View a, int reducedRank, View out) {
        int kept = a.layout().rank() - reducedRank;
        if (kept < 0 || reducedRank < 0 || !a.shape().slice(0, kept).equals(out.shape())) {
            throw new ShapeException(operation + ": reducing the last " + reducedRank + " axes of " + a.shape()
                    + " does not give " + out.shape());
        }
    }

    private static void dtype(String operation, DType expected, View v) {
        if (v.dtype() != expected) {
            throw new DTypeException(operation + ": dtypes " + expected + " and " + v.dtype() + " differ (shape "
                    + v.shape() + "); convert one with to(DType)");
        }
    }
}
