package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import kron4j.DType;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.plan.WindowPlan;
import kron4j.plan.WindowPlan.Axis;

/** Checks and recorded steps of {@link Pooling}; images are [n, channels, a, b, c]. */
final class PoolingSteps {
    private PoolingSteps() {}

    /** Windows that slide, as they were asked for. */
    record Windows(WindowPlan plan, WindowPlan padded, long taps, boolean whole, boolean paddedWhole) {}

    /**
     * Plans windows over the last axes.
     *
     * @param kernel one size, or one for each axis
     * @param how null: one window beside the other
     */
    static Windows sliding(String operation, int rank, Tensor x, int[] kernel, Sliding how) {
        check(operation, rank, x);
        if (how != null
                && (how.groups != 1
                        || how.same
                        || Arrays.stream(how.outputPadding).anyMatch(p -> p != 0))) {
            throw new ShapeException(operation + ": groups, same() and output padding are for convolutions");
        }
        List<Axis> axes = new ArrayList<>();
        List<Axis> padded = new ArrayList<>();
        long taps = 1;
        boolean whole = true;
        boolean paddedWhole = true;
        for (int i = 0; i < rank; i++) {
            long n = x.shape().at(i - rank);
            long k = Sliding.at(operation, "window", kernel, rank, i, 1);
            long stride = how == null ? k : Sliding.at(operation, "stride", how.stride, rank, i, 1);
            long before = how == null ? 0 : Sliding.at(operation, "padding", how.before, rank, i, 0);
            long after = how == null ? 0 : Sliding.at(operation, "padding", how.after, rank, i, 0);
            long dilation = how == null ? 1 : Sliding.at(operation, "dilation", how.dilation, rank, i, 1);
            long reach = (k - 1) * dilation + 1;
            long all = n + before + after;
            String where = " on axis " + (i - rank) + " of x " + x.shape();
            if (n == 0 || reach > all) {
                throw new ShapeException(operation + ": windows reach over " + reach + " elements" + where
                        + ", which has " + n + " and padding " + before + " + " + after
                        + "; expected no more than these, and at least one element");
            }
            if (Math.max(before, after) > reach / 2) {
                throw new ShapeException(operation + ": padding " + before + " + " + after + where
                        + " is more than half of a window, which reaches over " + reach
                        + "; some windows would have no element");
            }
            boolean ceil = how != null && how.ceil;
            long out = (all - reach + (ceil ? stride - 1 : 0)) / stride + 1;
            if ((out - 1) * stride >= n + before) {
                out--;
            }
            Axis axis = Axis.sliding(n, out, k, stride, before, dilation);
            for (long o = 0; dilation > 1 && o < out; o++) {
                if (axis.from(o) >= axis.to(o)) {
                    throw new ShapeException(operation + ": window " + o + where + " with dilation " + dilation
                            + " has no element; pad less");
                }
            }
            axes.add(axis);
            padded.add(Axis.sliding(all, out, k, stride, 0, dilation));
            taps *= k;
            boolean inside = (out - 1) * stride + reach <= all;
            paddedWhole &= inside;
            whole &= inside && before + after == 0;
        }
        return new Windows(WindowPlan.of(axes), WindowPlan.of(padded), taps, whole, paddedWhole);
    }

