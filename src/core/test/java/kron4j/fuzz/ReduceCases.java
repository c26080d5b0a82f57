package kron4j.fuzz;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.reference.NDArray;

/** Reductions over any axes of any views, NaN and infinities among the elements, and their gradients. */
final class ReduceCases {
    private interface Reduction {
        Tensor of(Tensor a, boolean keepDims, int... axes);
    }

    /** @param error of a group of finite numbers, in units of epsilon; 0 if exact */
    private record Entry(Reduction tested, ToDoubleFunction<double[]> exact, ToDoubleFunction<double[]> error) {}

    private static final double INF = Double.POSITIVE_INFINITY;
    private static final Map<String, Entry> ENTRIES = new TreeMap<>();

    static {
        entry("sum", Reduce::sum, ReduceCases::sum, g -> (g.length + 1) * sizes(g));
        entry("mean", Reduce::mean, g -> sum(g) / g.length, g -> (g.length + 3) * sizes(g) / Math.max(1, g.length));
        entry("prod", Reduce::prod, g -> product(g), g -> 2 * g.length * Math.abs(product(g)));
        entry("max", Reduce::max, g -> Arrays.stream(g).reduce(-INF, Math::max), g -> 0);
        entry("min", Reduce::min, g -> Arrays.stream(g).reduce(INF, Math::min), g -> 0);
        entry("any", Reduce::any, g -> Arrays.stream(g).anyMatch(x -> x != 0) ? 1 : 0, g -> 0);
        entry("all", Reduce::all, g -> Arrays.stream(g).allMatch(x -> x != 0) ? 1 : 0, g -> 0);
        entry("var", (a, keep, axes) -> Reduce.var(a, 0, keep, axes), g -> variance(g, 0), g -> spread(g) * spread(g));
        entry("var1", (a, keep, axes) -> Reduce.var(a, 1, keep, axes), g -> variance(g, 1), g -> spread(g) * spread(g));
        entry("norm1", (a, keep, axes) -> Reduce.norm(a, 1, keep, axes), g -> sizes(g), g -> (g.length + 1) * sizes(g));
        entry(
                "norm2",
                (a, keep, axes) -> Reduce.norm(a, 2, keep, axes),
                g -> norm(g, 2),
                g -> (g.length + 10) * norm(g, 2));
        entry(
                "norm3",
                (a, keep, axes) -> Reduce.norm(a, 3, keep, axes),
                g -> norm(g, 3),
                g -> (g.length + 30) * norm(g, 3));
        entry(
                "norm-1",
                (a, keep, axes) -> Reduce.norm(a, -1, keep, axes),
                g -> norm(g, -1),
                g -> (g.length + 30) * norm(g, -1));
        entry(
                "norm0",
                (a, keep, axes) -> Reduce.norm(a, 0, keep, axes),
                g -> Arrays.stream(g).filter(x -> x != 0).count(),
                g -> 0);
        entry(
                "norm inf",
                (a, keep, axes) -> Reduce.norm(a, INF, keep, axes),
                g -> Arrays.stream(g).map(Math::abs).reduce(0, Math::max),
                g -> 0);
        entry(
                "norm -inf",
                (a, keep, axes) -> Reduce.norm(a, -INF, keep, axes),
                g -> Arrays.stream(g).map(Math::abs).reduce(INF, Math::min),
                g -> 0);
        entry("logsumexp", Reduce::logsumexp, ReduceCases::logsumexp, g -> g.length + 8 + 4 * Math.abs(logsumexp(g)));
    }

    private ReduceCases() {}

    private static void entry(
            String name, Reduction tested, ToDoubleFunction<double[]> exact, ToDoubleFunction<double[]> error) {
        ENTRIES.put(name, new Entry(tested, exact, error));
    }

    private static double sum(double... g) {
        return Arrays.stream(g).reduce(0, Double::sum);
    }

    private static double product(double... g) {
        return Arrays.stream(g).reduce(1, (x, y) -> x * y);
    }

    private static double sizes(double... g) {
        return Arrays.stream(g).map(Math::abs).reduce(0, Double::sum);
    }

    private static double variance(double[] g, int ddof) {
        double mean = sum(g) / g.length;
        return Arrays.stream(g).map(x -> (x - mean) * (x - mean)).reduce(0, Double::sum) / Math.max(0, g.length - ddof);
    }

    /** Of the error of a variance: the mean is off by epsilon times this, the sum by epsilon times its square. */
    private static double spread(double... g) {
        return (g.length + 4) * (1 + Arrays.stream(g).map(Math::abs).max().orElse(0));
    }

    private static double norm(double[] g, double p) {
        double scale = Arrays.stream(g)
                .map(Math::abs)
                .filter(x -> x > 0 && x < INF)
                .max()
                .orElse(1);
        if (p < 0) {
            scale = Arrays.stream(g)
                    .map(Math::abs)
                    .filter(x -> x > 0 && x < INF)
                    .min()
                    .orElse(1);
        }
        double s = scale;
        return s
                * Math.pow(
                        Arrays.stream(g).map(x -> Math.pow(Math.abs(x) / s, p)).reduce(0, Double::sum), 1 / p);
    }

