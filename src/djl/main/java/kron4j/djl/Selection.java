package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Order;
import kron4j.ops.Reduce;
import kron4j.ops.Scan;
import kron4j.ops.Scatter;

/** Elements by places. Places may be of any dtype; negative ones are refused, as out of range. */
interface Selection extends Steps {
    private static Tensor places(Tensor index) {
        return index.dtype() == DType.INT32 ? index : index.to(DType.INT64);
    }

    @Override
    default KronArray get(NDManager manager, long... indices) {
        return ((KronManager) manager)
                .array(
                        () -> {
                            Tensor part = tensor();
                            for (long index : indices) {
                                part = part.select(0, index);
                            }
                            return part;
                        },
                        tensor());
    }

    @Override
    default KronArray gather(NDArray index, int axis) {
        return binary(index, (a, i) -> {
            Tensor part = a;
            int along = a.shape().axis(axis);
            for (int k = 0; k < a.rank(); k++) {
                part = k == along ? part : part.slice(k, 0, i.shape().at(k));
            }
            return Indexing.gather(part, places(i), axis);
        });
    }

    /** Along the first axis of the index lie the places in the first axes of this array. */
    @Override
    default KronArray gatherNd(NDArray index) {
        int depth = Math.toIntExact(index.getShape().get(0));
        if (depth > getShape().dimension()) {
            throw new IllegalArgumentException("gatherNd: places along " + depth + " axes of an array of "
                    + getShape().dimension());
        }
        return binary(index, (a, i) -> {
            Tensor places = places(i);
            Tensor at = places.select(0, 0);
            for (int axis = 1; axis < depth; axis++) {
                at = at.multiply(a.shape().at(axis)).add(places.select(0, axis));
            }
            kron4j.Shape rest = a.shape().slice(depth, a.rank());
            long merged = a.shape().slice(0, depth).size();
            return Indexing.take(a.reshape(kron4j.Shape.of(merged).concat(rest)), at, 0);
        });
    }

    /** Elements by their places in row-major order. */
    @Override
    default KronArray take(NDManager manager, NDArray index) {
        KronManager owner = (KronManager) manager;
        Tensor i = owner.from(index).tensor();
        return owner.array(() -> Indexing.take(tensor().reshape(tensor().size()), places(i), 0));
    }

    /** A copy with other elements at places in row-major order. */
    @Override
    default KronArray put(NDArray index, NDArray value) {
        Tensor values = manager().from(value).tensor();
        return binary(index, (a, i) -> Scatter.put(a, places(i), values.to(a.dtype())));
    }

    /** A copy with other elements at places along an axis. */
    @Override
    default KronArray scatter(NDArray index, NDArray value, int axis) {
        Tensor values = manager().from(value).tensor();
        return binary(index, (a, i) -> {
            Tensor part = values.to(a.dtype());
            for (int k = 0; k < part.rank(); k++) {
                part = part.slice(k, 0, i.shape().at(k));
            }
            return Scatter.scatter(a, places(i), part, axis);
        });
    }

    /** Parts where a mask is true, which has the sizes of this array's axes from one on; those axes become one. */
    @Override
    default KronArray booleanMask(NDArray index, int axis) {
        Shape mask = index.getShape();
        int first = Math.floorMod(axis, Math.max(1, getShape().dimension()));
        int end = first + mask.dimension();
        if (end > getShape().dimension() || !mask.equals(getShape().slice(first, end))) {
            throw new IllegalArgumentException(
                    "booleanMask: a mask " + mask + " from axis " + axis + " on of " + getShape());
        }
        return binary(index, (a, m) -> {
            kron4j.Shape merged = kron4j.Shape.of(a.shape().slice(first, end).size());
            Tensor flat = a.reshape(
                    a.shape().slice(0, first).concat(merged).concat(a.shape().slice(end, a.rank())));
            return Indexing.take(flat, Scatter.nonzero(truth(m).reshape(merged)).reshape(-1), first);
        });
    }

    private static Tensor truth(Tensor mask) {
        return mask.dtype() == DType.BOOL ? mask : Elementwise.notEqual(mask, 0);
    }

    @Override
    default KronArray nonzero() {
        return unary(a -> a.rank() == 0 ? Scatter.nonzero(a.reshape(1)) : Scatter.nonzero(a));
    }

    @Override
    default KronArray oneHot(int depth, float onValue, float offValue, DataType dataType) {
        DType dtype = Types.of(dataType);
        return unary(a -> {
            Tensor hot = Elementwise.notEqual(Indexing.oneHot(places(a), depth, DType.FLOAT32), 0);
            Tensor on = Tensor.full(DType.FLOAT32, onValue);
            return Elementwise.where(hot, on, Tensor.full(DType.FLOAT32, offValue))
                    .to(dtype);
        });
    }

    /**
     * Of all elements, or of the parts along an axis in the order of their first differing elements: what is different, sorted, and, if asked for, the
     * place of each element or part among that, and their counts; else empty.
     */
    @Override
    default NDList unique(Integer dim, boolean sorted, boolean returnInverse, boolean returnCounts) {
        Tensor a = tensor();
        Tensor[] rest = new Tensor[2];
        KronArray values = manager().array(() -> {
            Tensor[] found = dim == null || a.rank() == 0
                    ? uniqueElements(a)
                    : uniqueParts(a, a.shape().axis(dim));
            rest[0] = (returnInverse ? found[1] : Tensor.zeros(DType.INT64, 0)).keep();
            rest[1] = (returnCounts ? found[2] : Tensor.zeros(DType.INT64, 0)).keep();
            return found[0];
        });
        return new NDList(values, new KronArray(manager(), rest[0]), new KronArray(manager(), rest[1]));
    }

    private static Tensor[] uniqueElements(Tensor a) {
        Order.Unique found = Order.uniqueAll(a);
        return new Tensor[] {found.values(), found.inverse(), found.counts()};
    }

    private static Tensor[] uniqueParts(Tensor a, int axis) {
        long n = a.shape().at(axis);
        if (a.size() == 0) {
            throw new IllegalArgumentException("unique along axis " + axis + " of " + a.shape() + " without elements");
        }
        Tensor parts = a.transpose(0, axis).reshape(n, -1);
        Tensor order = Tensor.arange(DType.INT64, 0, n);
        for (long column = parts.shape().at(1) - 1; column >= 0; column--) {
            Tensor keys = Indexing.take(parts.select(1, column), order, 0);
            order = Indexing.take(order, Order.argsort(keys, 0), 0); // equal ones stay in order
        }
        Tensor lines = Indexing.take(parts, order, 0);
        Tensor differ = Reduce.any(Elementwise.notEqual(lines.slice(0, 1, n), lines.slice(0, 0, n - 1)), 1);
        Tensor first = Indexing.concat(0, Tensor.ones(DType.BOOL, 1), differ);
        Tensor group = Scan.cumsum(first.to(DType.INT64), 0).subtract(1);
        Tensor places = Scatter.nonzero(first).reshape(-1);
        return new Tensor[] {
            Indexing.take(a, Indexing.take(order, places, 0), axis),
            Scatter.scatter(group, order, group, 0),
            Scan.diff(Indexing.concat(0, places, Tensor.full(DType.INT64, n, 1)), 1, 0)
        };
    }
}
