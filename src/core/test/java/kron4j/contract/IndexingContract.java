package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.Indexing;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Joining, splitting and picking against index arithmetic, in every dtype. */
public class IndexingContract extends Contract {
    private static NDArray values(DType dtype, SplittableRandom random, long... shape) {
        return NDArray.integers(random, 0, dtype == DType.BOOL ? 2 : 1000, shape);
    }

    @Test
    void concatenates() {
        for (DType dtype : DTypes.ofReals()) {
            for (int axis = 0; axis < 3; axis++) {
                SplittableRandom random = random(axis);
                int a = axis;
                NDArray[] parts = new NDArray[3];
                Tensor[] tensors = new Tensor[3];
                for (int i = 0; i < 3; i++) {
                    parts[i] =
                            values(dtype, random, Shape.of(2, 3, 4).with(a, i).dims());
                    tensors[i] = strided(random, parts[i], dtype);
                }
                NDArray expected = NDArray.generate(Shape.of(2, 3, 4).with(a, 3).dims(), index -> {
                    long[] at = index.clone();
                    at[a] = index[a] == 0 ? 0 : index[a] - 1;
                    return parts[index[a] == 0 ? 1 : 2].get(at);
                });
                same(expected, Indexing.concat(axis - 3, tensors));
                same(parts[1], Indexing.concat(axis, tensors[1]));
            }
        }
        Tensor t = Tensor.zeros(DType.INT32, 2, 3);
        refused(
                ShapeException.class,
                () -> Indexing.concat(0, t, Tensor.zeros(DType.INT32, 2, 2)),
                "concat: shapes [[2,3], [2,2]] differ elsewhere than on axis 0");
        refused(ShapeException.class, () -> Indexing.concat(0, t, Tensor.zeros(DType.INT32, 3)), "differ");
        refused(ShapeException.class, () -> Indexing.concat(2, t), "concat: axis 2 is out of range for shape [2,3]");
        refused(ShapeException.class, () -> Indexing.concat(0), "concat: no tensors");
        Tensor many = Tensor.ones(DType.INT32, 1).expand(1L << 62);
        refused(
                ShapeException.class,
                () -> Indexing.concat(0, many, many, many, many),
                "concat: the sizes add up to more than 2^63-1");
        refused(
                DTypeException.class,
                () -> Indexing.concat(0, t, t.to(DType.INT64)),
                "concat: operands have dtypes int32 [2,3], int64 [2,3]");
    }

    @Test
    void stacksAndSplits() {
        for (DType dtype : DTypes.ofReals()) {
            NDArray x = values(dtype, random(1), 2, 3);
            NDArray y = values(dtype, random(2), 2, 3);
            Tensor a = strided(random(3), x, dtype);
            Tensor b = strided(random(4), y, dtype);
            for (int axis = -3; axis < 3; axis++) {
                int at = axis < 0 ? axis + 3 : axis;
                Tensor stacked = Indexing.stack(axis, a, b);
                same(x, stacked.select(at, 0));
                same(y, stacked.select(at, 1));
                List<Tensor> parts = Indexing.unbind(stacked, axis);
                same(y, parts.get(1));
                assertEquals(stacked.storage(), parts.get(1).storage(), "a view");
            }
            List<Tensor> pieces = Indexing.split(a, 1, 1, 0, 2);
            same(x.slice(1, 0, 1, 1), pieces.get(0));
            assertEquals(Shape.of(2, 0), pieces.get(1).shape());
            same(x.slice(1, 1, 3, 1), pieces.get(2));
            assertEquals(a.storage(), pieces.get(2).storage(), "a view");
        }
        Tensor t = Tensor.zeros(DType.INT32, 2, 3);
        same(NDArray.of(new double[] {4, 5}, 2), Indexing.stack(0, Tensor.of(4), Tensor.of(5)));
        refused(
                ShapeException.class,
                () -> Indexing.stack(0, t, Tensor.zeros(DType.INT32, 3)),
                "stack: shapes [[2,3], [3]] differ");
        refused(ShapeException.class, () -> Indexing.stack(3, t), "stack: axis 3 is out of range");
        refused(
                ShapeException.class,
                () -> Indexing.split(t, 1, 1, 1),
                "split: sizes [1, 1] do not add up to axis 1 of shape [2,3]");
        refused(ShapeException.class, () -> Indexing.split(t, 1, 4, -1), "do not add up");
        long quarter = 1L << 62;
        refused(ShapeException.class, () -> Indexing.split(t, 1, quarter, quarter, quarter, quarter, 3), "2^63-1");
    }

