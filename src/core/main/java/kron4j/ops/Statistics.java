package kron4j.ops;

import java.util.Arrays;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;

/**
 * Medians, quantiles and counts, named as in NumPy.
 *
 * <pre>{@code
 * Tensor middle = Statistics.median(x, 0);                        // of each column
 * Tensor range = Statistics.quantile(x, new double[] {0.05, 0.95}); // of all elements, shape [2]
 * Statistics.Histogram h = Statistics.histogram(x, 20, -3, 3);    // counts() of 20 bins between 21 edges()
 * Tensor votes = Statistics.bincount(labels, 10);                 // how often 0 to 9 occur
 * }</pre>
 *
 * <p>Operands: any strides, not modified. Results: new tensors in the current scope, deterministic. Nothing waits for the
 * device unless it says so.
 */
public final class Statistics {
    /** Lines in which what belongs to the same place is added up, for those that do not have as many elements. */
    private static final long LINES = 1024;

    /** The same on the CPU, whose few threads find sums in their caches. */
    private static final long FEW_LINES = 4;

    /** Elements of a histogram that are placed and counted while they are in the CPU's caches. */
    private static final long PIECE = 1 << 16;

    private Statistics() {}

    /**
     * {@return the middle element in order, or the mean of the two in the middle ({@code numpy.median})} NaN if an element
     * is NaN; of integers and bool in float64. Gradient: to the element or the two; of equal ones to that which comes first.
     * Cost: a sort.
     *
     * @param a every dtype but the complex ones
     * @param axes each at most once; all if none is given
     * @throws ShapeException if there are no elements
     */
    public static Tensor median(Tensor a, int... axes) {
        try (TensorScope scope = a.device().openScope()) {
            Lines lines = Lines.of("median", a, axes);
            long n = lines.sorted.shape().at(-1);
            Tensor middle = lines.at((n - 1) / 2);
            if (n % 2 == 0) {
                middle = between(middle, lines.at(n / 2));
            }
            return scope.keep(lines.result(middle));
        }
    }

    /** Half the sum, without overflow of large numbers and without rounding of subnormal ones. */
    private static Tensor between(Tensor a, Tensor b) {
        Tensor small = Elementwise.less(Elementwise.maximum(Elementwise.abs(a), Elementwise.abs(b)), 1);
        Tensor ofSmall = Elementwise.multiply(Elementwise.add(a, b), 0.5);
        Tensor ofLarge = Elementwise.add(Elementwise.multiply(a, 0.5), Elementwise.multiply(b, 0.5));
        return Elementwise.where(small, ofSmall, ofLarge);
    }

    /**
     * {@return the q-quantile: linear between the elements in order next to position {@code q (n - 1)}
     * ({@code numpy.quantile})} NaN if an element is NaN, and between -inf and inf; of integers and bool in float64. Infinite
     * between a number and infinity (NumPy: NaN in part). Gradient: to the two elements, by their distance. Cost: a sort.
     *
     * @param a every dtype but the complex ones
     * @param q in [0, 1]
     * @param axes each at most once; all if none is given
     * @throws ShapeException if there are no elements
     * @throws TensorException if q is not in [0, 1]
     */
    public static Tensor quantile(Tensor a, double q, int... axes) {
        try (TensorScope scope = a.device().openScope()) {
            requireShares(a, q);
            return scope.keep(Lines.of("quantile", a, axes).quantile(q));
        }
    }

    /**
     * {@return several quantiles, along a new first axis; see {@link #quantile(Tensor, double, int...)}} One sort for all.
     *
     * @param a every dtype but the complex ones
     * @param q one or more numbers in [0, 1]
     * @param axes each at most once; all if none is given
     * @throws ShapeException if there are no elements
     * @throws TensorException if there is no q, or one is not in [0, 1]
     */
    public static Tensor quantile(Tensor a, double[] q, int... axes) {
        try (TensorScope scope = a.device().openScope()) {
            requireShares(a, q);
            Lines lines = Lines.of("quantile", a, axes);
            return scope.keep(
                    Indexing.stack(0, Arrays.stream(q).mapToObj(lines::quantile).toArray(Tensor[]::new)));
        }
    }

