package kron4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.index.dim.NDIndexAll;
import ai.djl.ndarray.index.dim.NDIndexBooleans;
import ai.djl.ndarray.index.dim.NDIndexElement;
import ai.djl.ndarray.index.dim.NDIndexFixed;
import ai.djl.ndarray.index.dim.NDIndexNull;
import ai.djl.ndarray.index.dim.NDIndexSlice;
import ai.djl.ndarray.index.dim.NDIndexTake;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Reduce;
import kron4j.ops.Scatter;

/**
 * What arrays of places and of truth values beside slices pick, as PyTorch does: places are broadcast together, truth values are the places of the true ones. The places' axes come where the
 * first of their axes was, or at the front if there are others between these.
 */
final class Places {
    /** Elements that are written in one pass in the time of one operation on few. */
    private static final int ONE_BY_ONE = 400;

    /** What slices and fixed places leave. */
    private Tensor part;

    private final List<Integer> axes = new ArrayList<>();
    private final List<Tensor> places = new ArrayList<>();

    /** Computed in the current scope. */
    Places(KronManager manager, Tensor a, NDIndex index) {
        int taken = index.getIndices().stream()
                .mapToInt(each -> each instanceof NDIndexNull ? 0 : each.getRank())
                .sum();
        if (taken > a.rank()) {
            throw new IllegalArgumentException("An index of " + taken + " axes for an array of shape " + a.shape());
        }
        part = a;
        int axis = 0;
        int at = 0;
        for (NDIndexElement each : index.getIndices()) {
            if (at++ == index.getEllipsisIndex()) {
                axis += a.rank() - taken;
            }
            axis = add(manager, each, axis);
        }
        Shape together = places.stream()
                .map(Tensor::shape)
                .reduce((x, y) -> Shape.broadcast("get", x, y))
                .orElseThrow();
        places.replaceAll(p -> p.expand(together.dims()));
    }

    /** Whether this is an index by places or truth values, and other than by a mask alone. */
    static boolean has(NDIndex index) {
        List<NDIndexElement> all = index.getIndices();
        boolean some = false;
        for (NDIndexElement each : all) {
            boolean picks = each instanceof NDIndexTake || (each instanceof NDIndexBooleans && all.size() > 1);
            some |= picks;
            if (!picks
                    && !(each instanceof NDIndexFixed
                            || each instanceof NDIndexSlice
                            || each instanceof NDIndexAll
                            || each instanceof NDIndexNull)) {
                return false;
            }
        }
        return some;
    }

    /** Returns the axis behind. */
    private int add(KronManager manager, NDIndexElement each, int axis) {
        if (each instanceof NDIndexTake take) {
            return addPlaces(manager, take.getIndex(), axis);
        }
        if (each instanceof NDIndexBooleans booleans) {
            return addPlaces(manager, booleans.getIndex(), axis);
        }
        if (each instanceof NDIndexNull) {
            part = part.unsqueeze(axis);
        } else if (each instanceof NDIndexFixed fixed) {
            part = part.select(axis, fixed.getIndex());
            return axis;
        } else if (each instanceof NDIndexSlice slice) {
            long size = part.shape().at(axis);
            long step = slice.getStep() == null ? 1 : slice.getStep();
            long min = slice.getMin() == null ? 0 : within(slice.getMin(), size);
            long max = slice.getMax() == null ? size : within(slice.getMax(), size);
            part = part.slice(axis, min, max, step);
        }
        return axis + 1;
    }

    private int addPlaces(KronManager manager, NDArray index, int axis) {
        Tensor given = manager.from(index).tensor();
        if (given.dtype() != DType.BOOL) {
            axes.add(axis);
            places.add(inside(given.to(DType.INT64), part.shape().at(axis)));
            return axis + 1;
        }
        int end = axis + given.rank();
        if (end > part.rank() || !part.shape().slice(axis, end).equals(given.shape())) {
            throw new IllegalArgumentException(
                    "A mask " + given.shape() + " from axis " + axis + " on of " + part.shape());
        }
        Tensor truth = Scatter.nonzero(given);
        for (int i = 0; i < given.rank(); i++) {
            axes.add(axis + i);
            places.add(truth.select(1, i));
        }
        return end;
    }

    private static long within(long place, long size) {
        return Math.max(0, Math.min(size, place < 0 ? place + size : place));
    }

    /** Places with negative ones counted from the end. */
    static Tensor wrapped(Tensor places, long size) {
        Tensor i = places.to(DType.INT64);
        return Elementwise.where(Elementwise.less(i, 0), i.add(size), i);
    }

    private static Tensor inside(Tensor given, long size) {
        Tensor at = wrapped(given, size);
        if (at.size() > 0 && (Reduce.min(at).itemLong() < 0 || Reduce.max(at).itemLong() >= size)) {
            throw new IllegalArgumentException("Places out of range of an axis of size " + size);
        }
        return at;
    }

    Tensor get() {
        return axes.size() == 1
                ? Indexing.take(part, places.get(0), axes.get(0))
                : placed(Indexing.take(flat(), place(), 0));
    }

    /** Writes values, broadcast to the shape of {@link #get}; where places are equal, the last. */
    void set(Tensor values) {
        if (axes.size() == 1) {
            write(part, axes.get(0), places.get(0), values);
            return;
        }
        Tensor flat = flat();
        Shape front = places.get(0).shape().concat(rest());
        Shape result = placed(Tensor.zeros(DType.INT8).expand(front.dims())).shape();
        Tensor spread = values.expand(result.dims());
        Tensor ordered = isTogether() ? spread.permute(fromFront(true)) : spread;
        write(
                flat,
                0,
                place(),
                ordered.reshape(Shape.of(place().size()).concat(rest()).dims()));
        Tensor target = part.permute(first());
        InPlace.assign(target, flat.reshape(target.shape().dims()));
    }

    /** Whether the places' axes are side by side. */
    private boolean isTogether() {
        return axes.get(axes.size() - 1) - axes.get(0) == axes.size() - 1;
    }

    /** The axes of the part with the places' first. */
    private int[] first() {
        IntStream others = IntStream.range(0, part.rank()).filter(i -> !axes.contains(i));
        return IntStream.concat(axes.stream().mapToInt(i -> i), others).toArray();
    }

    private Shape rest() {
        return part.permute(first()).shape().slice(axes.size(), part.rank());
    }

    /** The part with the places' axes as one, the first. */
    private Tensor flat() {
        Tensor target = part.permute(first());
        long size = target.shape().slice(0, axes.size()).size();
        return target.reshape(Shape.of(size).concat(rest()).dims());
    }

    /** The places along that axis. */
    private Tensor place() {
        Tensor sum = places.get(0);
        for (int i = 1; i < places.size(); i++) {
            sum = sum.multiply(part.shape().at(axes.get(i))).add(places.get(i));
        }
        return sum;
    }

    /** What has the places' axes in front, with these where they belong. */
    private Tensor placed(Tensor front) {
        return isTogether() ? front.permute(fromFront(false)) : front;
    }

    /** The order of axes that brings the places' axes from the front to where they belong, or back. */
    private int[] fromFront(boolean back) {
        int of = places.get(0).rank();
        int before = axes.get(0);
        int all = of + part.rank() - axes.size();
        int[] order = new int[all];
        for (int i = 0; i < all; i++) {
            int from = i < before ? of + i : i < before + of ? i - before : i;
            order[back ? from : i] = back ? i : from;
        }
        return order;
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
}
