package kron4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import kron4j.backend.Storage;
import kron4j.memory.Allowance;

/**
 * Owns the tensors that its thread makes while it is the innermost open scope, and closes them when it closes. Scopes
 * nest: open and close them in one thread, the last opened first (try-with-resources). Any thread may use and close the
 * tensors.
 *
 * <pre>{@code
 * try (TensorScope scope = Device.best().openScope()) {
 *     Tensor a = Random.normal(1, DType.FLOAT64, 100, 100);
 *     try (TensorScope inner = Device.best().openScope()) {
 *         Tensor temporary = a.matmul(a);             // freed with the inner scope
 *         a = inner.keep(temporary.tanh());           // belongs to the outer one
 *     }
 *     System.out.println(a.mean().item());
 * }
 * }</pre>
 */
public final class TensorScope implements AutoCloseable {
    private static final ThreadLocal<TensorScope> CURRENT = new ThreadLocal<>();

    private final Device device;
    private final TensorScope parent;
    /** Of tensors on the device; null if nothing limits them. */
    private final Allowance allowance;

    private final Thread thread = Thread.currentThread();
    private final int depth;
    private List<Tensor> tensors = new ArrayList<>();
    private boolean closed;

    private TensorScope(Device device, long limit, TensorScope parent) {
        this.device = device;
        this.parent = parent;
        Allowance around = allowance(device, parent);
        this.allowance = limit == Long.MAX_VALUE ? around : new Allowance(device.name(), limit, around);
        this.depth = parent == null ? 1 : parent.depth + 1;
    }

    static TensorScope open(Device device, long limit) {
        TensorScope scope = new TensorScope(device, limit, CURRENT.get());
        CURRENT.set(scope);
        return scope;
    }

    private static Allowance allowance(Device device, TensorScope innermost) {
        TensorScope scope = innermost;
        while (scope != null && !scope.device.equals(device)) {
            scope = scope.parent;
        }
        return scope == null ? null : scope.allowance;
    }

    /** {@return memory for a new tensor, within the limits of this thread's scopes on the device} */
    static Storage allocate(Device device, DType dtype, long size) {
        Allowance allowance = allowance(device, CURRENT.get());
        if (allowance == null) {
            return device.backend().allocate(dtype, size);
        }
        long bytes = Math.multiplyExact(size, dtype.bytes());
        allowance.take(bytes);
        try {
            Storage storage = device.backend().allocate(dtype, size);
            storage.whenFreed(() -> allowance.giveBack(bytes));
            return storage;
        } catch (RuntimeException | Error e) {
            allowance.giveBack(bytes);
            throw e;
        }
    }

    private String name() {
        return thread.getName() + "/" + depth;
    }

    /** {@return the innermost open scope of this thread, or null; only for this package} */
    static TensorScope current() {
        return CURRENT.get();
    }

    /** {@return the innermost open scope of this thread} */
    public static Optional<TensorScope> innermost() {
        return Optional.ofNullable(CURRENT.get());
    }

    TensorScope parent() {
        return parent;
    }

    /** {@return the device of new tensors while this is the innermost scope} */
    public Device device() {
        return device;
    }

    /**
     * Moves a tensor to the scope around this one, so that it outlives this scope. Without such a scope it belongs to
     * none.
     *
     * @param tensor owned by any scope, or by none
     * @return the same tensor
     * @throws ClosedTensorException if the tensor or the scope around is closed
     */
    public Tensor keep(Tensor tensor) {
        return move(tensor, parent);
    }

    /**
     * Takes ownership of a tensor from its present owner.
     *
     * @param tensor owned by any scope, or by none
     * @return the same tensor
     * @throws ClosedTensorException if the tensor or this scope is closed
     */
    public Tensor adopt(Tensor tensor) {
        return move(tensor, this);
    }

    /**
     * Makes this thread's innermost scope the owner of a new tensor.
     *
     * @param tensor without an owner
     * @return the scope, or null if there is none
     */
    static TensorScope own(Tensor tensor) {
        TensorScope scope = CURRENT.get();
        if (scope != null) {
            scope.add(tensor);
        }
        return scope;
    }

    static void disown(Tensor tensor) {
        TensorScope from = tensor.owner;
        if (from != null) {
            from.remove(tensor);
        }
    }

    /**
     * Makes {@code to} the owner.
     *
     * @param tensor owned by any scope, or by none
     * @param to the new owner, or null for none
     * @return the same tensor
     */
    static Tensor move(Tensor tensor, TensorScope to) {
        tensor.view();
        if (to != null) {
            to.checkOpen(tensor);
        }
        disown(tensor);
        tensor.owner = to;
        if (to != null) {
            to.add(tensor);
        }
        return tensor;
    }

    private synchronized void checkOpen(Tensor tensor) {
        if (closed) {
            throw new ClosedTensorException("scope " + name() + ": is closed and cannot own a tensor of shape "
                    + tensor.layout().shape());
        }
    }

    synchronized void add(Tensor tensor) {
        checkOpen(tensor);
        tensor.slot = tensors.size();
        tensors.add(tensor);
    }

    synchronized void remove(Tensor tensor) {
        if (tensor.slot >= tensors.size() || tensors.get(tensor.slot) != tensor) {
            return; // this scope is closed, or another thread closed or moved the tensor at the same time
        }
        Tensor last = tensors.remove(tensors.size() - 1);
        if (last != tensor) {
            tensors.set(tensor.slot, last);
            last.slot = tensor.slot;
        }
    }

    synchronized MemoryReport.Scope report() {
        Set<Storage> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        long bytes = 0;
        for (Tensor t : tensors) {
            bytes += seen.add(t.storage()) ? t.storage().bytes() : 0;
        }
        return new MemoryReport.Scope(name(), tensors.size(), bytes);
    }

    /**
     * Closes all tensors that this scope owns. Closing twice does nothing.
     *
     * @throws IllegalStateException in another thread, or while an inner scope is open
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (Thread.currentThread() != thread || CURRENT.get() != this) {
            throw new IllegalStateException(
                    "scope " + name() + ": close it in the thread that opened it, after the scopes opened inside it");
        }
        if (parent == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(parent);
        }
        List<Tensor> owned;
        synchronized (this) {
            closed = true;
            owned = tensors;
            tensors = List.of();
        }
        owned.forEach(Tensor::close);
    }

    @Override
    public String toString() {
        return report().toString();
    }
}