    private static void requireShares(Tensor a, double... q) {
        for (double each : q) {
            if (!(each >= 0 && each <= 1)) {
                throw new TensorException(
                        "quantile: q = " + each + " (of shape " + a.shape() + "); need 0 <= q <= 1, such as 0.25");
            }
        }
        if (q.length == 0) {
            throw new TensorException("quantile: no q (of shape " + a.shape() + "); give at least one, such as 0.5");
        }
    }

    /** The elements along some axes, in order along the last axis. */
    private record Lines(Tensor sorted, DType dtype) {
        static Lines of(String operation, Tensor a, int... axes) {
            Operands.requireReal(operation, a);
            int rank = a.rank();
            boolean[] along = new boolean[rank];
            Arrays.fill(along, axes.length == 0);
            for (int axis : axes) {
                int at = Operands.axis(operation, a.shape(), axis);
                if (along[at]) {
                    throw new ShapeException(operation + ": axis " + axis + " is given twice for shape " + a.shape());
                }
                along[at] = true;
            }
            int[] order = new int[rank];
            int kept = 0;
            for (int i = 0; i < rank; i++) {
                if (!along[i]) {
                    order[kept++] = i;
                }
            }
            int next = kept;
            for (int i = 0; i < rank; i++) {
                if (along[i]) {
                    order[next++] = i;
                }
            }
            Shape front = Shape.of(Arrays.stream(order, 0, kept)
                    .mapToLong(i -> a.shape().at(i))
                    .toArray());
            long n = Arrays.stream(order, kept, rank)
                    .mapToLong(i -> a.shape().at(i))
                    .reduce(1, (x, y) -> x * y);
            if (n == 0) {
                throw new ShapeException(operation + ": no elements in shape " + a.shape()
                        + (axes.length == 0 ? "" : " along " + Arrays.toString(axes)) + "; it needs at least one");
            }
            Tensor lines = a.permute(order).reshape(front.concat(Shape.of(n)));
            Order.axis(operation, lines, -1);
            return new Lines(Order.sort(lines, -1), a.dtype().ofMeans());
        }

        /** Elements in the order's place, in the dtype in which results are computed. */
        Tensor at(long place) {
            return sorted.select(-1, place).to(dtype.computed());
        }

        Tensor quantile(double q) {
            long last = sorted.shape().at(-1) - 1;
            double position = q * last;
            long floor = (long) Math.floor(position);
            double share = position - floor;
            Tensor low = at(floor);
            if (share == 0) {
                return result(low);
            }
            Tensor high = at(floor + 1);
            Tensor apart = Elementwise.subtract(high, low);
            Tensor between = share < 0.5
                    ? Elementwise.add(low, Elementwise.multiply(apart, share))
                    : Elementwise.subtract(high, Elementwise.multiply(apart, 1 - share));
            Tensor far = Elementwise.add(Elementwise.multiply(low, 1 - share), Elementwise.multiply(high, share));
            return result(Elementwise.where(Elementwise.isFinite(apart), between, far));
        }

        /** NaN where there is one, which is the last in order. */
        Tensor result(Tensor computed) {
            Tensor last = at(sorted.shape().at(-1) - 1);
            return Elementwise.where(Elementwise.isNan(last), Double.NaN, computed)
                    .to(dtype);
        }
    }

    /**
     * Counts between edges.
     *
     * @param counts how many elements, or which weight, each bin has, shape [bins]
     * @param edges of the bins, ascending, shape [bins + 1]
     */
    public record Histogram(Tensor counts, Tensor edges) {}

    /**
     * {@return the numbers of elements in bins of equal width from the smallest element to the largest
     * ({@code numpy.histogram})} If all are equal to x, from x - 0.5 to x + 0.5; from 0 to 1 if there are none. If one is
     * NaN or infinite, nothing is counted (NumPy refuses; here it would take a wait). See
     * {@link #histogram(Tensor, int, double, double)}.
     *
     * @param a every dtype but the complex ones; any shape
     * @param bins 1 or more
     * @throws TensorException if there is no bin
     */
    public static Histogram histogram(Tensor a, int bins) {
        requireBins("histogram", a, bins);
        if (a.size() == 0) {
            return histogram(a, bins, 0, 1);
        }
        try (TensorScope scope = a.device().openScope()) {
            Tensor x = flat(a);
            Tensor least = Reduce.min(x);
            Tensor greatest = Reduce.max(x);
            Tensor margin = Elementwise.where(Elementwise.equal(least, greatest), 0.5, Elementwise.multiply(least, 0));
            Tensor low = Elementwise.subtract(least, margin);
            Tensor high = Elementwise.add(greatest, margin);
            Tensor edges = edges(low, high, bins);
            Tensor counts = counted(x, edges, ones(x));
            return new Histogram(scope.keep(counts), scope.keep(edges));
        }
    }