    private static double logsumexp(double... g) {
        double most = Arrays.stream(g).reduce(-INF, Math::max);
        return Double.isInfinite(most) || Double.isNaN(most)
                ? most
                : most + Math.log(Arrays.stream(g).map(x -> Math.exp(x - most)).reduce(0, Double::sum));
    }

    static void check(Draw draw) {
        DType dtype = draw.floating();
        int rank = draw.below(4);
        long[] shape = draw.shape(rank, draw.oneIn(6) ? 6000 : 900);
        Operand a = Operand.any(draw, draw.wild(dtype, shape), dtype);
        switch (draw.below(6)) {
            case 0, 1, 2 -> reduction(draw, a, dtype);
            case 3 -> gradient(draw, a, dtype);
            case 4 -> softmax(draw, a, dtype);
            default -> positions(draw, a);
        }
    }

    /** A set of axes, each counted from the front or the back; none for all of them. */
    private static int[] axes(Draw draw, int rank) {
        int bits = draw.below(1 << rank);
        boolean back = draw.oneIn(4);
        return IntStream.range(0, rank)
                .filter(i -> (bits >> i & 1) == 1)
                .map(i -> back ? i - rank : i)
                .toArray();
    }

    private static int[] positive(int rank, int... axes) {
        return axes.length == 0
                ? IntStream.range(0, rank).toArray()
                : Arrays.stream(axes).map(i -> i < 0 ? i + rank : i).toArray();
    }

    private static void reduction(Draw draw, Operand a, DType dtype) {
        String name = ENTRIES.keySet().stream()
                .skip(draw.below(ENTRIES.size()))
                .findFirst()
                .orElseThrow();
        Entry entry = ENTRIES.get(name);
        int rank = a.values().rank();
        int[] axes = axes(draw, rank);
        boolean keep = draw.below(2) == 1;
        String what =
                name + " over " + Arrays.toString(axes) + " of " + a.tensor().layout() + " " + dtype;
        int[] reduced = positive(rank, axes);
        NDArray exact = reduce(a.values(), entry.exact, keep, reduced);
        boolean nothing = Arrays.stream(reduced).anyMatch(i -> a.values().shape()[i] == 0);
        boolean needsSome =
                name.equals("max") || name.equals("min") || name.equals("norm-1") || name.equals("norm -inf");
        if (nothing && needsSome && exact.size() > 0) {
            Verify.refused(what, () -> entry.tested.of(a.tensor(), keep, axes).close(), ShapeException.class);
            return;
        }
        if (nothing && needsSome) {
            return; // an empty result of no elements: NumPy refuses it, this library gives it
        }
        Tensor result = entry.tested.of(a.tensor(), keep, axes);
        double most = dtype == DType.FLOAT32 ? Float.MAX_VALUE / 4 : Double.MAX_VALUE / 4;
        double least = dtype == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        // Where a part of a sum or product may over- or underflow, the order decides.
        NDArray certain = reduce(a.values(), g -> safe(name, g, most) ? 1 : 0, keep, reduced);
        NDArray bounds = reduce(a.values(), entry.error, keep, reduced)
                .map(x -> Double.isFinite(x) ? x * dtype.epsilon() + (x == 0 ? 0 : least) : 0);
        NDArray got = NDArray.of(result);
        Verify.shape(what, exact.shape(), result);
        NDArray wanted = NDArray.generate(exact.shape(), i -> certain.get(i) == 1 ? exact.get(i) : got.get(i));
        Verify.close(what, wanted, bounds, result);
    }

    private static NDArray reduce(NDArray a, ToDoubleFunction<double[]> f, boolean keep, int... axes) {
        return axes.length == 0 ? a.map(x -> f.applyAsDouble(new double[] {x})) : a.reduce(f, keep, axes);
    }

    private static boolean safe(String name, double[] g, double most) {
        double largest = Arrays.stream(g).map(Math::abs).filter(x -> x < INF).reduce(0, Math::max);
        return switch (name) {
            case "sum", "mean", "norm1", "norm2", "norm3", "norm-1" -> largest * g.length < most;
            case "var", "var1" -> largest < Math.sqrt(most / Math.max(1, g.length));
            case "prod" ->
                Arrays.stream(g)
                                .map(x -> x == 0 ? 0 : Math.abs(Math.log(Math.abs(x))))
                                .filter(Double::isFinite)
                                .sum()
                        < Math.log(most);
            default -> true;
        };
    }

