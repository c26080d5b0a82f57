package kron4j.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.History;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.InPlace;

/** An array: a tensor that its manager owns. Views share memory, as PyTorch's do. */
final class KronArray implements Arithmetic, Comparisons, Functions, Reductions, Shaping, Products, Selection, Fourier {
    private final String uid = NDManager.nextUid();
    private final KronArrayEx ex = new KronArrayEx(this);
    private volatile KronManager manager;
    private volatile Tensor tensor;
    private volatile boolean leaf;
    private String name;

    KronArray(KronManager manager, Tensor tensor) {
        this.manager = manager;
        this.tensor = tensor;
        manager.attachInternal(uid, this);
        NDScope.register(this);
    }

    // ---- what the groups of methods are made of ----

    /** The tensor of an array that is open. */
    @Override
    public Tensor tensor() {
        Tensor t = tensor;
        if (t == null) {
            throw new IllegalStateException("The array " + (name == null ? uid : name) + " is closed");
        }
        return t;
    }

    @Override
    public KronManager manager() {
        return manager;
    }

    @Override
    public KronArray unary(UnaryOperator<Tensor> steps) {
        Tensor a = tensor();
        return manager.array(() -> steps.apply(a), a);
    }

    @Override
    public KronArray binary(NDArray other, BinaryOperator<Tensor> steps) {
        Tensor a = tensor();
        Tensor b = manager.from(other).tensor();
        return manager.array(() -> steps.apply(a, b), a, b);
    }

    /**
     * Changes this array. While gradients are collected the operation is recorded and its result takes the tensor's place; else the memory
     * is overwritten, and with it all views of it.
     */
    @Override
    public KronArray replace(UnaryOperator<Tensor> steps) {
        Tensor a = tensor();
        if (!KronGradientCollector.isCollecting()) {
            manager.read(() -> {
                assign(a, steps.apply(a));
                return null;
            });
            return this;
        }
        if (isLeaf()) {
            throw new IllegalStateException(
                    "An array that requires gradients is changed while they are collected; change a copy, or wait until the collector is closed");
        }
        Tensor result = manager.run(
                () -> {
                    Tensor r = steps.apply(a);
                    requireFits(a, r);
                    return r.to(a.dtype());
                },
                a);
        tensor = result;
        a.close();
        return this;
    }

    private static void assign(Tensor target, Tensor values) {
        requireFits(target, values);
        if (!values.shape().equals(target.shape())) {
            throw new IllegalArgumentException("An array of shape " + target.shape() + " cannot hold a result of shape "
                    + values.shape() + "; use the operation that is not in place");
        }
        InPlace.assign(target, values.to(target.dtype()));
    }

    private static void requireFits(Tensor target, Tensor values) {
        if (!Types.fits(target.dtype(), values.dtype())) {
            throw new IllegalArgumentException("An array of " + target.dtype() + " cannot hold a result of "
                    + values.dtype() + "; convert it with toType, or use the operation that is not in place");
        }
    }

    // ---- what it is ----

    @Override
    public NDManager getManager() {
        return manager;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public void setName(String name) {
        this.name = name;
    }

    @Override
    public String getUid() {
        return uid;
    }

    @Override
    public DataType getDataType() {
        return Types.of(tensor().dtype());
    }

    @Override
    public Device getDevice() {
        return Devices.of(tensor().device());
    }

    @Override
    public Shape getShape() {
        return Types.of(tensor().shape());
    }

    @Override
    public SparseFormat getSparseFormat() {
        return SparseFormat.DENSE;
    }

    @Override
    public NDArrayEx getNDArrayInternal() {
        return ex;
    }

    // ---- copies and values ----

    @Override
    public KronArray toDevice(Device device, boolean copy) {
        if (!copy && device.equals(getDevice())) {
            return this;
        }
        kron4j.Device target = Devices.of(device);
        return named(unary(t -> t.device().equals(target) ? t.copy() : t.to(target)));
    }

    @Override
    public KronArray toType(DataType type, boolean copy) {
        DType dtype = Types.of(type);
        if (dtype != tensor().dtype()) {
            return named(unary(t -> t.to(dtype)));
        }
        return copy ? named(unary(Tensor::copy)) : this;
    }

    @Override
    public KronArray duplicate() {
        return named(unary(Tensor::copy));
    }

    private KronArray named(KronArray copy) {
        copy.setName(name);
        return copy;
    }

    @Override
    public ByteBuffer toByteBuffer(boolean tryDirect) {
        return manager.read(() -> tensor().toBuffer());
    }

    @Override
    public String[] toStringArray(Charset charset) {
        throw new UnsupportedOperationException("Kron4J has no arrays of strings");
    }

    @Override
    public void set(Buffer buffer) {
        try (KronArray values = manager.create(buffer, getShape(), getDataType())) {
            replace(t -> values.tensor());
        }
    }

    /** Takes the tensor of another array, which is closed. */
    @Override
    public void intern(NDArray replaced) {
        KronArray other = (KronArray) replaced;
        Tensor before = tensor();
        tensor = other.tensor();
        other.tensor = null;
        before.close();
        other.close();
    }

    // ---- gradients ----

    @Override
    public void setRequiresGradient(boolean requires) {
        if (requires == leaf) {
            return;
        }
        Tensor before = tensor();
        Tensor alike = manager.run(before::detach);
        tensor = requires ? alike.requiresGrad() : alike;
        leaf = requires;
        before.close();
    }

    /** Whether it is an array whose gradient was asked for, not one computed from such. */
    boolean isLeaf() {
        return leaf;
    }

    @Override
    public boolean hasGradient() {
        Tensor t = tensor;
        return t != null && t.history() != History.NONE;
    }

    @Override
    public KronArray getGradient() {
        if (!isLeaf()) {
            throw new IllegalStateException(
                    "The array has no gradient; call setRequiresGradient(true) before gradients are collected");
        }
        Tensor leaf = tensor();
        return manager.array(() -> Gradients.accumulated(leaf).detach());
    }

    @Override
    public KronArray stopGradient() {
        return unary(Tensor::detach);
    }

    // ---- ownership ----

    @Override
    public void attach(NDManager other) {
        detach();
        manager = (KronManager) other;
        manager.attachInternal(uid, this);
    }

    @Override
    public void returnResource(NDManager other) {
        detach();
        manager = (KronManager) other;
        manager.attachUncappedInternal(uid, this);
    }

    @Override
    public void tempAttach(NDManager other) {
        NDManager original = manager;
        detach();
        manager = (KronManager) other;
        manager.tempAttachInternal(original, uid, this);
    }

    @Override
    public void detach() {
        manager.detachInternal(uid);
        manager = KronManager.SYSTEM;
    }

    @Override
    public boolean isReleased() {
        return tensor == null;
    }

    @Override
    public void close() {
        Tensor t = tensor;
        tensor = null;
        if (t != null) {
            t.close();
        }
        manager.detachInternal(uid);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NDArray array && contentEquals(array);
    }

    @Override
    public int hashCode() {
        return 0; // equal contents must have equal codes, and contents change
    }

    @Override
    public String toString() {
        return isReleased() ? "This array is already closed" : toDebugString();
    }
}
