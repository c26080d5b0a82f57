package kron4j.fuzz;

import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Gradients;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.reference.NDArray;

/** Chains of views, and joining, splitting, picking and updating through views. */
final class IndexingCases {
    private final Draw draw;
    private final DType dtype;

    private IndexingCases(Draw draw) {
        this.draw = draw;
        dtype = draw.of(DType.FLOAT64, DType.FLOAT32, DType.INT32, DType.INT64, DType.BOOL, DType.INT8, DType.UINT8);
    }

    static void check(Draw draw) {
        IndexingCases c = new IndexingCases(draw);
        switch (draw.below(8)) {
            case 0, 1 -> c.chain();
            case 2 -> c.take();
            case 3 -> c.gather();
            case 4 -> c.join();
            case 5 -> c.triangles();
            case 6 -> c.outside();
            default -> c.update();
        }
    }

    private NDArray elements(long... shape) {
        int low = dtype == DType.BOOL ? 0 : -99;
        return NDArray.integers(draw.elements(), low, dtype == DType.BOOL ? 2 : 100, shape)
                .wrapped(dtype);
    }

    private Operand operand(long... shape) {
        return Operand.any(draw, elements(shape), dtype);
    }

    /** View after view, each by the reference too. */
    private void chain() {
        Operand x = operand(draw.shape(draw.below(4), 800));
        NDArray values = x.values();
        Tensor view = x.tensor();
        StringBuilder what = new StringBuilder("view " + view.layout());
        boolean graded = dtype.isFloating() && draw.below(2) == 1;
        if (graded) {
            view.requiresGrad();
        }
        NDArray places = NDArray.counting(values.shape());
        for (int steps = draw.below(6); steps > 0; steps--) {
            int kind = draw.below(10);
            int rank = values.rank();
            int axis = rank == 0 ? 0 : draw.below(rank);
            long n = rank == 0 ? 0 : values.shape()[axis];
            what.append(" > ").append(kind).append('@').append(axis);
            if (kind == 8 || rank == 0) {
                view = view.unsqueeze(axis);
                long[] shape = new long[rank + 1];
                for (int i = 0; i <= rank; i++) {
                    shape[i] = i == axis ? 1 : values.shape()[i > axis ? i - 1 : i];
                }
                values = values.reshape(shape);
                places = places.reshape(shape);
            } else if (kind == 0) {
                view = view.flip(axis - rank);
                values = values.slice(axis, n - 1, -n - 1, -1);
                places = places.slice(axis, n - 1, -n - 1, -1);
            } else if (kind == 1 || kind == 2) {
                int start = draw.below(20) - 8;
                int stop = draw.below(80) - 8;
                int step = draw.of(1, 2, 3, -1, -2, 70);
                what.append(" [")
                        .append(start)
                        .append(':')
                        .append(stop)
                        .append(':')
                        .append(step)
                        .append(']');
                view = view.slice(axis, start, stop, step);
                values = sliced(values, axis, start, stop, step);
                places = sliced(places, axis, start, stop, step);
            } else if (kind == 3) {
                int other = draw.below(rank);
                view = view.transpose(axis, other);
                values = values.transpose(axis, other);
                places = places.transpose(axis, other);
            } else if (kind == 4 && n > 0) {
                long at = draw.below((int) n);
                view = view.select(axis, at - (draw.oneIn(3) ? n : 0));
                values = values.select(axis, at);
                places = places.select(axis, at);
            } else if (kind == 5 && n > 0 && rank < 5) {
                int size = draw.between(1, (int) Math.min(n, 4));
                int step = draw.between(1, 3);
                view = view.unfold(axis, size, step);
                values = values.unfold(axis, size, step);
                places = places.unfold(axis, size, step);
            } else if (kind == 6 && rank >= 2) {
                int other = (axis + 1 + draw.below(rank - 1)) % rank;
                int k = draw.below(5) - 2;
                view = view.diagonal(k, axis, other);
                values = values.diagonal(k, axis, other);
                places = places.diagonal(k, axis, other);
            } else if (kind == 7 && n == 1 && values.size() < 400) {
                long[] wide = values.shape();
                wide[axis] = draw.size(5);
                view = view.expand(wide);
                values = values.expand(wide);
                places = places.expand(wide);
            } else if (kind == 9) {
                long[] flat = {values.size()};
                view = view.reshape(flat);
                values = values.reshape(flat);
                places = places.reshape(flat);
            }
        }
        what.append(' ').append(dtype);
        Verify.same(what.toString(), values, view);
        Verify.same("contiguous " + what, values, view.contiguous());
        Verify.same("copy " + what, values, view.copy());
        if (graded) {
            NDArray g = NDArray.integers(draw.elements(), -3, 4, values.shape());
            double[] sums = new double[x.values().size()];
            double[] weights = g.data();
            double[] at = places.data();
            for (int i = 0; i < at.length; i++) {
                sums[(int) at[i]] += weights[i];
            }
            Tensor slope = Gradients.vjp(view, g.toTensor(dtype), x.tensor()).get(0);
            Verify.same("gradient of " + what, NDArray.of(sums, x.values().shape()), slope);
        }
    }

