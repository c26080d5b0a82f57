package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Order;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Sorting against the sort of Java's boxed numbers, which is stable. */
public class OrderContract extends Contract {
    private static final double[] SPECIAL = {
        0.0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1, -1, 2.5, -2.5, 0.0, -0.0
    };

    /** NaN after all else, -0.0 as 0.0. */
    private static Comparator<Double> order(boolean descending) {
        return (x, y) -> x.isNaN() || y.isNaN()
                ? Boolean.compare(x.isNaN(), y.isNaN())
                : (descending ? -1 : 1) * Double.compare(x + 0.0, y + 0.0);
    }

    /** The positions of the elements in order along an axis. */
    private static NDArray positions(NDArray x, boolean descending, int axis) {
        int n = (int) x.shape()[axis];
        long[] others = x.shape();
        others[axis] = 1;
        double[][] lines = new double[(int) Shape.of(others).size()][];
        int[] next = {0};
        NDArray.forEach(others, index -> {
            long[] at = index.clone();
            Double[] line = new Double[n];
            Arrays.setAll(line, i -> {
                at[axis] = i;
                return x.get(at);
            });
            Comparator<Integer> byValue = Comparator.comparing(i -> line[i], order(descending));
            lines[next[0]++] = IntStream.range(0, n)
                    .boxed()
                    .sorted(byValue)
                    .mapToDouble(i -> i)
                    .toArray();
        });
        long[] weights = new long[others.length];
        long weight = 1;
        for (int i = others.length - 1; i >= 0; i--) {
            weights[i] = i == axis ? 0 : weight;
            weight *= others[i];
        }
        return NDArray.generate(x.shape(), index -> {
            long line = 0;
            for (int i = 0; i < index.length; i++) {
                line += index[i] * weights[i];
            }
            return lines[(int) line][(int) index[axis]];
        });
    }

    private static NDArray along(NDArray x, NDArray positions, int axis) {
        return NDArray.generate(positions.shape(), index -> {
            long[] at = index.clone();
            at[axis] = (long) positions.get(index);
            return x.get(at);
        });
    }

    private static NDArray values(DType dtype, SplittableRandom random, long... shape) {
        return switch (dtype) {
            case BOOL -> NDArray.integers(random, 0, 2, shape);
            case INT8 -> NDArray.integers(random, -128, 128, shape);
            case UINT8 -> NDArray.integers(random, 0, 256, shape);
            case INT32, INT64 ->
                NDArray.generate(
                        shape,
                        i -> random.nextInt(5) == 0
                                ? (random.nextBoolean() ? Integer.MIN_VALUE : Integer.MAX_VALUE)
                                : random.nextInt(-9, 9));
            default ->
                NDArray.generate(
                                shape,
                                i -> random.nextInt(3) == 0
                                        ? SPECIAL[random.nextInt(SPECIAL.length)]
                                        : random.nextInt(-20, 20) / 8.0)
                        .wrapped(dtype);
        };
    }

    private static void sorts(SplittableRandom random, NDArray x, DType dtype, int axis) {
        Tensor t = strided(random, x, dtype);
        for (boolean descending : new boolean[] {false, true}) {
            NDArray positions = positions(x, descending, axis);
            Tensor order = Order.argsort(t, descending, axis);
            assertEquals(DType.INT64, order.dtype());
            same(positions, order);
            Tensor sorted = Order.sort(t, descending, axis - x.rank());
            assertEquals(dtype, sorted.dtype());
            same(along(x, positions, axis), sorted);
        }
        same(x, t);
    }

    @Test
    void everyDTypeAlongEveryAxis() {
        for (DType dtype : DTypes.ofReals()) {
            SplittableRandom random = random(dtype.ordinal());
            for (long[] shape : new long[][] {{1}, {2}, {33}, {5, 4}, {3, 1, 7}, {2, 3, 4, 2}, {2, 700}}) {
                for (int axis = 0; axis < shape.length; axis++) {
                    sorts(random, values(dtype, random, shape), dtype, axis);
                }
            }
        }
    }

