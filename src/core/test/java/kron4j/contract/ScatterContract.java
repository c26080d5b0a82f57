package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.Indexing;
import kron4j.ops.Scatter;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Writing and adding at positions, and picking by truth values, against loops. */
public class ScatterContract extends Contract {
    private static NDArray values(DType dtype, long seed, long... shape) {
        return NDArray.integers(random(seed), 0, dtype == DType.BOOL ? 2 : 50, shape);
    }

    /** The obvious loop; what is outside is left out. */
    private static NDArray scattered(NDArray t, NDArray index, NDArray source, int axis, boolean add) {
        long[] shape = t.shape();
        double[] out = t.data();
        NDArray.forEach(index.shape(), i -> {
            long[] at = i.clone();
            long n = shape[axis];
            long chosen = (long) index.get(i);
            at[axis] = chosen < 0 ? chosen + n : chosen;
            if (at[axis] < 0 || at[axis] >= n) {
                return;
            }
            int place = 0;
            for (int k = 0; k < shape.length; k++) {
                place = (int) (place * shape[k] + at[k]);
            }
            out[place] = source.get(i) + (add ? out[place] : 0);
        });
        return NDArray.of(out, shape);
    }

    /** Long enough for other ways on a card, also what they make of it: many, few and one place, each often or never; zeros that stay, infinities that stay where they are. */
    @Test
    void oneLongLineIsAddedUp() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.INT64, DType.INT32, DType.FLOAT16}) {
            for (int size : new int[] {1, 7, 3000}) {
                int n = 9000;
                NDArray t = values(dtype, 1, size, 1);
                SplittableRandom random = random(size);
                NDArray index = NDArray.generate(new long[] {n, 1}, i -> random.nextInt(size) / 2 * 2);
                NDArray source = NDArray.integers(random, 0, 2, n, 1);
                Tensor x = t.toTensor(dtype);
                Tensor sums = Scatter.scatterAdd(x, index.toTensor(DType.INT64), source.toTensor(dtype), 0);
                if (dtype != DType.FLOAT16 || size > 7) {
                    same(scattered(t, index, source, 0, true), sums);
                }
            }
        }
    }

    @Test
    void whatALongLineAddsUpStaysInItsPlace() {
        int n = 10_000;
        double[] terms = new double[n];
        long[] places = new long[n];
        for (int j = 0; j < n; j++) {
            places[j] = 2L + j % 5;
            terms[j] =
                    places[j] == 2 ? Double.POSITIVE_INFINITY : places[j] == 3 ? Double.NaN : places[j] == 4 ? -0.0 : 1;
        }
        Tensor zeros = Tensor.of(new double[] {-0.0, 5, 0, 0, -0.0, 0, 1e300});
        double[] sums = Scatter.scatterAdd(zeros, Tensor.of(places), Tensor.of(terms), 0)
                .toDoubleArray();
        assertArrayEquals(new double[] {-0.0, 5, Double.POSITIVE_INFINITY, Double.NaN, -0.0, n / 5, 1e300}, sums);
    }

    private static final long[][][] CASES = {
        {{5}, {9}, {9}},
        {{4, 3}, {2, 3}, {3, 3}},
        {{3, 70}, {3, 40}, {3, 41}},
        {{2, 3, 4}, {2, 2, 3}, {2, 3, 3}},
        {{3, 2}, {0, 2}, {1, 2}},
        {{40, 33}, {40, 33}, {40, 33}},
    };

    @Test
    void scatters() {
        for (DType dtype : DTypes.ofReals()) {
            for (long[][] shapes : CASES) {
                for (int axis = 0; axis < shapes[0].length; axis++) {
                    SplittableRandom random = random(axis);
                    int n = (int) shapes[0][axis];
                    NDArray t = values(dtype, 1, shapes[0]);
                    NDArray source = values(dtype, 2, shapes[2]);
                    NDArray index = NDArray.integers(random, -n, n, shapes[1]);
                    Tensor a = strided(random, t, dtype);
                    Tensor b = strided(random, source, dtype);
                    Tensor i = strided(random, index, axis == 0 ? DType.INT64 : DType.INT32);
                    NDArray expected = scattered(t, index, source, axis, false);
                    same(expected, Scatter.scatter(a, i, b, axis));
                    same(expected, Scatter.scatterEx(a, i, b, axis - t.rank()));
                    same(t, a);
                    if (dtype != DType.BOOL) {
                        NDArray sums = scattered(t, index, source, axis, true);
                        same(sums, Scatter.scatterAdd(a, i, b, axis));
                        same(sums, Scatter.scatterAddEx(a, i, b, axis));
                    }
                }
            }
        }
    }

    @Test
    void leavesOutWhatIsOutside() {
        NDArray t = NDArray.counting(4, 3);
        NDArray index = NDArray.of(new double[] {4, -5, 0, 3, -1, 100}, 2, 3);
        NDArray source = NDArray.of(new double[] {10, 20, 30, 40, 50, 60}, 2, 3);
        for (DType dtype : NUMBERS) {
            Tensor a = t.toTensor(dtype);
            Tensor i = index.toTensor(DType.INT64);
            Tensor b = source.toTensor(dtype);
            same(scattered(t, index, source, 0, false), Scatter.scatterEx(a, i, b, 0));
            same(scattered(t, index, source, 0, true), Scatter.scatterAddEx(a, i, b, 0));
            refused(
                    TensorException.class,
                    () -> Scatter.scatter(a, i, b, 0),
                    "scatter: index 100 is out of range for size 4 (index of shape [2,3]); need -4 <= index < 4");
            refused(TensorException.class, () -> Scatter.scatterAdd(a, i, b, 0), "scatterAdd: index 100");
            same(t, Scatter.scatterEx(a, i.multiply(0).add(7), b, 0));
        }
        Tensor empty = Tensor.zeros(DType.FLOAT64, 0);
        Tensor one = Tensor.of(new long[] {0});
        assertEquals(
                Shape.of(0),
                Scatter.scatterEx(empty, one, Tensor.of(new double[] {1}), 0).shape());
        assertEquals(
                Shape.of(0),
                Scatter.scatterAddEx(empty, one, Tensor.of(new double[] {1}), 0).shape());
        refused(
                TensorException.class,
                () -> Scatter.scatterAdd(empty, one, Tensor.of(new double[] {1}), 0),
                "scatterAdd: index 0 is out of range for size 0");
        Tensor zero = Tensor.of(new double[] {-0.0, 1});
        Tensor outside = Tensor.of(new long[] {2, -3});
        assertArrayEquals(
                new double[] {-0.0, 1},
                Scatter.scatterAddEx(zero, outside, Tensor.of(new double[] {5, Double.NaN}), 0)
                        .toDoubleArray());
    }

    /** Along lines that follow each other: an index that counts from the end or is outside in one place, the last one too. */
    @Test
    void looksAtEveryEntry() {
        for (DType dtype : NUMBERS) {
            for (int[] sizes : new int[][] {{3, 7, 5}, {1, 20, 2100}, {1, (1 << 17) + 1, 33_000}}) {
                SplittableRandom random = random(sizes[1]);
                int n = sizes[1];
                int count = sizes[0] * sizes[2];
                NDArray t = values(dtype, 1, sizes[0], n);
                NDArray source = values(dtype, 2, sizes[0], sizes[2]);
                long[] within = random.longs(count, 0, n).toArray();
                Tensor a = t.toTensor(dtype);
                Tensor b = source.toTensor(dtype);
                for (int at : new int[] {0, count / 2, count - 1}) {
                    long[] entries = within.clone();
                    entries[at] = -n;
                    Tensor wrapped = Tensor.of(entries, sizes[0], sizes[2]);
                    NDArray index = NDArray.of(wrapped);
                    same(scattered(t, index, source, 1, false), Scatter.scatter(a, wrapped, b, 1));
                    same(scattered(t, index, source, 1, true), Scatter.scatterAdd(a, wrapped, b, 1));
                    double[] picked =
                            Indexing.gather(a, wrapped, 1).to(DType.FLOAT64).toDoubleArray();
                    for (int i = 0; i < count; i++) {
                        assertEquals(t.get(i / sizes[2], Math.floorMod(entries[i], n)), picked[i]);
                    }
                    for (long entry :
                            new long[] {n, -n - 1, n + (1L << 32), 1L << 32, Long.MIN_VALUE, Long.MAX_VALUE}) {
                        entries[at] = entry;
                        Tensor i = Tensor.of(entries, sizes[0], sizes[2]);
                        String fact = ": index " + entry + " is out of range for size " + n;
                        refused(TensorException.class, () -> Scatter.scatter(a, i, b, 1), "scatter" + fact);
                        refused(TensorException.class, () -> Scatter.scatterAdd(a, i, b, 1), "scatterAdd" + fact);
                        refused(TensorException.class, () -> Indexing.gather(a, i, 1), "gather" + fact);
                    }
                }
                same(t, a);
            }
        }
    }

    /** Sums in the order of the index: others would round differently. */
    @Test
    void addsInOrder() {
        Tensor t = Tensor.of(new double[] {0, 1});
        Tensor index = Tensor.of(new long[] {1, 0, 1, 0, 1});
        Tensor source = Tensor.of(new double[] {1e16, 1e16, -1e16, 1, 1});
        assertArrayEquals(
                new double[] {1e16, 1 + 1e16 - 1e16 + 1},
                Scatter.scatterAdd(t, index, source, 0).toDoubleArray());
    }

    @Test
    void writesTheLast() {
        Tensor t = Tensor.zeros(DType.FLOAT32, 3);
        Tensor index = Elementwise.remainder(Creation.arange(5000), 2);
        Tensor source = Creation.arange(5000).to(DType.FLOAT32);
        assertArrayEquals(
                new double[] {4998, 4999, 0},
                Scatter.scatter(t, index, source, 0).toDoubleArray());
        assertArrayEquals(
                new double[] {7, 7, 0}, Scatter.scatter(t, index, 7, 0).toDoubleArray());
    }

    @Test
    void addsSlices() {
        for (DType dtype : NUMBERS) {
            NDArray t = values(dtype, 1, 3, 4, 2);
            for (int axis = 0; axis < 3; axis++) {
                int a = axis;
                NDArray index = NDArray.of(new double[] {1, 0, -1, 1, 1}, 5);
                NDArray source =
                        values(dtype, 2, Shape.of(3, 4, 2).with(axis, 5).dims());
                NDArray all = NDArray.generate(source.shape(), i -> index.get(i[a]));
                Tensor x = strided(random(1), t, dtype);
                Tensor y = strided(random(2), source, dtype);
                same(scattered(t, all, source, a, true), Scatter.indexAdd(x, index.toTensor(DType.INT32), y, a));
                NDArray wild = NDArray.of(new double[] {1, 7, -9, 0, 1}, 5);
                NDArray some = NDArray.generate(source.shape(), i -> wild.get(i[a]));
                same(scattered(t, some, source, a, true), Scatter.indexAddEx(x, wild.toTensor(DType.INT64), y, a - 3));
            }
        }
    }

    /** As numpy.put of NumPy 2: values repeat, or are left out at the end; the last one stays. */
    @Test
    void puts() {
        Tensor t = NDArray.counting(2, 3).toTensor(DType.INT32).transpose();
        assertArrayEquals(
                new double[] {0, -1, 1, -2, -1, 5},
                Scatter.put(
                                t,
                                Tensor.of(new long[][] {{1, 3}, {4, 1}})
                                        .slice(1, 0, 2)
                                        .reshape(-1)
                                        .slice(0, 0, 3),
                                Tensor.of(new int[] {-1, -2}))
                        .toDoubleArray());
        assertArrayEquals(
                new double[] {0, 3, 1, 4, 2, 9},
                Scatter.put(t, Tensor.of(new int[] {-1}), Tensor.of(new int[][] {{9, 8}}))
                        .toDoubleArray());
        assertArrayEquals(
                new double[] {0, 3, 1, 4, 2, 9},
                Scatter.putEx(t, Tensor.of(new int[] {-1, 6, -7}), Tensor.of(new int[] {9}))
                        .toDoubleArray());
        same(NDArray.of(t), Scatter.put(t, Tensor.of(new int[0]), Tensor.of(new int[0])));
        refused(
                TensorException.class,
                () -> Scatter.put(t, Tensor.of(6), Tensor.of(1)),
                "put: index 6 is out of range");
        refused(
                ShapeException.class,
                () -> Scatter.put(t, Tensor.of(1), Tensor.of(new int[0])),
                "put: no values (shape [0]) for an index of shape []");
    }

    @Test
    void complexAndHalves() {
        Tensor index = Tensor.of(new long[] {2, 0, 2, 9});
        for (DType dtype : DTypes.complex()) {
            Tensor z = Tensor.zeros(dtype, 3);
            Tensor source = ComplexNumbers.complex(
                    Tensor.of(new double[] {1, 2, 3, 4}).to(dtype.realPart()),
                    Tensor.of(new double[] {10, 20, 30, 40}).to(dtype.realPart()));
            Tensor sums = Scatter.scatterAddEx(z, index, source, 0);
            assertEquals(new Complex(4, 40), sums.select(0, 2).itemComplex());
            assertEquals(
                    new Complex(3, 30),
                    Scatter.scatterEx(z, index, source, 0).select(0, 2).itemComplex());
            Tensor mask = Tensor.of(new boolean[] {true, false, true, false});
            assertEquals(
                    new Complex(3, 30),
                    Scatter.booleanMask(source, mask).select(0, 1).itemComplex());
            assertEquals(
                    new Complex(0, 1),
                    Scatter.maskedFill(source, mask, new Complex(0, 1))
                            .select(0, 0)
                            .itemComplex());
            same(NDArray.of(new double[] {0, 2}, 2, 1), Scatter.nonzero(sums));
        }
        for (DType dtype : DTypes.halves()) {
            Tensor many = Tensor.ones(dtype, 1).expand(3000);
            Tensor sum = Scatter.scatterAdd(
                    Tensor.zeros(dtype, 1), Tensor.zeros(DType.INT64, 1).expand(3000), many, 0);
            same(NDArray.of(new double[] {3000}, 1), sum);
        }
    }

    @Test
    void picksByMasks() {
        for (DType dtype : DTypes.ofReals()) {
            for (long[] shape : new long[][] {{7}, {3, 4}, {2, 3, 2}, {0, 3}, {40, 33}, {5000}}) {
                NDArray x = values(dtype, 3, shape);
                Tensor t = strided(random(4), x, dtype);
                for (int rank = 1; rank <= shape.length; rank++) {
                    long[] lead = Shape.of(shape).slice(0, rank).dims();
                    NDArray mask = NDArray.integers(random(rank), 0, 2, lead);
                    int width = 1;
                    for (int i = rank; i < shape.length; i++) {
                        width *= (int) shape[i];
                    }
                    double[] data = x.data();
                    double[] flags = mask.data();
                    int count = (int) java.util.Arrays.stream(flags).sum();
                    double[] picked = new double[count * width];
                    int next = 0;
                    for (int i = 0; i < flags.length; i++) {
                        if (flags[i] != 0) {
                            System.arraycopy(data, i * width, picked, width * next++, width);
                        }
                    }
                    long[] result = Shape.of(count)
                            .concat(Shape.of(shape).slice(rank, shape.length))
                            .dims();
                    same(NDArray.of(picked, result), Scatter.booleanMask(t, strided(random(5), mask, DType.BOOL)));
                }
            }
        }
        Tensor t = Tensor.zeros(DType.FLOAT32, 2, 3);
        for (boolean all : new boolean[] {false, true}) {
            Tensor mask = Tensor.full(DType.BOOL, all ? 1 : 0, 2);
            assertEquals(Shape.of(all ? 2 : 0, 3), Scatter.booleanMask(t, mask).shape());
        }
    }

    @Test
    void findsWhatIsNotZero() {
        for (DType dtype : DTypes.ofReals()) {
            for (long[] shape : new long[][] {{}, {9}, {4, 5}, {2, 3, 4}, {0}, {3, 0}, {40, 50}}) {
                NDArray x = NDArray.integers(random(shape.length), 0, 2, shape);
                java.util.List<Double> found = new java.util.ArrayList<>();
                NDArray.forEach(shape, i -> {
                    if (x.get(i) != 0) {
                        for (long k : i) {
                            found.add((double) k);
                        }
                    }
                });
                int count = (int) java.util.Arrays.stream(x.data()).sum();
                NDArray expected = NDArray.of(found.stream().mapToDouble(v -> v).toArray(), count, shape.length);
                same(expected, Scatter.nonzero(strided(random(2), x, dtype)));
            }
        }
        Tensor odd = Tensor.of(new double[] {0, -0.0, Double.NaN, Double.MIN_VALUE});
        same(NDArray.of(new double[] {2, 3}, 2, 1), Scatter.nonzero(odd));
    }

    @Test
    void fills() {
        for (DType dtype : DTypes.ofReals()) {
            NDArray x = values(dtype, 1, 3, 4);
            Tensor mask = Tensor.of(new boolean[] {true, false, false, true});
            NDArray expected = NDArray.generate(x.shape(), i -> i[1] % 3 == 0 ? 1 : x.get(i));
            same(expected, Scatter.maskedFill(strided(random(1), x, dtype), mask, 1));
        }
        Tensor scores = Tensor.of(new double[] {1, 2});
        close(
                NDArray.of(new double[] {1, Double.NEGATIVE_INFINITY}, 2),
                Scatter.maskedFill(scores, Elementwise.greater(scores, 1.5), Double.NEGATIVE_INFINITY),
                0);
    }

    @Test
    void refuses() {
        Tensor t = Tensor.zeros(DType.FLOAT32, 2, 3);
        Tensor index = Tensor.zeros(DType.INT64, 2, 3);
        refused(
                ShapeException.class,
                () -> Scatter.scatter(t, Tensor.zeros(DType.INT64, 3, 3), t, 1),
                "scatter: index of shape [3,3] and source of shape [2,3] for shape [2,3] along axis 1");
        refused(ShapeException.class, () -> Scatter.scatterAdd(t, Tensor.zeros(DType.INT64, 2), t, 1), "ranks");
        refused(ShapeException.class, () -> Scatter.scatter(t, index, t, 2), "scatter: axis 2 is out of range");
        refused(DTypeException.class, () -> Scatter.scatter(t, index, t.to(DType.FLOAT64), 0), "scatter: operands");
        refused(
                DTypeException.class,
                () -> Scatter.scatter(t, t, t, 0),
                "scatter: the index of shape [2,3] is float32");
        refused(DTypeException.class, () -> Scatter.scatter(index, index, 0.5, 0), "scatter");
        Tensor flags = t.to(DType.BOOL);
        refused(
                DTypeException.class,
                () -> Scatter.scatterAdd(flags, index, flags, 0),
                "scatterAdd: bool of shape [2,3] cannot be added to; use scatter");
        refused(
                ShapeException.class,
                () -> Scatter.indexAdd(t, Tensor.of(new long[] {0}), t, 0),
                "indexAdd: index of shape [1] and source of shape [2,3] for shape [2,3] along axis 0");
        refused(
                DTypeException.class,
                () -> Scatter.maskedFill(t, index, 1),
                "maskedFill: the mask of shape [2,3] is int64");
        refused(ShapeException.class, () -> Scatter.maskedFill(t, Tensor.zeros(DType.BOOL, 2), 1), "maskedFill");
        refused(
                ShapeException.class,
                () -> Scatter.booleanMask(t, Tensor.zeros(DType.BOOL, 3)),
                "booleanMask: mask of shape [3] for shape [2,3]");
        refused(ShapeException.class, () -> Scatter.booleanMask(t, Tensor.of(true)), "one at least");
        refused(
                DTypeException.class,
                () -> Scatter.booleanMask(t, t),
                "booleanMask: the mask of shape [2,3] is float32");
        refused(TensorException.class, () -> Fused.of(x -> Scatter.scatterEx(x, index, x, 0), t), "Fused");
        same(NDArray.full(0, 2, 3), Elementwise.abs(t));
    }
}