    /** Python's rule, by walking. */
    private static NDArray sliced(NDArray a, int axis, int start, int stop, int step) {
        int n = (int) a.shape()[axis];
        int first = start < 0 ? start + n : start;
        int last = stop < 0 ? stop + n : stop;
        first = step > 0 ? Math.min(n, Math.max(0, first)) : Math.min(n - 1, Math.max(-1, first));
        last = step > 0 ? Math.min(n, Math.max(0, last)) : Math.min(n - 1, Math.max(-1, last));
        java.util.stream.LongStream.Builder at = java.util.stream.LongStream.builder();
        for (int i = first; step > 0 ? i < last : i > last; i += step) {
            at.add(i);
        }
        return a.pick(axis, at.build().toArray());
    }

    /** Of any shape and layout, entries in [-n, n), of both integer dtypes. */
    private Operand index(long n, boolean negative, long... shape) {
        DType type = draw.of(DType.INT64, DType.INT32);
        return Operand.any(draw, NDArray.integers(draw.elements(), negative ? (int) -n : 0, (int) n, shape), type);
    }

    private void take() {
        Operand a = operand(draw.shape(draw.between(1, 3), 300));
        int rank = a.values().rank();
        int axis = draw.below(rank);
        long n = a.values().shape()[axis];
        long[] shape = draw.shape(draw.below(3), 20);
        if (n == 0) {
            shape = new long[] {0};
        }
        Operand index = index(Math.max(1, n), draw.oneIn(2), shape);
        boolean ex = draw.below(2) == 1;
        boolean graded = dtype.isFloating() && draw.oneIn(3);
        if (graded) {
            a.tensor().requiresGrad();
        }
        Tensor got = ex
                ? Indexing.takeEx(a.tensor(), index.tensor(), axis - rank)
                : Indexing.take(a.tensor(), index.tensor(), axis);
        long[] at = Arrays.stream(index.values().data())
                .mapToLong(i -> (long) (i < 0 ? i + n : i))
                .toArray();
        long[] own = a.values().shape();
        long[] result = new long[rank - 1 + index.values().rank()];
        System.arraycopy(own, 0, result, 0, axis);
        System.arraycopy(index.values().shape(), 0, result, axis, index.values().rank());
        System.arraycopy(own, axis + 1, result, axis + index.values().rank(), rank - 1 - axis);
        NDArray picked = a.values().pick(axis, at);
        String what = "take along " + axis + " of " + a.tensor().layout() + " at "
                + index.tensor().layout() + " " + dtype;
        Verify.same(what, picked.reshape(result), got);
        if (graded) {
            NDArray g = NDArray.integers(draw.elements(), -3, 4, picked.shape());
            double[] sums = new double[a.values().size()];
            double[] places = NDArray.counting(own).pick(axis, at).data();
            double[] weights = g.data();
            for (int i = 0; i < places.length; i++) {
                sums[(int) places[i]] += weights[i];
            }
            Tensor slope = Gradients.vjp(got, g.reshape(result).toTensor(dtype), a.tensor())
                    .get(0);
            Verify.same("gradient of " + what, NDArray.of(sums, own), slope);
        }
    }

    private void gather() {
        Operand a = operand(draw.shape(draw.between(1, 3), 300));
        int rank = a.values().rank();
        int axis = draw.below(rank);
        long n = a.values().shape()[axis];
        long[] shape = a.values().shape();
        shape[axis] = n == 0 ? 0 : draw.size(17);
        for (int i = 0; i < rank; i++) {
            shape[i] = i != axis && draw.oneIn(5) ? 1 : shape[i];
        }
        Operand index = index(Math.max(1, n), draw.oneIn(2), shape);
        long[] wide = NDArray.broadcast(with(a.values().shape(), axis, 1), with(shape, axis, 1));
        NDArray from = a.values().expand(with(wide, axis, n));
        NDArray at = index.values().expand(with(wide, axis, shape[axis]));
        NDArray expected = NDArray.generate(at.shape(), i -> {
            long[] place = i.clone();
            place[axis] = (long) at.get(i) + (at.get(i) < 0 ? n : 0);
            return from.get(place);
        });
        Verify.same(
                "gather along " + axis + " of " + a.tensor().layout() + " " + dtype,
                expected,
                Indexing.gather(a.tensor(), index.tensor(), axis));
    }

    private static long[] with(long[] shape, int axis, long size) {
        long[] changed = shape.clone();
        changed[axis] = size;
        return changed;
    }

    private void join() {
        long[] shape = draw.shape(draw.between(1, 3), 200);
        int axis = draw.below(shape.length);
        int parts = draw.between(1, 4);
        Operand[] all = new Operand[parts];
        long[] sizes = new long[parts];
        for (int i = 0; i < parts; i++) {
            sizes[i] = draw.size(9);
            all[i] = operand(with(shape, axis, sizes[i]));
        }
        Tensor joined = Indexing.concat(
                axis - shape.length, Arrays.stream(all).map(Operand::tensor).toArray(Tensor[]::new));
        List<Tensor> back = Indexing.split(joined, axis, sizes);
        Verify.that(joined.shape().at(axis) == Arrays.stream(sizes).sum(), "concat: shape " + joined.shape());
        for (int i = 0; i < parts; i++) {
            Verify.same("split of concat " + i + " " + dtype, all[i].values(), back.get(i));
        }
        Tensor[] equal = {all[0].tensor(), all[0].tensor(), all[0].tensor().copy()};
        Tensor stacked = Indexing.stack(axis, equal);
        for (Tensor piece : Indexing.unbind(stacked, axis)) {
            Verify.same("unbind of stack " + dtype, all[0].values(), piece);
        }
    }