    /**
     * {@return the numbers of elements in bins of equal width ({@code numpy.histogram} with a range)} A bin has its lower
     * edge and not its upper one, the last one both. What is outside and NaN is not counted. Cost: log2(bins) comparisons
     * an element. Workspace: some 50 bytes an element.
     *
     * @param a every dtype but the complex ones; any shape
     * @param bins 1 or more
     * @param low the first edge
     * @param high the last edge, greater than the first
     * @throws TensorException if there is no bin, or the edges are not finite and ascending
     */
    public static Histogram histogram(Tensor a, int bins, double low, double high) {
        try (TensorScope scope = a.device().openScope()) {
            Histogram histogram = histogram(a, bins, low, high, ones(a));
            return new Histogram(scope.keep(histogram.counts), scope.keep(histogram.edges));
        }
    }

    /**
     * {@return the sums of weights of elements in bins of equal width ({@code numpy.histogram} with a range and weights)}
     * Floating weights are added up in float64 and rounded once, integers in int64. Gradient: to the weights. See
     * {@link #histogram(Tensor, int, double, double)}.
     *
     * @param a every dtype but the complex ones; any shape
     * @param bins 1 or more
     * @param low the first edge
     * @param high the last edge, greater than the first
     * @param weights numbers, not complex, in the shape of a
     * @throws TensorException if there is no bin, or the edges are not finite and ascending
     * @throws ShapeException if the weights have another shape
     */
    public static Histogram histogram(Tensor a, int bins, double low, double high, Tensor weights) {
        requireBins("histogram", a, bins);
        requireEdges(a, bins, low, high);
        requireWeights("histogram", a, weights);
        try (TensorScope scope = a.device().openScope()) {
            Tensor x = flat(a);
            Tensor edges = edges(Tensor.full(x.dtype(), low), Tensor.full(x.dtype(), high), bins);
            Tensor counts = counted(x, edges, weights.reshape(-1));
            return new Histogram(scope.keep(counts), scope.keep(edges));
        }
    }

    private static void requireEdges(Tensor a, int bins, double low, double high) {
        Operands.requireReal("histogram", a);
        DType dtype = ofEdges(a);
        double most = Math.max(Math.abs(low), Math.abs(high));
        if (!(low < high) || !(most <= dtype.largest())) {
            throw new TensorException("histogram: edges from " + low + " to " + high + " (of shape " + a.shape()
                    + "); need finite numbers of " + dtype + ", the last greater than the first");
        }
        if (!(high / bins - low / bins > most * dtype.epsilon() / 2)) {
            throw new TensorException("histogram: edges from " + low + " to " + high + " (of shape " + a.shape()
                    + ") have no " + bins + " different numbers of " + dtype + " between them; give fewer bins");
        }
    }

    private static DType ofEdges(Tensor a) {
        return a.dtype().ofMeans().computed();
    }

    /** All elements, in the dtype of edges. */
    private static Tensor flat(Tensor a) {
        Operands.requireReal("histogram", a);
        return Operands.in(ofEdges(a), a.detach()).reshape(-1);
    }

    /** As {@code numpy.linspace}: computed in float64, the last one exact; of half the numbers where they are large, so that no difference overflows. */
    private static Tensor edges(Tensor low, Tensor high, int bins) {
        Tensor end = high.to(DType.FLOAT64);
        Tensor most = Elementwise.maximum(Elementwise.abs(low.to(DType.FLOAT64)), Elementwise.abs(end));
        Tensor scale = Elementwise.where(Elementwise.greater(most, 1), 0.5, Creation.onesLike(most));
        Tensor first = Elementwise.multiply(low.to(DType.FLOAT64), scale);
        Tensor step = Elementwise.divide(Elementwise.subtract(Elementwise.multiply(end, scale), first), bins);
        // The positions of equal elements are 0, 1, ...: made without a copy from the host, which no graph records.
        Tensor numbers = Order.argsort(Tensor.zeros(DType.BOOL, bins), 0).to(DType.FLOAT64);
        Tensor inner = Elementwise.divide(Elementwise.add(Elementwise.multiply(numbers, step), first), scale);
        return Indexing.concat(0, inner.to(low.dtype()), high.reshape(1));
    }