    private static void gradient(Draw draw, Operand a, DType dtype) {
        int rank = a.values().rank();
        int[] axes = axes(draw, rank);
        int[] reduced = positive(rank, axes);
        int kind = draw.below(5);
        if (a.values().size() == 0
                || (kind != 3
                        && !(a.values().map(x -> Double.isNaN(x) ? INF : x).scale() < 1e10))) {
            return;
        }
        Tensor x = a.tensor().requiresGrad();
        Tensor y = switch (kind) {
            case 0 -> Reduce.sum(x, true, axes);
            case 1 -> Reduce.mean(x, true, axes);
            case 2 -> Reduce.max(x, true, axes);
            case 3 -> Reduce.logsumexp(x, true, axes);
            default -> Reduce.norm(x, 2, true, axes);
        };
        NDArray g = NDArray.integers(draw.elements(), -2, 3, y.shape().dims());
        ToDoubleFunction<double[]> ofGroup = switch (kind) {
            case 0 -> v -> 1;
            case 1 -> v -> v.length;
            case 2 -> v -> Arrays.stream(v).max().getAsDouble();
            case 3 -> ReduceCases::logsumexp;
            default -> v -> norm(v, 2);
        };
        NDArray values = reduce(a.values(), ofGroup, true, reduced);
        NDArray ties = reduce(
                a.values(),
                v -> Arrays.stream(v)
                        .filter(e -> e == Arrays.stream(v).max().getAsDouble())
                        .count(),
                true,
                reduced);
        NDArray slopes = a.values().zip(values, (e, v) -> switch (kind) {
            case 0 -> 1;
            case 1 -> 1 / v;
            case 2 -> e == v ? 1 : 0;
            case 3 -> v == -INF ? 0 : Math.exp(e - v);
            default -> v == 0 ? 0 : e / v;
        });
        NDArray exact = (kind == 2 ? slopes.zip(ties, (s, n) -> s / n) : slopes).zip(g, (s, w) -> s * w);
        double unit = (2.0 * a.values().size()
                        + 20
                        + 4 * a.values().map(v -> Double.isFinite(v) ? v : 0).scale())
                * dtype.epsilon();
        String what =
                "gradient of reduction " + kind + " over " + Arrays.toString(axes) + " of " + x.layout() + " " + dtype;
        // A norm of less than the smallest normal number has few digits.
        boolean subnormal = kind == 4 && a.values().scale() > 0 && a.values().scale() < 1e-30;
        if (!(kind == 4 && a.values().scale() >= 1e4) && !subnormal) {
            Tensor slope = Gradients.vjp(y, g.toTensor(dtype), x).get(0);
            Verify.close(what, exact, exact.map(s -> unit * Math.max(1, Math.abs(s))), slope);
        }
    }

    private static void softmax(Draw draw, Operand a, DType dtype) {
        int rank = a.values().rank();
        if (rank == 0) {
            Verify.refused("softmax of a scalar", () -> Softmax.softmax(a.tensor(), 0), ShapeException.class);
            return;
        }
        int axis = draw.below(rank);
        int given = draw.oneIn(2) ? axis - rank : axis;
        boolean log = draw.below(2) == 1;
        NDArray most = a.values().reduce(g -> Arrays.stream(g).reduce(-INF, Math::max), true, axis);
        NDArray shifted = a.values().zip(most, (x, m) -> x - m);
        NDArray total = shifted.reduce(ReduceCases::logsumexp, true, axis);
        double n = a.values().shape()[axis] + 8.0;
        NDArray bounds = a.values().zip(most, (x, m) -> (n + 4 * (log ? Math.abs(x - m) : 1)) * dtype.epsilon());
        String what = (log ? "logSoftmax" : "softmax") + " along " + given + " of "
                + a.tensor().layout() + " " + dtype;
        Tensor y = log ? Softmax.logSoftmax(a.tensor(), given) : Softmax.softmax(a.tensor(), given);
        NDArray exact = shifted.zip(total, (x, t) -> log ? x - t : Math.exp(x - t));
        // An infinite largest element: NaN everywhere, as PyTorch.
        NDArray wanted = exact.zip(most, (e, m) -> Double.isFinite(m) ? e : Double.NaN);
        Verify.close(what, wanted, bounds.map(b -> Double.isFinite(b) ? b : 0), y);
    }

    private static void positions(Draw draw, Operand a) {
        boolean most = draw.below(2) == 0;
        int rank = a.values().rank();
        ToDoubleFunction<double[]> first = g -> {
            int best = 0;
            for (int i = 1; i < g.length; i++) {
                boolean better =
                        !Double.isNaN(g[best]) && (Double.isNaN(g[i]) || (most ? g[i] > g[best] : g[i] < g[best]));
                best = better ? i : best;
            }
            return best;
        };
        String what = (most ? "argmax" : "argmin") + " of " + a.tensor().layout();
        boolean all = rank == 0 || draw.below(2) == 1;
        int axis = all ? 0 : draw.below(rank);
        if (all ? a.values().size() == 0 : a.values().shape()[axis] == 0) {
            return;
        }
        Tensor got = all
                ? most ? Reduce.argmax(a.tensor()) : Reduce.argmin(a.tensor())
                : most ? Reduce.argmax(a.tensor(), axis - rank) : Reduce.argmin(a.tensor(), axis);
        Verify.same(
                what + (all ? "" : " along " + axis),
                all ? a.values().reduce(first, false) : a.values().reduce(first, false, axis),
                got);
    }
}