    private void triangles() {
        Operand a = operand(draw.shape(draw.between(2, 3), 800));
        int k = draw.below(9) - 4;
        int r = a.values().rank();
        NDArray lower = NDArray.generate(
                a.values().shape(), i -> i[r - 1] <= i[r - 2] + k ? a.values().get(i) : 0);
        NDArray upper = NDArray.generate(
                a.values().shape(), i -> i[r - 1] >= i[r - 2] + k ? a.values().get(i) : 0);
        Verify.same("tril " + k + " of " + a.tensor().layout() + " " + dtype, lower, Indexing.tril(a.tensor(), k));
        Verify.same("triu " + k + " of " + a.tensor().layout() + " " + dtype, upper, Indexing.triu(a.tensor(), k));
    }

    /** Indices that are outside: an error that leaves the device usable, or the documented filling. */
    private void outside() {
        int n = draw.between(1, 5);
        Operand a = operand(n, 2);
        long bad = draw.of((long) n, -n - 1L, Long.MAX_VALUE, Long.MIN_VALUE, (1L << 32), -(1L << 32));
        Tensor index = Tensor.of(new long[] {0, bad});
        Verify.refused("take outside", () -> Indexing.take(a.tensor(), index, 0), TensorException.class);
        Verify.refused(
                "gather outside", () -> Indexing.gather(a.tensor(), index.reshape(2, 1), 0), TensorException.class);
        Verify.refused("oneHot outside", () -> Indexing.oneHot(index, n, dtype), TensorException.class);
        double filling = switch (dtype) {
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128 -> Double.NaN;
            case INT32 -> Integer.MIN_VALUE;
            case INT64 -> Long.MIN_VALUE;
            case INT8 -> Byte.MIN_VALUE;
            case UINT8 -> 255;
            case BOOL -> 0;
        };
        NDArray expected =
                NDArray.generate(new long[] {2, 2}, i -> i[0] == 0 ? a.values().get(0, i[1]) : filling);
        Verify.same("takeEx outside " + bad + " " + dtype, expected, Indexing.takeEx(a.tensor(), index, 0));
    }

    /** An update through a view changes what it shows, and nothing else. */
    private void update() {
        if (dtype == DType.BOOL) {
            return;
        }
        long[] shape = draw.shape(draw.between(1, 3), 300);
        NDArray before = elements(shape);
        Tensor base = before.toTensor(dtype);
        int axis = draw.below(shape.length);
        int start = draw.below(4);
        int step = draw.of(1, 2, -1, 3);
        int from = step < 0 ? -1 - start : start;
        long stop = step < 0 ? -shape[axis] - 1 : shape[axis];
        Tensor view = base.slice(axis, from, stop, step);
        NDArray places = NDArray.counting(shape).slice(axis, from, stop, step);
        Verify.that(Arrays.equals(places.shape(), view.shape().dims()), "update: slice " + view.shape());
        Operand value = Operand.any(draw, elements(places.shape()), dtype);
        if (draw.oneIn(3)) {
            // Of the same memory, which is read as it was before.
            NDArray now = NDArray.generate(places.shape(), i -> before.data()[(int) places.get(i)]);
            boolean turned = draw.below(2) == 1;
            value = turned
                    ? new Operand(
                            now.slice(axis, places.shape()[axis] - 1, -places.shape()[axis] - 1, -1), view.flip(axis))
                    : new Operand(now, view);
        }
        double[] expected = before.data();
        int kind = draw.below(4);
        Tensor by = value.tensor();
        double[] at = places.data();
        double[] numbers = value.values().data();
        for (int i = 0; i < at.length; i++) {
            double old = expected[(int) at[i]];
            expected[(int) at[i]] = kind == 0
                    ? numbers[i]
                    : kind == 1 ? old + numbers[i] : kind == 2 ? old - numbers[i] : old * numbers[i];
        }
        switch (kind) {
            case 0 -> InPlace.assign(view, by);
            case 1 -> InPlace.add(view, by);
            case 2 -> InPlace.subtract(view, by);
            default -> InPlace.multiply(view, by);
        }
        Verify.same(
                "update " + kind + " of " + view.layout() + " by "
                        + value.tensor().layout() + " " + dtype,
                NDArray.of(expected, shape).wrapped(dtype),
                base);
        if (places.size() > 0) {
            Tensor several = base.reshape(-1).slice(0, 0, 1).expand(2);
            Verify.refused("update of a place twice", () -> InPlace.fill(several, 1), ShapeException.class);
        }
    }
}