    private static Tensor counted(Tensor x, Tensor edges, Tensor weights) {
        long n = x.size();
        long piece = x.device().equals(Device.cpu()) ? PIECE : Math.max(1, n);
        Tensor sums = countedOnce(x.slice(0, 0, Math.min(n, piece)), edges, weights.slice(0, 0, Math.min(n, piece)));
        for (long from = piece; from < n; from += piece) {
            long to = Math.min(n, from + piece);
            try (TensorScope scope = x.device().openScope()) {
                Tensor more = countedOnce(x.slice(0, from, to), edges, weights.slice(0, from, to));
                sums = scope.keep(Elementwise.add(sums, more));
            }
        }
        return rounded(sums, weights);
    }

    private static Tensor countedOnce(Tensor x, Tensor edges, Tensor weights) {
        long bins = edges.size() - 1;
        Tensor last = edges.slice(0, bins, bins + 1);
        // What is not less than the last inner edge is in the last bin, if it is not outside.
        Tensor place = Order.searchSorted(edges.slice(0, 0, bins), x, true);
        Tensor inside = Elementwise.lessEqual(x, last);
        return sums(Elementwise.where(inside, place, 0), weights, bins, 1);
    }

    private static Tensor ones(Tensor a) {
        return Tensor.ones(DType.INT64).expand(a.shape().dims());
    }

    private static void requireBins(String operation, Tensor a, long bins) {
        if (bins < 1 || bins >= Order.MOST) {
            throw new TensorException(
                    operation + ": " + bins + " bins (for shape " + a.shape() + "); need 1 to " + (Order.MOST - 1));
        }
    }

    private static void requireWeights(String operation, Tensor a, Tensor weights) {
        Operands.sameDevice(operation, a, weights);
        if (!weights.shape().equals(a.shape())) {
            throw new ShapeException(operation + ": weights of shape " + weights.shape() + " for shape " + a.shape()
                    + "; need one for each element");
        }
        Operands.requireReal(operation, weights);
        if (!weights.dtype().isNumber()) {
            throw new DTypeException(
                    operation + ": weights of bool " + weights.shape() + "; convert them with to(DType.INT64)");
        }
    }

    /**
     * {@return how often 0, 1, 2, ... occur, up to the greatest that does, int64 ({@code numpy.bincount})} Waits for the
     * device, because the number of counts depends on values; {@link #bincountEx} does not.
     *
     * @param a integers, none negative, or bool; any shape
     * @param least counts there are at least: 0, or as many as values are possible
     * @throws TensorException if an element is negative, or least is
     */
    public static Tensor bincount(Tensor a, long least) {
        try (TensorScope scope = a.device().openScope()) {
            return scope.keep(bincount(a, least, ones(a)));
        }
    }

    /**
     * {@return the sums of weights of the elements that are 0, 1, 2, ... ({@code numpy.bincount} with weights)} In the
     * weights' dtype; floating ones are added up in float64 and rounded once, integers in int64. Waits as
     * {@link #bincount(Tensor, long)}. Gradient: to the weights.
     *
     * @param a integers, none negative, or bool; any shape
     * @param least sums there are at least: 0, or as many as values are possible
     * @param weights numbers, not complex, in the shape of a
     * @throws TensorException if an element is negative, or least is
     * @throws ShapeException if the weights have another shape
     */
    public static Tensor bincount(Tensor a, long least, Tensor weights) {
        requireInteger("bincount", a);
        requireWeights("bincount", a, weights);
        if (least < 0) {
            throw new TensorException(
                    "bincount: at least " + least + " counts (of shape " + a.shape() + "); need 0 or more");
        }
        requireCount("bincount", a, least);
        try (TensorScope scope = a.device().openScope()) {
            long count = least;
            if (a.size() > 0) {
                Tensor x = a.to(DType.INT64);
                long[] bounds = Indexing.bounds(x);
                if (bounds[0] < 0) {
                    throw new TensorException("bincount: " + bounds[0] + " occurs in shape " + a.shape()
                            + "; negative integers are not counted");
                }
                requireCount("bincount", a, bounds[1]);
                count = Math.max(count, bounds[1] + 1);
            }
            return scope.keep(rounded(sums(a.to(DType.INT64).reshape(-1), weights.reshape(-1), count, 0), weights));
        }
    }