    /** A block on a card sorts 2048 elements; the CPU sorts 2^15 and more by all threads. */
    @Test
    void longLines() {
        for (DType dtype : DTypes.ofReals()) {
            SplittableRandom random = random(dtype.ordinal());
            sorts(random, values(dtype, random, 2, 2049), dtype, 1);
        }
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.INT64}) {
            SplittableRandom random = random(dtype.ordinal());
            sorts(random, values(dtype, random, 9000, 2), dtype, 0);
            sorts(random, values(dtype, random, (1 << 15) + 5), dtype, 0);
            sorts(random, NDArray.integers(random, -4000, 4000, 4096), dtype, 0);
        }
    }

    @Test
    void manyShortLines() {
        for (long n : new long[] {1, 2, 3, 17, 64}) {
            SplittableRandom random = random(n);
            sorts(random, values(DType.FLOAT32, random, 700, n), DType.FLOAT32, 1);
            sorts(random, values(DType.FLOAT64, random, n, 300), DType.FLOAT64, 0);
        }
    }

    @Test
    void wholeRange() {
        long[] longs = {Long.MAX_VALUE, -1, Long.MIN_VALUE, 0, 1L << 32, (1L << 32) - 1, -(1L << 32), Long.MIN_VALUE + 1
        };
        long[] expected = longs.clone();
        Arrays.sort(expected);
        assertArrayEquals(expected, Order.sort(Tensor.of(longs), 0).toLongArray());
        double[] doubles = new double[5000];
        SplittableRandom random = random(1);
        Arrays.setAll(doubles, i -> {
            double x = Double.longBitsToDouble(random.nextLong());
            return Double.isNaN(x) ? i : x;
        });
        double[] sorted = doubles.clone();
        Arrays.sort(sorted);
        assertArrayEquals(sorted, Order.sort(Tensor.of(doubles), 0).toDoubleArray());
        float[] floats = new float[5000];
        for (int i = 0; i < floats.length; i++) {
            float x = Float.intBitsToFloat(random.nextInt());
            floats[i] = Float.isNaN(x) ? i : x;
        }
        float[] floatsSorted = floats.clone();
        Arrays.sort(floatsSorted);
        assertArrayEquals(floatsSorted, Order.sort(Tensor.of(floats), 0).toFloatArray());
    }

    @Test
    void nothingAndViews() {
        for (long[] shape : new long[][] {{0}, {0, 3}, {3, 0}}) {
            Tensor none = Tensor.zeros(DType.FLOAT32, shape);
            assertEquals(Shape.of(shape), Order.sort(none, 0).shape());
            assertEquals(Shape.of(shape), Order.argsort(none, true, -1).shape());
        }
        Tensor same = Tensor.of(new double[] {3, 1, 2}).unsqueeze(1).expand(3, 4);
        assertArrayEquals(
                new double[] {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3},
                Order.sort(same, 0).toDoubleArray());
        assertArrayEquals(
                new long[] {0, 1, 2, 3},
                Order.argsort(same, true, 1).select(0, 2).toLongArray());
        Tensor x = Tensor.of(new double[] {3, 1, 2});
        Tensor sorted = Order.sort(x, 0);
        same(NDArray.of(new double[] {3, 1, 2}, 3), x);
        same(NDArray.of(new double[] {3, 2, 1}, 3), Order.sort(sorted, true, 0));
    }

    /** Much fewer than there are: all else is left out before sorting, unless keys of most begin alike. */
    private static void few(DType dtype, int k, long... shape) {
        SplittableRandom random = random(k);
        NDArray plain = values(dtype, random, shape);
        boolean integer = dtype == DType.INT32 || dtype == DType.INT64;
        NDArray spread = integer ? NDArray.integers(random, Integer.MIN_VALUE, Integer.MAX_VALUE, shape) : plain;
        for (NDArray x : integer ? new NDArray[] {plain, spread} : new NDArray[] {plain}) {
            Tensor t = strided(random, x, dtype);
            for (boolean largest : new boolean[] {true, false}) {
                NDArray first = positions(x, largest, 1).slice(1, 0, k, 1);
                same(first, Order.topk(t, k, largest, 1).indices());
            }
        }
    }

    @Test
    void largestAndSmallest() {
        for (DType dtype : DTypes.ofReals()) {
            SplittableRandom random = random(dtype.ordinal());
            NDArray x = values(dtype, random, 3, 6, 2);
            Tensor t = strided(random, x, dtype);
            for (boolean largest : new boolean[] {true, false}) {
                NDArray positions = positions(x, largest, 1);
                for (long k : new long[] {0, 1, 4, 6}) {
                    NDArray first = positions.slice(1, 0, k, 1);
                    Order.TopK found = Order.topk(t, k, largest, -2);
                    same(first, found.indices());
                    same(along(x, first, 1), found.values());
                    assertEquals(dtype, found.values().dtype());
                }
            }
        }
        for (DType dtype : DTypes.ofReals()) {
            few(dtype, 3, 2, 400);
            few(dtype, 2, 3, 2100);
        }
        few(DType.FLOAT32, 40, 1, (1 << 15) + 5);
        few(DType.INT64, 40, 1, (1 << 15) + 5);
        Tensor x = Tensor.of(new double[] {1, Double.NaN, 3});
        same(NDArray.of(new double[] {3, 1, Double.NaN}, 3), Order.topk(x, 3, 0).values());
        refused(
                ShapeException.class,
                () -> Order.topk(x, 4, 0),
                "topk: k = 4 for axis 0 of shape [3], which has 3 elements; need 0 <= k <= 3");
        refused(ShapeException.class, () -> Order.topk(x, -1, 0), "topk: k = -1");
        refused(DTypeException.class, () -> Order.topk(Tensor.zeros(DType.COMPLEX128, 2), 1, 0), "topk: complex");
    }

    /** By counting what comes before. */
    private static NDArray places(NDArray lines, NDArray sought, boolean right) {
        Comparator<Double> order = order(false);
        int last = sought.rank() - 1;
        return NDArray.generate(sought.shape(), index -> {
            long[] at = lines.rank() == 1 ? new long[1] : index.clone();
            long before = 0;
            for (int i = 0; i < lines.shape()[lines.rank() - 1]; i++) {
                at[lines.rank() == 1 ? 0 : last] = i;
                int compared = order.compare(lines.get(at), sought.get(index));
                before += compared < 0 || (right && compared == 0) ? 1 : 0;
            }
            return before;
        });
    }

    @Test
    void searches() {
        for (DType dtype : DTypes.ofReals()) {
            SplittableRandom random = random(dtype.ordinal());
            for (int n : new int[] {0, 1, 13, 700}) {
                NDArray lines = values(dtype, random, 3, n);
                NDArray sorted = along(lines, positions(lines, false, 1), 1);
                Tensor t = strided(random, sorted, dtype);
                for (int m : new int[] {0, 1, 9}) {
                    NDArray sought = values(dtype, random, 3, m);
                    Tensor wanted = strided(random, sought, dtype);
                    for (boolean right : new boolean[] {false, true}) {
                        same(places(sorted, sought, right), Order.searchSorted(t, wanted, right));
                        same(
                                places(sorted.select(0, 1), sought, right),
                                Order.searchSorted(t.select(0, 1), wanted, right));
                    }
                }
            }
        }
        Tensor edges = Tensor.of(new double[] {1, 2, 3});
        assertEquals(2, Order.searchSorted(edges, Tensor.of(2.5), false).itemLong());
        Tensor rows = Order.searchSorted(edges.expand(2, 1, 3), Tensor.of(new double[][] {{0, 3}, {9, 2}}), false);
        assertEquals(Shape.of(2, 2, 2), rows.shape());
        assertArrayEquals(new long[] {0, 2, 3, 1, 0, 2, 3, 1}, rows.toLongArray());
        refused(
                DTypeException.class,
                () -> Order.searchSorted(edges, Tensor.of(new float[] {1}), false),
                "searchSorted: operands have dtypes float64 [3], float32 [1]");
        refused(
                ShapeException.class,
                () -> Order.searchSorted(Tensor.zeros(DType.FLOAT64, 2, 3), Tensor.of(1.0), true),
                "searchSorted: float64 of shape [] in lines of shape [2,3]; need [n]");
        refused(
                ShapeException.class,
                () -> Order.searchSorted(Tensor.zeros(DType.FLOAT64, 2, 3), Tensor.zeros(DType.FLOAT64, 3, 3), true),
                "searchSorted: shapes [2], [3] do not broadcast");
    }

    @Test
    void differentElements() {
        for (DType dtype : DTypes.ofReals()) {
            SplittableRandom random = random(dtype.ordinal());
            NDArray x = values(dtype, random, 5, 8);
            Tensor t = strided(random, x, dtype);
            Order.Unique found = Order.uniqueAll(t);
            assertEquals(dtype, found.values().dtype());
            double[] values = found.values().to(DType.FLOAT64).toDoubleArray();
            long[] inverse = found.inverse().toLongArray();
            long[] counts = new long[values.length];
            long[] first = new long[values.length];
            Arrays.fill(first, -1);
            for (int i = 0; i < x.size(); i++) {
                int which = (int) inverse[i];
                assertEquals(0, order(false).compare(x.data()[i], values[which]));
                first[which] = first[which] < 0 ? i : first[which];
                counts[which]++;
            }
            assertArrayEquals(counts, found.counts().toLongArray());
            assertArrayEquals(first, found.indices().toLongArray());
            for (int i = 1; i < values.length; i++) {
                assertTrue(order(false).compare(values[i - 1], values[i]) < 0);
            }
            same(NDArray.of(found.values()), Order.unique(t));
        }
        refused(DTypeException.class, () -> Order.unique(Tensor.zeros(DType.COMPLEX64, 2)), "unique: complex");
    }

    @Test
    void refusals() {
        Tensor z = Tensor.zeros(DType.COMPLEX64, 2, 3);
        refused(
                DTypeException.class,
                () -> Order.sort(z, 0),
                "sort: complex numbers have no order",
                "[2,3]",
                "take abs");
        refused(DTypeException.class, () -> Order.argsort(z, 0), "argsort: complex numbers have no order");
        Tensor t = Tensor.zeros(DType.FLOAT32, 2, 3);
        refused(ShapeException.class, () -> Order.sort(t, 2), "sort: axis 2 is out of range for shape [2,3]");
        refused(ShapeException.class, () -> Order.argsort(Tensor.of(1.0), 0), "argsort: axis 0 is out of range");
        Tensor long1 = Tensor.zeros(DType.INT8, 1).expand(1L << 31);
        long before = live();
        refused(
                ShapeException.class,
                () -> Order.sort(long1, 0),
                "sort: 2147483648 elements along axis 0 of shape [2147483648], more than the 2147483639");
        assertEquals(before, live());
    }
}