    @Test
    void takes() {
        for (DType dtype : DTypes.ofReals()) {
            NDArray x = values(dtype, random(5), 3, 4, 2);
            Tensor t = strided(random(6), x, dtype);
            for (int axis = 0; axis < 3; axis++) {
                int n = (int) x.shape()[axis];
                int a = axis;
                for (long[] shape : new long[][] {{}, {5}, {2, 3}, {0}, {1, 1, 1}}) {
                    NDArray index = NDArray.integers(random(axis), -n, n, shape);
                    long[] result = Shape.of(x.shape())
                            .slice(0, a)
                            .concat(Shape.of(shape))
                            .concat(Shape.of(x.shape()).slice(a + 1, 3))
                            .dims();
                    NDArray expected = NDArray.generate(result, i -> {
                        long[] at = new long[3];
                        System.arraycopy(i, 0, at, 0, a);
                        at[a] = Math.floorMod((long) index.get(Arrays.copyOfRange(i, a, a + shape.length)), (long) n);
                        System.arraycopy(i, a + shape.length, at, a + 1, 2 - a);
                        return x.get(at);
                    });
                    same(expected, Indexing.take(t, strided(random(7), index, DType.INT64), axis - 3));
                    same(expected, Indexing.take(t, index.toTensor(DType.INT32), axis));
                    same(expected, Indexing.takeEx(t, strided(random(7), index, DType.INT64), axis - 3));
                }
            }
        }
    }

    @Test
    void takesNothingFromOutsideWithoutWaiting() {
        for (DType dtype : DTypes.ofReals()) {
            double none = switch (dtype) {
                case FLOAT32, FLOAT64, FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128 -> Double.NaN;
                case INT32 -> Integer.MIN_VALUE;
                case INT64 -> Long.MIN_VALUE;
                case INT8 -> Byte.MIN_VALUE;
                case UINT8 -> 255;
                case BOOL -> 0;
            };
            Tensor t = NDArray.of(new double[] {1, 0, 1, 1, 0, 1}, 3, 2).toTensor(dtype);
            Tensor index = Tensor.of(new long[] {3, 2, -4, -3, Long.MIN_VALUE, Long.MAX_VALUE});
            double[] rows = {none, none, 0, 1, none, none, 1, 0, none, none, none, none};
            same(NDArray.of(rows, 6, 2), Indexing.takeEx(t, index, 0));
            same(
                    NDArray.of(new double[] {none, none}, 2, 1),
                    Indexing.takeEx(t.slice(0, 0, 0), Tensor.of(0), 0).reshape(2, 1));
        }
        refused(
                DTypeException.class,
                () -> Indexing.takeEx(Tensor.zeros(DType.FLOAT32, 3), Tensor.ones(DType.FLOAT32, 3), 0),
                "takeEx: the index of shape [3] is float32, not of integers; convert it with to(DType.INT64)");
    }

    @Test
    void gathers() {
        for (DType dtype : DTypes.ofReals()) {
            NDArray x = values(dtype, random(8), 3, 4, 2);
            Tensor t = strided(random(9), x, dtype);
            for (int axis = 0; axis < 3; axis++) {
                int n = (int) x.shape()[axis];
                int a = axis;
                NDArray index = NDArray.integers(
                        random(10), -n, n, Shape.of(3, 4, 2).with(axis, 5).dims());
                NDArray expected = NDArray.generate(index.shape(), i -> {
                    long[] at = i.clone();
                    at[a] = Math.floorMod((long) index.get(i), (long) n);
                    return x.get(at);
                });
                same(expected, Indexing.gather(t, strided(random(11), index, DType.INT64), axis - 3));
                NDArray thin = NDArray.integers(
                        random(12), 0, n, Shape.of(1, 1, 1).with(axis, 2).dims());
                same(
                        x.pick(axis, (long) thin.data()[0], (long) thin.data()[1]),
                        Indexing.gather(t, thin.toTensor(DType.INT32), axis));
            }
        }
        Tensor t = Tensor.zeros(DType.FLOAT32, 3, 4);
        refused(
                ShapeException.class,
                () -> Indexing.gather(t, Tensor.of(new int[] {0}), 1),
                "gather: index of shape [1] for shape [3,4]",
                "take");
        refused(
                ShapeException.class,
                () -> Indexing.gather(t, Tensor.zeros(DType.INT64, 2, 1), 1),
                "gather: shapes [3,1], [2,1] do not broadcast");
    }

    @Test
    void indicesOutOfRangeAreNamed() {
        Tensor t = Tensor.of(new double[] {1, 2, 3});
        long before = live();
        TensorScope made = device().openScope();
        refused(
                TensorException.class,
                () -> Indexing.take(t, Tensor.of(new int[] {0, 3}), 0),
                "take: index 3 is out of range for size 3",
                "[2]");
        refused(
                TensorException.class,
                () -> Indexing.take(t, Tensor.of(new long[] {-4}), 0),
                "index -4 is out of range for size 3",
                "-3 <= index < 3");
        refused(
                TensorException.class,
                () -> Indexing.gather(t, Tensor.of(new long[] {Long.MIN_VALUE}), 0),
                "gather: index -9223372036854775808");
        refused(
                TensorException.class,
                () -> Indexing.take(Tensor.zeros(DType.INT32, 0), Tensor.of(0), 0),
                "index 0 is out of range for size 0");
        refused(
                DTypeException.class,
                () -> Indexing.take(t, t, 0),
                "take: the index of shape [3] is float64, not of integers; convert it with to(DType.INT64)");
        refused(
                ShapeException.class,
                () -> Indexing.take(t, Tensor.of(0), 1),
                "take: axis 1 is out of range for shape [3]");
        same(NDArray.of(new double[] {1, 2, 3}, 3), t);
        made.close();
        assertEquals(before, live(), "nothing beside the index and data tensors made here");
    }