    /**
     * {@return how often 0, 1, ..., {@code count - 1} occur, int64, without a wait ({@code jax.numpy.bincount} with a
     * length)} What is outside is not counted.
     *
     * @param a integers or bool; any shape
     * @param count the number of counts
     * @throws TensorException if count is negative
     */
    public static Tensor bincountEx(Tensor a, long count) {
        try (TensorScope scope = a.device().openScope()) {
            return scope.keep(bincountEx(a, count, ones(a)));
        }
    }

    /**
     * {@return the sums of weights of the elements that are 0, 1, ..., {@code count - 1}, without a wait} What is outside is
     * left out. Sums and gradient as those of {@link #bincount(Tensor, long, Tensor)}.
     *
     * @param a integers or bool; any shape
     * @param count the number of sums
     * @param weights numbers, not complex, in the shape of a
     * @throws TensorException if count is negative
     * @throws ShapeException if the weights have another shape
     */
    public static Tensor bincountEx(Tensor a, long count, Tensor weights) {
        requireInteger("bincountEx", a);
        requireWeights("bincountEx", a, weights);
        if (count < 0) {
            throw new TensorException("bincountEx: " + count + " counts (of shape " + a.shape() + "); need 0 or more");
        }
        requireCount("bincountEx", a, count);
        try (TensorScope scope = a.device().openScope()) {
            Tensor x = a.to(DType.INT64).reshape(-1);
            Tensor inside = Elementwise.logicalAnd(Elementwise.greaterEqual(x, 0), Elementwise.less(x, count));
            return scope.keep(
                    rounded(sums(Elementwise.where(inside, x, count), weights.reshape(-1), count, 0), weights));
        }
    }

    private static void requireCount(String operation, Tensor a, long greatest) {
        if (greatest == Long.MAX_VALUE) {
            throw new TensorException(
                    operation + ": counts up to " + greatest + " (of shape " + a.shape() + ") are more than 2^63-1");
        }
    }

    private static void requireInteger(String operation, Tensor a) {
        if (!a.dtype().isInteger() && a.dtype().isNumber()) {
            throw new DTypeException(operation + ": counts integers or bool, got " + a.dtype() + " " + a.shape()
                    + "; convert it with to(DType.INT64)");
        }
    }

    /**
     * Adds up the weights that have the same place, in the order that they have in each of some lines, and then line by line.
     *
     * @param places int64 [n], in [0, count]
     * @param weights [n]
     * @param first the first place of those that count: with 0 what has the last one is left out, with 1 what has the first
     */
    private static Tensor sums(Tensor places, Tensor weights, long count, long first) {
        Tensor terms = Operands.in(ofSums(weights).isFloating() ? DType.FLOAT64 : DType.INT64, weights);
        long n = places.size();
        long most = places.device().equals(Device.cpu()) ? FEW_LINES : LINES;
        long lines = Math.max(1, Math.min(most, n / Math.max(LINES / 4, count)));
        long rest = (lines - n % lines) % lines;
        if (rest > 0) {
            places = Indexing.concat(0, places, Tensor.full(DType.INT64, first == 0 ? count : 0, rest));
            terms = Indexing.concat(0, terms, Tensor.zeros(terms.dtype(), rest));
        }
        long length = (n + rest) / lines;
        Tensor parts = Indexing.addedAlong(
                terms.reshape(lines, length), 1, places.reshape(lines, length), Shape.of(lines, count + 1));
        return Reduce.sum(parts, 0).slice(0, first, first + count);
    }

    /** Sums in the dtype of the weights, or int64. */
    private static Tensor rounded(Tensor sums, Tensor weights) {
        return Operands.in(ofSums(weights), sums).contiguous();
    }

    private static DType ofSums(Tensor weights) {
        return weights.dtype().isFloating() ? weights.dtype() : DType.INT64;
    }
}
