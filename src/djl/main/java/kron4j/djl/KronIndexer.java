package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDArrayIndexer;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.index.dim.NDIndexBooleans;
import ai.djl.ndarray.index.full.NDIndexFullPick;
import ai.djl.ndarray.index.full.NDIndexFullSlice;
import ai.djl.ndarray.index.full.NDIndexFullTake;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;

/** Parts of arrays by indices: slices are views, through which is written too. */
final class KronIndexer extends NDArrayIndexer {
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
        return manager.array(() ->
                Indexing.take(a, Places.wrapped(places, a.shape().at(take.getAxis())), take.getAxis()));
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

    /** Also arrays of places, of any shapes, and of truth values beside slices. */
    @Override
    public NDArray get(NDArray array, NDIndex index) {
        if (!Places.has(index)) {
            return super.get(array, index);
        }
        Tensor a = manager.from(array).tensor();
        return manager.array(() -> new Places(manager, a, index).get());
    }

    @Override
    public void set(NDArray array, NDIndex index, Object value) {
        if (!Places.has(index)) {
            super.set(array, index, value);
            return;
        }
        KronArray target = (KronArray) array;
        Tensor values = value instanceof NDArray v ? manager.from(v).tensor() : null;
        requireUnrecorded(target);
        target.manager().read(() -> {
            Tensor all = values != null ? values : Tensor.full(Types.of((Number) value), (Number) value);
            new Places(manager, target.tensor(), index).set(all);
            return null;
        });
    }
}