    @Test
    void oneHot() {
        Tensor index = Tensor.of(new int[][] {{0, 2}, {1, 1}});
        NDArray expected = NDArray.generate(
                new long[] {2, 2, 3}, i -> i[2] == new int[][] {{0, 2}, {1, 1}}[(int) i[0]][(int) i[1]] ? 1 : 0);
        for (DType dtype : DTypes.ofReals()) {
            Tensor result = Indexing.oneHot(index, 3, dtype);
            assertEquals(dtype, result.dtype());
            same(expected, result);
        }
        refused(
                TensorException.class,
                () -> Indexing.oneHot(index, 2, DType.FLOAT32),
                "oneHot: index 2 is out of range for size 2");
        refused(
                TensorException.class,
                () -> Indexing.oneHot(Tensor.of(-1), 2, DType.FLOAT32),
                "oneHot: index -1",
                "0 <= index < 2");
        assertEquals(
                Shape.of(0, 4),
                Indexing.oneHot(Tensor.zeros(DType.INT64, 0), 4, DType.BOOL).shape());
    }

    @Test
    void triangles() {
        for (DType dtype : DTypes.ofReals()) {
            for (long[] shape : new long[][] {{3, 4}, {2, 4, 3}, {0, 2}}) {
                NDArray x = values(dtype, random(13), shape).map(v -> dtype == DType.BOOL ? v : v + 1);
                Tensor t = strided(random(14), x, dtype);
                int r = shape.length;
                for (int k = -5; k <= 5; k++) {
                    int diagonal = k;
                    same(
                            NDArray.generate(shape, i -> i[r - 1] - i[r - 2] <= diagonal ? x.get(i) : 0),
                            Indexing.tril(t, k));
                    same(
                            NDArray.generate(shape, i -> i[r - 1] - i[r - 2] >= diagonal ? x.get(i) : 0),
                            Indexing.triu(t, k));
                }
            }
        }
        same(
                NDArray.of(new double[] {1, 0, Double.NaN, 1}, 2, 2),
                Indexing.tril(Tensor.of(new double[][] {{1, Double.NaN}, {Double.NaN, 1}}), 0));
        refused(
                ShapeException.class,
                () -> Indexing.triu(Tensor.zeros(DType.INT32, 3), 0),
                "triu: shape [3] has no last two axes");
    }

    /** The adjoint of taking: every element is added where the index says, the first ones first. */
    @Test
    void addsAlong() {
        for (DType dtype : NUMBERS) {
            SplittableRandom random = random(dtype.ordinal());
            for (long[] shape : new long[][] {{5}, {4, 7}, {3, 2, 50}, {2, 1500}, {0, 3}}) {
                for (int axis = 0; axis < shape.length; axis++) {
                    for (long count : new long[] {0, 1, 6}) {
                        long[] picked = shape.clone();
                        picked[axis] = shape[axis] == 0 ? 0 : count;
                        addsAlong(dtype, random, shape, axis, picked);
                    }
                }
            }
        }
    }

    private void addsAlong(DType dtype, SplittableRandom random, long[] shape, int axis, long... picked) {
        NDArray before = NDArray.integers(random, -50, 50, shape);
        NDArray added = NDArray.integers(random, -50, 50, picked);
        NDArray index = NDArray.integers(random, 0, (int) Math.max(1, shape[axis]), picked);
        double[] sums = before.data().clone();
        NDArray.forEach(picked, at -> {
            long[] to = at.clone();
            to[axis] = (long) index.get(at);
            int flat = 0;
            for (int i = 0; i < to.length; i++) {
                flat = (int) (flat * shape[i] + to[i]);
            }
            sums[flat] += added.get(at);
        });
        Tensor out = strided(random, before, dtype);
        device().backend()
                .addAlong(
                        strided(random, added, dtype).view(),
                        axis,
                        strided(random, index, DType.INT64).view(),
                        out.view());
        same(NDArray.of(sums, shape), out);
    }

    /** Along the index, so that the sum is the same with any number of threads: 1e16 swallows each 1 that comes after it. */
    @Test
    void addsInOrder() {
        double[] values = new double[4000];
        Arrays.fill(values, 1);
        values[1000] = 1e16;
        Tensor out = Tensor.zeros(DType.FLOAT64, 2);
        Tensor index = Tensor.zeros(DType.INT64, 4000);
        device().backend().addAlong(Tensor.of(values).view(), 0, index.view(), out.view());
        assertArrayEquals(new double[] {1e16 + 1000, 0}, out.toDoubleArray());
    }
}
