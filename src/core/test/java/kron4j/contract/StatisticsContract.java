package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.DeviceGraph;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Order;
import kron4j.ops.Padding;
import kron4j.ops.Random;
import kron4j.ops.Scan;
import kron4j.ops.Scatter;
import kron4j.ops.Shapes;
import kron4j.ops.Statistics;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Order statistics, counts, scans, scatters and shapes against NumPy's values, made by {@code scripts/make-order-values.py}. */
public class StatisticsContract extends Contract {
    private int cases;

    @Test
    void asNumPy() throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                StatisticsContract.class.getResourceAsStream("/numerics/order.txt"), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                check(line);
            }
        }
        assertEquals(132, cases);
    }

    private void check(String line) {
        String[] parts = line.split("\\|", -1);
        String[] head = parts[0].split(" ");
        NDArray[] arrays = new NDArray[parts.length / 2];
        Arrays.setAll(arrays, i -> array(parts[2 * i + 1], parts[2 * i + 2]));
        NDArray x = arrays[0];
        Tensor t = strided(random(++cases), x, DType.FLOAT64);
        int[] axes = head.length > 1 && !head[1].contains(".") && x.rank() == 2
                ? new int[] {Integer.parseInt(head[1].replace("left", "0").replace("right", "1"))}
                : new int[0];
        // Lerps and edges are a few roundings of numbers below 4.
        double tolerance = 16 * Math.ulp(1.0);
        switch (head[0]) {
            case "median" -> same(arrays[1], Statistics.median(t, axes));
            case "quantile" ->
                close(arrays[1], Statistics.quantile(t, Double.parseDouble(head[head.length - 1]), axes), tolerance);
            case "histogram" -> histogram(head, t, arrays, tolerance);
            case "bincount" -> {
                long least = Long.parseLong(head[1]);
                Tensor integers = x.toTensor(DType.INT32);
                Tensor counts = Statistics.bincount(integers, least);
                assertEquals(DType.INT64, counts.dtype());
                same(arrays[2], counts);
                Tensor weights = strided(random(cases), arrays[1], DType.FLOAT64);
                same(arrays[3], Statistics.bincount(integers, least, weights));
                same(arrays[3], Statistics.bincountEx(integers, arrays[3].size(), weights));
            }
            case "searchSorted" ->
                same(
                        arrays[2],
                        Order.searchSorted(
                                t, strided(random(cases), arrays[1], DType.FLOAT64), head[1].equals("right")));
            case "unique" -> {
                same(arrays[1], Order.unique(t));
                Order.Unique all = Order.uniqueAll(t);
                same(arrays[1], all.values());
                same(arrays[2], all.indices());
                same(arrays[3], all.inverse());
                same(arrays[4], all.counts());
            }
            default -> ofOneOperand(head[0], t, arrays, axes);
        }
    }

    private static void ofOneOperand(String name, Tensor t, NDArray[] arrays, int... axes) {
        int axis = axes.length == 0 ? 0 : axes[0];
        switch (name) {
            case "sort" -> {
                same(arrays[1], Order.sort(t, axis));
                same(arrays[2], Order.argsort(t, axis));
            }
            case "cumsum" -> same(arrays[1], Scan.cumsum(t, axis));
            case "cumprod" -> same(arrays[1], Scan.cumprod(t, axis));
            case "cummax" -> {
                same(arrays[1], Scan.cummax(t, axis).values());
                same(arrays[2], Scan.cummin(t, axis).values());
            }
            // At most six sums of exponentials, each a few roundings of numbers below 8.
            case "logcumsumexp" -> close(arrays[1], Scan.logcumsumexp(t, axis), 24 * Math.ulp(4.0));
            case "diff" -> {
                same(arrays[1], Scan.diff(t, 1, axis));
                same(arrays[2], Scan.diff(t, 3, axis));
                same(arrays[3], Scan.diff(t, 7, axis));
            }
            case "indexAdd" ->
                same(
                        arrays[3],
                        Scatter.indexAdd(t, arrays[1].toTensor(DType.INT32), arrays[2].toTensor(DType.FLOAT64), axis));
            case "roll" -> {
                same(arrays[1], Shapes.roll(t, -2, axis));
                same(arrays[2], Shapes.roll(t, 17, axis));
            }
            case "repeat" -> same(arrays[1], Shapes.repeatInterleave(t, 3, axis));
            case "mask" -> {
                Tensor mask = arrays[1].toTensor(DType.BOOL);
                same(arrays[2], Scatter.booleanMask(t, mask));
                same(arrays[3], Scatter.nonzero(mask));
                same(arrays[4], Scatter.maskedFill(t, mask, -1.5));
            }
            case "isClose" -> {
                Tensor other = arrays[1].toTensor(DType.FLOAT64);
                same(arrays[2], Elementwise.isClose(t, other, 1e-5, 1e-8));
                same(arrays[3], Elementwise.isClose(t, other.add(1), 0.25, 0.5));
            }
            case "put" ->
                same(arrays[3], Scatter.put(t, arrays[1].toTensor(DType.INT64), arrays[2].toTensor(DType.FLOAT64)));
            case "pad" -> {
                long[][] widths = {{2, 1}, {0, 5}};
                same(arrays[1], Shapes.pad(t, Padding.REFLECT, widths));
                same(arrays[2], Shapes.pad(t, Padding.REPLICATE, widths));
                same(arrays[3], Shapes.pad(t, Padding.CIRCULAR, widths));
                same(arrays[4], Shapes.pad(t, 2, widths));
            }
            case "topk" -> {
                for (boolean largest : new boolean[] {true, false}) {
                    Order.TopK found = Order.topk(t, 3, largest, axis);
                    same(arrays[largest ? 1 : 3], found.values());
                    same(arrays[largest ? 2 : 4], found.indices());
                }
            }
            case "scatter" -> {
                Tensor source = arrays[2].toTensor(DType.FLOAT64);
                same(arrays[3], Scatter.scatter(t, arrays[1].toTensor(DType.INT64), source, axis));
                same(arrays[5], Scatter.scatterAdd(t, arrays[4].toTensor(DType.INT64), source, axis));
            }
            case "gather" -> same(arrays[2], Indexing.gather(t, arrays[1].toTensor(DType.INT64), axis));
            case "tile" -> same(arrays[1], Shapes.tile(t, 2, 1, 3));
            default -> throw new AssertionError(name);
        }
    }

    private static void histogram(String[] head, Tensor t, NDArray[] arrays, double tolerance) {
        int bins = Integer.parseInt(head[1]);
        if (head.length == 2) {
            Statistics.Histogram found = Statistics.histogram(t, bins);
            same(arrays[1], found.counts());
            close(arrays[2], found.edges(), tolerance);
            return;
        }
        double low = Double.parseDouble(head[2]);
        double high = Double.parseDouble(head[3]);
        Statistics.Histogram found = Statistics.histogram(t, bins, low, high);
        assertEquals(DType.INT64, found.counts().dtype());
        same(arrays[2], found.counts());
        close(arrays[3], found.edges(), tolerance);
        Tensor weights = arrays[1].toTensor(DType.FLOAT64);
        same(arrays[4], Statistics.histogram(t, bins, low, high, weights).counts());
    }

    private static NDArray array(String shape, String values) {
        long[] dims = shape.isEmpty()
                ? new long[0]
                : Arrays.stream(shape.split(",")).mapToLong(Long::parseLong).toArray();
        double[] data = values.isEmpty()
                ? new double[0]
                : Arrays.stream(values.split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray();
        return NDArray.of(data, dims);
    }

    @Test
    void everyDType() {
        for (DType dtype : DTypes.ofReals()) {
            NDArray x = dtype == DType.BOOL
                    ? NDArray.of(new double[] {0, 1, 1, 0, 1, 0}, 2, 3)
                    : NDArray.of(new double[] {5, 1, 4, 2, 7, 7}, 2, 3);
            Tensor t = strided(random(dtype.ordinal()), x, dtype);
            Tensor median = Statistics.median(t, 1);
            assertEquals(dtype.ofMeans(), median.dtype());
            same(NDArray.of(dtype == DType.BOOL ? new double[] {1, 0} : new double[] {4, 7}, 2), median);
            same(NDArray.scalar(dtype == DType.BOOL ? 0.5 : 4.5), Statistics.median(t));
            same(
                    NDArray.of(dtype == DType.BOOL ? new double[] {0, 1, 0.5} : new double[] {3.5, 4, 5.5}, 3),
                    Statistics.quantile(t, 0.5, 0));
            Tensor several = Statistics.quantile(t, new double[] {0, 0.25, 1}, 1, 0);
            same(NDArray.of(dtype == DType.BOOL ? new double[] {0, 0, 1} : new double[] {1, 2.5, 7}, 3), several);
            assertEquals(dtype.ofMeans(), several.dtype());
            Statistics.Histogram bins = Statistics.histogram(t, 2, 0, 8);
            same(NDArray.of(dtype == DType.BOOL ? new double[] {6, 0} : new double[] {2, 4}, 2), bins.counts());
            same(NDArray.of(new double[] {0, 4, 8}, 3), bins.edges());
            assertEquals(dtype.ofMeans().computed(), bins.edges().dtype());
        }
        Tensor labels = Tensor.of(new long[] {3, -1, 0, 3, 9});
        for (DType dtype : new DType[] {DType.INT8, DType.INT32, DType.INT64}) {
            same(NDArray.of(new double[] {1, 0, 0, 2}, 4), Statistics.bincountEx(labels.to(dtype), 4));
        }
        same(
                NDArray.of(new double[] {2, 1}, 2),
                Statistics.bincount(Tensor.of(new byte[] {0, 1, 0}).to(DType.UINT8), 0));
        same(NDArray.of(new double[] {1, 2}, 2), Statistics.bincount(Tensor.of(new boolean[] {true, false, true}), 0));
        for (DType dtype : DTypes.ofReals()) {
            if (dtype.isNumber()) {
                Tensor sums = Statistics.bincount(
                        Tensor.of(new int[] {1, 0, 1}),
                        3,
                        NDArray.of(new double[] {2, 3, 4}, 3).toTensor(dtype));
                assertEquals(dtype.isFloating() ? dtype : DType.INT64, sums.dtype());
                same(NDArray.of(new double[] {3, 6, 0}, 3), sums);
            }
        }
    }

    @Test
    void quantilesBesideInfinity() {
        double inf = Double.POSITIVE_INFINITY;
        Tensor x = Tensor.of(new double[][] {{1, inf}, {-inf, 1}, {inf, inf}, {-inf, inf}, {-1.5e308, 1.5e308}});
        double[][] expected = {{1, inf, inf}, {-inf, -inf, -inf}, {inf, inf, inf}, {-inf, Double.NaN, Double.NaN}};
        for (int k = 0; k < 3; k++) {
            int column = k;
            Tensor q = Statistics.quantile(x, new double[] {0, 0.25, 0.75}[k], 1);
            same(NDArray.generate(new long[] {4}, i -> expected[(int) i[0]][column]), q.slice(0, 0, 4));
        }
        // Two roundings of numbers of that magnitude.
        close(NDArray.scalar(-0.75e308), Statistics.quantile(x.select(0, 4), 0.25), 2 * Math.ulp(1.5e308));
    }

    /** So many that they are added up in several lines, and a last line that is not full. */
    @Test
    void many() {
        int n = 3001;
        Tensor places = Random.randint(1, 0, 5, n);
        Tensor weights = Random.normal(2, DType.FLOAT64, n);
        long[] at = places.toLongArray();
        double[] w = weights.toDoubleArray();
        double[] counts = new double[5];
        double[] sums = new double[5];
        for (int i = 0; i < n; i++) {
            counts[(int) at[i]]++;
            sums[(int) at[i]] += w[i];
        }
        same(NDArray.of(counts, 5), Statistics.bincount(places, 0));
        // Each sum has n roundings of at most n * 5 in magnitude, in either order.
        close(NDArray.of(sums, 5), Statistics.bincount(places, 0, weights), 2.0 * n * n * Math.ulp(5.0));
        Tensor again = Statistics.bincount(places, 0, weights);
        assertArrayEquals(
                again.toDoubleArray(), Statistics.bincount(places, 0, weights).toDoubleArray(), 0.0);
        same(NDArray.of(counts, 5), Statistics.histogram(places, 5, 0, 5).counts());
        long far = 100_000;
        Tensor one = Statistics.bincount(Tensor.of(new long[] {far}), 0);
        assertEquals(far + 1, one.size());
        assertEquals(1, one.slice(0, far, far + 1).itemLong());
    }

    @Test
    @OnlyOn({DeviceUnderTest.SIM, DeviceUnderTest.GPU})
    void nothingWaits() {
        Tensor x = Random.normal(1, DType.FLOAT32, 4, 9);
        Tensor[] results = new Tensor[6];
        Runnable work = () -> {
            results[0] = Order.topk(x, 3, 1).values();
            results[1] = Order.searchSorted(Order.sort(x, 1), x, true);
            results[2] = Statistics.median(x, 0);
            results[3] = Statistics.quantile(x, 0.3);
            results[4] = Statistics.histogram(x, 4).counts();
            results[5] = Statistics.bincountEx(x.to(DType.INT64), 3, x);
        };
        try (DeviceGraph graph = device().capture(work)) {
            InPlace.assign(x, Random.normal(2, DType.FLOAT32, 4, 9));
            graph.replay();
            List<NDArray> replayed = Arrays.stream(results).map(NDArray::of).toList();
            work.run();
            for (int i = 0; i < results.length; i++) {
                same(replayed.get(i), results[i]);
            }
        }
    }

    @Test
    void refusals() {
        Tensor x = Tensor.ones(DType.FLOAT64, 2, 3);
        Tensor z = Tensor.zeros(DType.COMPLEX64, 2);
        Tensor labels = Tensor.of(new int[] {1, -2});
        Tensor ones = Tensor.ones(DType.BOOL, 2);
        Tensor none = Tensor.zeros(DType.FLOAT64, 2, 0);
        refused(DTypeException.class, () -> Statistics.median(z), "median: complex numbers have no order");
        refused(DTypeException.class, () -> Statistics.quantile(z, 0.5), "quantile: complex");
        refused(DTypeException.class, () -> Statistics.histogram(z, 3), "histogram: complex");
        refused(ShapeException.class, () -> Statistics.median(none, 1), "median: no elements in shape [2,0] along [1]");
        assertEquals(Shape.of(0), Statistics.median(none, 0).shape());
        refused(ShapeException.class, () -> Statistics.median(x, 2), "median: axis 2 is out of range for shape [2,3]");
        refused(ShapeException.class, () -> Statistics.median(x, 1, -1), "axis -1 is given twice for shape [2,3]");
        refused(TensorException.class, () -> Statistics.quantile(x, 1.5), "quantile: q = 1.5", "[2,3]", "0 <= q <= 1");
        refused(TensorException.class, () -> Statistics.quantile(x, Double.NaN), "quantile: q = NaN");
        refused(TensorException.class, () -> Statistics.quantile(x, new double[0]), "quantile: no q");
        refused(TensorException.class, () -> Statistics.histogram(x, 0, 0, 1), "histogram: 0 bins", "[2,3]");
        refused(TensorException.class, () -> Statistics.histogram(x, 2, 1, 1), "histogram: edges from 1.0 to 1.0");
        Tensor single = x.to(DType.FLOAT32);
        refused(TensorException.class, () -> Statistics.histogram(single, 2, 0, 1e39), "finite numbers of float32");
        refused(
                TensorException.class,
                () -> Statistics.histogram(single, 3, 1, 1 + 1e-12),
                "no 3 different numbers of float32");
        refused(
                TensorException.class,
                () -> Statistics.histogram(x, Integer.MAX_VALUE),
                "histogram: 2147483647 bins",
                "[2,3]");
        Tensor last = Tensor.of(new long[] {Long.MAX_VALUE});
        refused(TensorException.class, () -> Statistics.bincount(last, 0), "more than 2^63-1");
        refused(TensorException.class, () -> Statistics.bincountEx(last, Long.MAX_VALUE), "more than 2^63-1");
        refused(
                ShapeException.class,
                () -> Statistics.histogram(x, 2, 0, 1, x.select(0, 0)),
                "histogram: weights of shape [3] for shape [2,3]");
        refused(
                DTypeException.class,
                () -> Statistics.bincount(x, 0),
                "bincount: counts integers or bool, got float64 [2,3]");
        refused(TensorException.class, () -> Statistics.bincount(labels, 0), "bincount: -2 occurs in shape [2]");
        refused(TensorException.class, () -> Statistics.bincount(labels, -1), "bincount: at least -1 counts");
        refused(TensorException.class, () -> Statistics.bincountEx(labels, -1), "bincountEx: -1 counts");
        refused(DTypeException.class, () -> Statistics.bincount(labels, 0, ones), "bincount: weights of bool [2]");
        refused(
                DTypeException.class,
                () -> Statistics.bincount(labels, 0, z),
                "bincount: complex numbers have no order");
    }

    /** NumPy's medians; its histogram refuses the second range. */
    @Test
    void theEndsOfTheRange() {
        Tensor least = Tensor.of(new double[] {Double.MIN_VALUE, Double.MIN_VALUE});
        assertEquals(Double.MIN_VALUE, Statistics.median(least).item());
        assertEquals(
                Float.MIN_VALUE,
                Statistics.median(Tensor.of(new float[] {Float.MIN_VALUE, Float.MIN_VALUE}))
                        .item());
        Tensor wide = Tensor.of(new double[] {-1.7e308, 1.7e308, 1e308});
        assertEquals(1e308, Statistics.median(wide).item());
        assertEquals(1.35e308, Statistics.median(wide.slice(0, 1, 3)).item(), Math.ulp(1.35e308));
        Statistics.Histogram histogram = Statistics.histogram(wide, 2);
        assertArrayEquals(new long[] {1, 2}, histogram.counts().toLongArray());
        assertArrayEquals(new double[] {-1.7e308, 0, 1.7e308}, histogram.edges().toDoubleArray());
    }
}
