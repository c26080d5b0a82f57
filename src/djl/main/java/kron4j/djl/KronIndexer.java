package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDArrayIndexer;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.index.dim.NDIndexAll;
import ai.djl.ndarray.index.dim.NDIndexBooleans;
import ai.djl.ndarray.index.dim.NDIndexElement;
import ai.djl.ndarray.index.dim.NDIndexFixed;
import ai.djl.ndarray.index.dim.NDIndexSlice;
import ai.djl.ndarray.index.dim.NDIndexTake;
import ai.djl.ndarray.index.full.NDIndexFullPick;
import ai.djl.ndarray.index.full.NDIndexFullSlice;
import ai.djl.ndarray.index.full.NDIndexFullTake;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Scatter;

/** Parts of arrays by indices: slices are views, through which is written too. */
final class KronIndexer extends NDArrayIndexer {
    /** Elements that are written in one pass in the time of one operation on few. */
    private static final int ONE_BY_ONE = 400;

    private final KronManager manager;

    KronIndexer(KronManager manager) {
        this.manager = manager;
    }

    @Override
    public NDArray get(NDArray array, NDIndexFullPick pick) {
        Tensor a = manager.from(array).tensor();
        Tensor places = manager.from(pick.getIndices()).tensor();
        return manager.array(() -> {
            Tensor i = places.to(DType.INT64);
            while (i.rank() < a.rank()) {
                i = i.unsqueeze(i.rank());
            }
            return Indexing.gather(a, i, pick.getAxis());
        });
    }

    @Override
    public NDArray get(NDArray array, NDIndexFullTake take) {
        Tensor a = manager.from(array).tensor();
        Tensor places = manager.from(take.getIndices()).tensor();
        return manager.array(() -> Indexing.take(a, wrapped(places, a.shape().at(take.getAxis())), take.getAxis()));
    }

    /** Places in int64; negative ones count from the end. */
    private static Tensor wrapped(Tensor places, long size) {
        Tensor i = places.to(DType.INT64);
        return Elementwise.where(Elementwise.less(i, 0), i.add(size), i);
    }

    @Override
    public NDArray get(NDArray array, NDIndexFullSlice slice) {
        Tensor a = manager.from(array).tensor();
        KronArray part = manager.array(() -> sliced(a, slice), a);
        int[] squeezed = slice.getToSqueeze();
        if (squeezed.length == 0) {
            return part;
        }
        try (part) {
            return part.squeeze(squeezed);
        }
    }

    private static Tensor sliced(Tensor a, NDIndexFullSlice slice) {
        Tensor part = a;
        for (int axis = 0; axis < a.rank(); axis++) {
            part = part.slice(axis, slice.getMin()[axis], slice.getMax()[axis], slice.getStep()[axis]);
        }
        return part;
    }

    /** A value of too few axes is reshaped to the last ones of its number of elements before it is broadcast, as PyTorch's engine does. */
    @Override
    public void set(NDArray array, NDIndexFullSlice slice, NDArray value) {
        Tensor values = manager.from(value).tensor();
        ai.djl.ndarray.types.Shape shape = slice.getShape();
        while (shape.size() > value.size() && shape.dimension() > 0) {
            shape = shape.slice(1);
        }
        long[] fitting = shape.getShape();
        write(
                array,
                slice,
                target -> values.to(target.device()).to(target.dtype()).reshape(fitting));
    }

    @Override
    public void set(NDArray array, NDIndexFullSlice slice, Number value) {
        write(array, slice, target -> Tensor.full(Types.of(value), value).to(target.dtype()));
    }

    private void write(NDArray array, NDIndexFullSlice slice, UnaryOperator<Tensor> values) {
        KronArray target = (KronArray) array;
        requireUnrecorded(target);
        target.manager().read(() -> {
            Tensor part = sliced(target.tensor(), slice);
            Tensor v = values.apply(part);
            return InPlace.assign(part, v.expand(part.shape().dims()));
        });
    }

    private static void requireUnrecorded(KronArray target) {
        if (KronGradientCollector.isCollecting() && target.hasGradient()) {
            throw new IllegalStateException(
                    "A part of an array that gradients are collected for is overwritten; use where or concat, or wait until the collector is closed");
        }
    }