    /** Plans windows that divide the last axes into parts. */
    static WindowPlan adaptive(String operation, int rank, Tensor x, int[] sizes) {
        check(operation, rank, x);
        List<Axis> axes = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            long n = x.shape().at(i - rank);
            long out = Sliding.at(operation, "size", sizes, rank, i, 1);
            if (n == 0) {
                throw new ShapeException(operation + ": axis " + (i - rank) + " of x " + x.shape()
                        + " has no element; need one or more");
            }
            axes.add(Axis.adaptive(n, out));
        }
        return WindowPlan.of(axes);
    }

    private static void check(String operation, int rank, Tensor x) {
        Operands.requireFloating(operation, x);
        if (x.rank() < rank + 1 || x.rank() > rank + 2) {
            throw new ShapeException(operation + ": x " + x.shape() + "; expected [n, channels" + ", size".repeat(rank)
                    + "], or without n");
        }
    }

    /** Computes from x as [n, channels, a, b, c]; the results get x's form. */
    static List<Tensor> inForm(int rank, Tensor x, Function<Tensor, List<Tensor>> pooling) {
        try (TensorScope scope = x.device().openScope()) {
            Tensor images = x.rank() == rank + 1 ? x.unsqueeze(0) : x;
            for (int i = rank; i < WindowPlan.RANK; i++) {
                images = images.unsqueeze(2);
            }
            List<Tensor> results = new ArrayList<>();
            for (Tensor result : pooling.apply(images)) {
                Tensor y = result;
                for (int i = rank; i < WindowPlan.RANK; i++) {
                    y = y.squeeze(2);
                }
                results.add(scope.keep(x.rank() == rank + 1 ? y.squeeze(0) : y));
            }
            return results;
        }
    }

    /** Sums over windows, recorded. */
    static Tensor sums(String operation, WindowPlan plan, Tensor x) {
        View from = x.view();
        Tensor result = Tensor.make(
                x.device(),
                x.dtype(),
                plan.results(x.shape().at(0), x.shape().at(1)),
                out -> from.storage().backend().sumWindows(plan, from, out));
        return Tape.record(operation, result, r -> r.gradient(x, g -> sums(operation, plan.adjoint(), g)), x);
    }

    /** Sums over windows divided by counts (a scalar, or [1, 1, windows..]), recorded. */
    static Tensor means(String operation, WindowPlan plan, Tensor x, Tensor counts) {
        Tensor result = sums(operation, plan, Tape.plain(x));
        Operands.update(BinaryOp.DIVIDE, result, counts);
        boolean one = result.size() == x.shape().at(0) * x.shape().at(1) && counts.size() == 1;
        if (one && plan.axes().stream().allMatch(axis -> axis.step() == 1 && axis.to(0) - axis.from(0) == axis.n())) {
            Shape shape = x.shape();
            return Tape.record(
                    operation,
                    result,
                    r -> r.gradient(
                            x, counts, (g, n) -> Elementwise.divide(g, n).expand(shape.dims())),
                    x);
        }
        return Tape.record(
                operation,
                result,
                r -> r.gradient(x, counts, (g, n) -> sums(operation, plan.adjoint(), Elementwise.divide(g, n))),
                x);
    }

    /** How many of the elements that a plan is for each window has: [1, 1, windows..]. */
    static Tensor counts(WindowPlan plan, DType dtype) {
        long[] sizes = new long[2 + WindowPlan.RANK];
        Arrays.fill(sizes, 1);
        for (int i = 0; i < WindowPlan.RANK; i++) {
            sizes[2 + i] = plan.axes().get(i).n();
        }
        Tensor one = Tensor.ones(dtype, 1).reshape(1, 1, 1, 1, 1);
        return sums("avgPool", plan, one.expand(sizes));
    }

    /** The largest elements of windows, recorded, and their places among those of their channel. */
    static List<Tensor> maxima(String operation, WindowPlan plan, Tensor x) {
        if (x.dtype().isHalf()) {
            List<Tensor> wide = maxima(operation, plan, x.to(x.dtype().computed()));
            return List.of(wide.get(0).to(x.dtype()), wide.get(1));
        }
        View from = x.view();
        long images = x.shape().at(0);
        long channels = x.shape().at(1);
        Shape shape = plan.results(images, channels);
        Tensor places = Operands.empty(x, DType.INT64, shape);
        Tensor result = Tensor.make(
                x.device(),
                x.dtype(),
                shape,
                out -> from.storage().backend().maxWindows(plan, from, out, places.view()));
        long elements = x.shape().slice(2, x.rank()).size();
        Shape inputs = x.shape();
        Shape flat = Shape.of(images, channels, shape.slice(2, shape.rank()).size());
        Tape.record(
                operation,
                result,
                r -> r.gradient(
                        x,
                        places,
                        (g, at) -> Indexing.addedAlong(
                                        g.reshape(flat), 2, at.reshape(flat), Shape.of(images, channels, elements))
                                .reshape(inputs)),
                x);
        return List.of(result, places);
    }

    /** The p-norms of windows, recorded: {@code g |x|^(p-1) sign(x) / y^(p-1)} is the gradient, 0 where y is 0. */
    static Tensor norms(String operation, WindowPlan plan, Tensor x, double p) {
        Tensor powers = Elementwise.power(Elementwise.abs(Tape.plain(x)), p);
        Tensor result = Elementwise.power(sums(operation, plan, powers), 1 / p);
        return Tape.record(
                operation,
                result,
                r -> r.gradient(x, new Tensor[] {x, result}, (g, s) -> {
                    Tensor zero = Elementwise.equal(s[1], 0);
                    Tensor lengths = Elementwise.power(Elementwise.where(zero, 1, s[1]), p - 1);
                    Tensor each = Elementwise.where(zero, 0, Elementwise.divide(g, lengths));
                    Tensor signed = p == 2
                            ? s[0]
                            : Elementwise.multiply(
                                    Elementwise.sign(s[0]), Elementwise.power(Elementwise.abs(s[0]), p - 1));
                    return Elementwise.multiply(signed, sums(operation, plan.adjoint(), each));
                }),
                x);
    }
}
