package kron4j.autograd;

import kron4j.DType;
import kron4j.Device;
import kron4j.History;
import kron4j.Shape;
import kron4j.Tensor;

/** A target of gradients: a result of a recorded operation, or a leaf. All handles of one tensor share it. */
final class Value implements History {
    final Node node;
    final int index;
    final Shape shape;
    final DType dtype;
    final Device device;
    /** Sum of a leaf's gradients from backward, owned by this; or null. Guarded by this. */
    private Tensor sum;

    Value(Node node, int index, Tensor tensor) {
        this.node = node;
        this.index = index;
        this.shape = tensor.shape();
        this.dtype = tensor.dtype();
        this.device = tensor.device();
    }

    @Override
    public int hashCode() {
        return 31 * node.hashCode() + index;
    }

    boolean isLeaf() {
        return node.isLeaf();
    }

    /** Takes over a tensor that no scope owns. */
    synchronized void accumulate(Tensor gradient) {
        Tensor before = sum;
        sum = before == null ? gradient : Sweep.sum(before, gradient);
    }

    /** Another handle of the sum; zeros if there is none. */
    synchronized Tensor accumulated() {
        if (sum != null) {
            return sum.viewAs(sum.layout());
        }
        return Tensor.make(device, dtype, shape, out -> device.backend().fill(0L, out));
    }

    synchronized void forget() {
        if (sum != null) {
            sum.close();
            sum = null;
        }
    }

    @Override
    public void retain() {
        node.retain();
    }

    @Override
    public void release() {
        node.release();
    }
}
