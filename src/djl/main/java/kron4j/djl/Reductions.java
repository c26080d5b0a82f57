package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Order;
import kron4j.ops.Reduce;
import kron4j.ops.Scan;
import kron4j.ops.Softmax;

/** Reductions, running sums, sorting and choices along axes. Sums of integers and of truth values are int64, means float32, as PyTorch's. */
interface Reductions extends Steps {
    private static Tensor counted(Tensor a) {
        return a.dtype() == DType.BOOL ? a.to(DType.INT64) : a;
    }

    @Override
    default KronArray max() {
        return unary(a -> Reduce.max(a));
    }

    @Override
    default KronArray max(int[] axes, boolean keepDims) {
        return unary(a -> Reduce.max(a, keepDims, axes));
    }

    @Override
    default KronArray min() {
        return unary(a -> Reduce.min(a));
    }

    @Override
    default KronArray min(int[] axes, boolean keepDims) {
        return unary(a -> Reduce.min(a, keepDims, axes));
    }

    @Override
    default KronArray sum() {
        return unary(a -> Reduce.sum(counted(a)));
    }

    @Override
    default KronArray sum(int[] axes, boolean keepDims) {
        return unary(a -> Reduce.sum(counted(a), keepDims, axes));
    }

    @Override
    default KronArray prod() {
        return unary(a -> Reduce.prod(counted(a)));
    }

    @Override
    default KronArray prod(int[] axes, boolean keepDims) {
        return unary(a -> Reduce.prod(counted(a), keepDims, axes));
    }

    @Override
    default KronArray mean() {
        return floating(a -> Reduce.mean(a));
    }

    @Override
    default KronArray mean(int[] axes, boolean keepDims) {
        return floating(a -> Reduce.mean(a, keepDims, axes));
    }

    @Override
    default KronArray norm(boolean keepDims) {
        return floating(a -> Reduce.norm(a, 2, keepDims));
    }

    @Override
    default KronArray norm(int order, int[] axes, boolean keepDims) {
        return floating(a -> Reduce.norm(a, order, keepDims, axes));
    }

    /** {@code x / max(|x|_p, eps)} along an axis. */
    @Override
    default KronArray normalize(double exponent, long dim, double eps) {
        return floating(a -> a.divide(Elementwise.maximum(Reduce.norm(a, exponent, true, Math.toIntExact(dim)), eps)));
    }

    @Override
    default KronArray cumSum() {
        if (isScalar()) {
            return unary(a -> a.reshape(1));
        }
        return isEmpty() ? unary(a -> a.reshape(0)) : cumSum(0);
    }

    @Override
    default KronArray cumSum(int axis) {
        return unary(a -> Scan.cumsum(counted(a), axis));
    }

    @Override
    default KronArray cumProd(int axis) {
        return unary(a -> Scan.cumprod(counted(a), axis));
    }

    @Override
    default KronArray cumProd(int axis, DataType dataType) {
        return unary(a -> Scan.cumprod(a.to(Types.of(dataType)), axis).to(Types.of(dataType)));
    }

    @Override
    default KronArray diff(int n, int dim) {
        return unary(a -> Scan.diff(a, n, dim));
    }

    @Override
    default KronArray softmax(int axis) {
        return floating(a -> a.rank() == 0 ? Tensor.ones(a.dtype()) : Softmax.softmax(a, axis));
    }

    @Override
    default KronArray logSoftmax(int axis) {
        return floating(a -> a.rank() == 0 ? Tensor.zeros(a.dtype()) : Softmax.logSoftmax(a, axis));
    }

    private void requireElements(String what) {
        if (isEmpty()) {
            throw new IllegalArgumentException(what + " of an array without elements");
        }
    }

    @Override
    default KronArray argMax() {
        requireElements("argMax");
        return unary(a -> Reduce.argmax(a));
    }

    @Override
    default KronArray argMax(int axis) {
        return unary(a -> a.rank() == 0 ? Reduce.argmax(a) : Reduce.argmax(a, axis));
    }