    /** A mask of the first axes. */
    @Override
    public void set(NDArray array, NDIndexBooleans indices, NDArray value) {
        KronArray target = (KronArray) array;
        Tensor mask = manager.from(indices.getIndex()).tensor();
        Tensor values = manager.from(value).tensor();
        target.replace(a -> {
            Tensor truth = mask;
            while (truth.rank() < a.rank()) {
                truth = truth.unsqueeze(-1);
            }
            return Elementwise.where(truth, values.to(a.dtype()), a);
        });
    }

    /** Also one array of places, of any shape, beside slices. */
    @Override
    public NDArray get(NDArray array, NDIndex index) {
        NDIndexTake taken = onlyTake(index);
        if (taken == null) {
            return super.get(array, index);
        }
        Tensor a = manager.from(array).tensor();
        Tensor places = manager.from(taken.getIndex()).tensor();
        return manager.array(() -> {
            Selected selected = selected(a, index);
            return Indexing.take(
                    selected.part, wrapped(places, selected.part.shape().at(selected.axis)), selected.axis);
        });
    }

    @Override
    public void set(NDArray array, NDIndex index, Object value) {
        NDIndexTake taken = onlyTake(index);
        if (taken == null || taken.getIndex().getDataType().isBoolean()) {
            super.set(array, index, value);
            return;
        }
        KronArray target = (KronArray) array;
        Tensor places = manager.from(taken.getIndex()).tensor();
        Tensor values = value instanceof NDArray v ? manager.from(v).tensor() : null;
        requireUnrecorded(target);
        target.manager().read(() -> {
            Selected selected = selected(target.tensor(), index);
            Tensor all = values != null ? values : Tensor.full(Types.of((Number) value), (Number) value);
            write(
                    selected.part,
                    selected.axis,
                    wrapped(places, selected.part.shape().at(selected.axis)),
                    all);
            return null;
        });
    }

    /** Writes at places along an axis: few ones of many one by one, others in one pass over the part. */
    private static void write(Tensor part, int axis, Tensor places, Tensor values) {
        Tensor at = places.reshape(-1);
        long[] sizes = part.shape().with(axis, at.size()).dims();
        Tensor spread = values.to(part.dtype()).expand(sizes);
        if (part.size() / ONE_BY_ONE >= at.size()) {
            long[] all = at.toLongArray();
            for (int i = 0; i < all.length; i++) {
                InPlace.assign(part.select(axis, all[i]), spread.select(axis, i));
            }
            return;
        }
        Tensor along = at;
        for (int i = axis + 1; i < part.rank(); i++) {
            along = along.unsqueeze(-1);
        }
        InPlace.assign(part, Scatter.scatter(part, along.expand(sizes), spread, axis));
    }

    private static NDIndexTake onlyTake(NDIndex index) {
        NDIndexTake only = null;
        for (NDIndexElement each : index.getIndices()) {
            if (each instanceof NDIndexTake take) {
                if (only != null) {
                    return null;
                }
                only = take;
            } else if (!(each instanceof NDIndexFixed || each instanceof NDIndexSlice || each instanceof NDIndexAll)) {
                return null;
            }
        }
        return only;
    }

    /** The view that the slices and fixed places leave, and the axis of the array of places. */
    private record Selected(Tensor part, int axis) {}

    private static Selected selected(Tensor a, NDIndex index) {
        Tensor part = a;
        int axis = 0;
        int found = 0;
        int leading = index.getEllipsisIndex() >= 0 ? index.getEllipsisIndex() : Integer.MAX_VALUE;
        int at = 0;
        for (NDIndexElement each : index.getIndices()) {
            if (at++ == leading) {
                axis += a.rank() - index.getIndices().size();
            }
            long size = part.shape().at(axis);
            if (each instanceof NDIndexFixed fixed) {
                part = part.select(axis, fixed.getIndex());
                continue;
            }
            if (each instanceof NDIndexTake) {
                found = axis;
            } else if (each instanceof NDIndexSlice slice) {
                long step = slice.getStep() == null ? 1 : slice.getStep();
                long min = slice.getMin() == null ? 0 : wrapped(slice.getMin(), size);
                long max = slice.getMax() == null ? size : wrapped(slice.getMax(), size);
                part = part.slice(axis, min, max, step);
            }
            axis++;
        }
        return new Selected(part, found);
    }

    private static long wrapped(long place, long size) {
        return Math.max(0, Math.min(size, place < 0 ? place + size : place));
    }
}