    @Override
    default KronArray argMin() {
        requireElements("argMin");
        return unary(a -> Reduce.argmin(a));
    }

    @Override
    default KronArray argMin(int axis) {
        return unary(a -> a.rank() == 0 ? Reduce.argmin(a) : Reduce.argmin(a, axis));
    }

    @Override
    default KronArray sort() {
        return sort(-1);
    }

    @Override
    default KronArray sort(int axis) {
        return unary(a -> a.rank() == 0 ? a : Order.sort(a, axis));
    }

    /** Descending, NaN is first and equal elements stand in reverse order, as with PyTorch's engine. */
    @Override
    default KronArray argSort(int axis, boolean ascending) {
        return unary(
                a -> ascending ? Order.argsort(a, axis) : Order.argsort(a, axis).flip(axis));
    }

    /** Values, and their places along the axis; sorted whether asked for or not. */
    @Override
    default NDList topK(int k, int axis, boolean largest, boolean sorted) {
        Tensor a = tensor();
        long size = a.shape().at(axis);
        if (k < 0 || k > size) {
            throw new IllegalArgumentException("topK: k = " + k + " of " + size + " elements along axis " + axis);
        }
        Tensor places = manager().run(() -> Order.argsort(a, largest, axis).slice(axis, 0, k));
        KronArray values = manager().array(() -> Indexing.gather(a, places, axis));
        return new NDList(values, new KronArray(manager(), places));
    }

    @Override
    default KronArray median() {
        return median(new int[] {-1});
    }

    /** The lower of the two middle elements where there are two, as PyTorch's. */
    @Override
    default KronArray median(int[] axes) {
        int axis = only("median", axes);
        return unary(a -> Order.sort(a, axis).select(axis, (a.shape().at(axis) - 1) / 2));
    }

    @Override
    default KronArray percentile(Number percentile) {
        return percentile(percentile, new int[] {-1});
    }

    /** With linear interpolation between elements. */
    @Override
    default KronArray percentile(Number percentile, int[] axes) {
        int axis = only("percentile", axes);
        double share = percentile.doubleValue() / 100;
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("percentile: " + percentile + " is not from 0 to 100");
        }
        return floating(a -> {
            Tensor sorted = Order.sort(a, axis);
            double place = share * (a.shape().at(axis) - 1);
            long below = (long) place;
            Tensor low = sorted.select(axis, below);
            return place == below ? low : Elementwise.lerp(low, sorted.select(axis, below + 1), place - below);
        });
    }

    private static int only(String operation, int... axes) {
        if (axes.length != 1) {
            throw new UnsupportedOperationException(operation + " is along one axis, not " + axes.length);
        }
        return axes[0];
    }

    @Override
    default KronArray trace(int offset, int axis1, int axis2) {
        return unary(a -> Reduce.sum(a.diagonal(offset, axis1, axis2), -1));
    }

    @Override
    default KronArray sequenceMask(NDArray sequenceLength) {
        return sequenceMask(sequenceLength, 0);
    }

    /** Elements at positions along axis 1 from the sequence's length on become {@code value}. */
    @Override
    default KronArray sequenceMask(NDArray sequenceLength, float value) {
        if (getShape().dimension() < 2
                || sequenceLength.getShape().dimension() != 1
                || sequenceLength.size() != size(0)) {
            throw new IllegalArgumentException("sequenceMask takes [batch, length, ...] and [batch] lengths, not "
                    + getShape() + " and " + sequenceLength.getShape());
        }
        return binary(sequenceLength, (a, lengths) -> {
            long[] across = new long[a.rank()];
            java.util.Arrays.fill(across, 1);
            long[] along = across.clone();
            across[0] = a.shape().at(0);
            along[1] = a.shape().at(1);
            Tensor places = Tensor.arange(DType.INT64, 0, a.shape().at(1)).reshape(along);
            Tensor inside = Elementwise.less(places, lengths.to(DType.INT64).reshape(across));
            return Elementwise.where(inside, a, a.dtype().isFloating() ? (Number) value : (Number) (long) value);
        });
    }
}
