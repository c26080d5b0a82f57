package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Every view against the reference, from layouts of all kinds, in every dtype; and that views copy nothing. */
public class ViewContract extends Contract {
    private static final long[][] SHAPES = {{4, 3, 5}, {3, 3}, {1, 4, 1}, {0, 3}, {2, 3, 2, 3}, {7}};

    private interface Case {
        void check(NDArray reference, Tensor tensor, SplittableRandom random);
    }

    private static void everywhere(Case body) {
        for (long[] shape : SHAPES) {
            for (DType dtype : DTypes.ofReals()) {
                SplittableRandom random = random(shape.length * 31L + dtype.ordinal());
                NDArray values = NDArray.integers(random, 0, dtype == DType.BOOL ? 2 : 100, shape);
                body.check(values, strided(random, values, dtype), random);
                body.check(values, values.toTensor(dtype), random);
            }
        }
    }

    private static void view(NDArray expected, Tensor base, Tensor actual) {
        assertEquals(base.storage(), actual.storage(), "a view");
        same(expected, actual);
    }

    @Test
    void transposes() {
        everywhere((r, t, random) -> {
            int rank = r.rank();
            view(r.permute(IntStream.range(0, rank).map(i -> rank - 1 - i).toArray()), t, t.transpose());
            view(r.transpose(0, rank - 1), t, t.transpose(0, -1));
            int[] rotated = IntStream.range(0, rank).map(i -> (i + 1) % rank).toArray();
            view(r.permute(rotated), t, t.permute(rotated));
        });
    }

    @Test
    void slices() {
        everywhere((r, t, random) -> {
            for (int i = 0; i < 10; i++) {
                int axis = random.nextInt(r.rank());
                long start = random.nextInt(-9, 10);
                long stop = random.nextInt(-9, 10);
                long step = (random.nextBoolean() ? 1L : -1L) * random.nextInt(1, 4);
                view(r.slice(axis, start, stop, step), t, t.slice(axis - r.rank(), start, stop, step));
                view(r.slice(axis, start, stop, 1), t, t.slice(axis, start, stop));
            }
            view(r.slice(0, r.shape()[0], -r.shape()[0] - 1, -1), t, t.flip(0));
        });
    }

    @Test
    void selections() {
        everywhere((r, t, random) -> {
            for (int axis = 0; axis < r.rank(); axis++) {
                for (long i = 0; i < r.shape()[axis]; i++) {
                    view(r.select(axis, i), t, t.select(axis, i));
                    view(r.select(axis, i), t, t.select(axis, i - r.shape()[axis]));
                }
            }
            if (r.size() > 0) {
                long[] last = new long[r.rank()];
                java.util.Arrays.fill(last, -1);
                view(NDArray.scalar(r.data()[r.size() - 1]), t, t.get(last));
            }
        });
    }

    @Test
    void expandsSqueezesAndUnsqueezes() {
        everywhere((r, t, random) -> {
            for (int axis = 0; axis <= r.rank(); axis++) {
                Tensor thin = t.unsqueeze(axis);
                view(r.reshape(thin.shape().dims()), t, thin);
                assertEquals(1, thin.shape().at(axis));
                view(r, t, thin.squeeze(axis));
                long[] wide = thin.shape().with(axis, 4).dims();
                view(r.reshape(thin.shape().dims()).expand(wide), t, thin.expand(wide));
            }
            long[] more = Shape.of(2, 1).concat(t.shape()).dims();
            view(r.expand(more), t, t.expand(more));
        });
    }

    @Test
    void diagonals() {
        everywhere((r, t, random) -> {
            for (int a = 0; a < r.rank(); a++) {
                for (int b = 0; b < r.rank(); b++) {
                    for (int k = -3; k <= 3 && a != b; k++) {
                        view(r.diagonal(k, a, b), t, t.diagonal(k, a, b - r.rank()));
                    }
                }
            }
        });
    }

    @Test
    void unfolds() {
        everywhere((r, t, random) -> {
            for (int axis = 0; axis < r.rank(); axis++) {
                for (long size = 0; size <= r.shape()[axis]; size++) {
                    for (long step = 1; step <= 3; step++) {
                        view(r.unfold(axis, size, step), t, t.unfold(axis, size, step));
                    }
                }
            }
        });
    }

    @Test
    void reshapesViewWhereTheyCanAndCopyElsewhere() {
        everywhere((r, t, random) -> {
            long n = r.size();
            same(r.reshape(n), t.reshape(n));
            same(r.reshape(1, n, 1), t.reshape(Shape.of(1, n, 1)));
            if (n % 2 == 0 && n > 0) {
                same(r.reshape(2, n / 2), t.reshape(2, -1));
            }
        });
        Tensor t = Tensor.arange(DType.INT32, 0, 24).reshape(2, 3, 4);
        assertEquals(t.storage(), t.reshape(6, 4).storage());
        assertEquals(t.storage(), t.slice(2, 0, 4, 2).reshape(6, 2).storage(), "rows keep one step");
        assertNotEquals(t.storage(), t.transpose().reshape(24).storage());
        assertNotEquals(t.storage(), t.slice(2, 0, 3).reshape(18).storage());
    }

    @Test
    void viewsOfViewsOfViews() {
        for (int seed = 0; seed < 100; seed++) {
            SplittableRandom random = random(seed);
            NDArray r = NDArray.random(random, 5, 4, 6);
            Tensor t = strided(random, r, DType.FLOAT32);
            for (int step = 0; step < 5 && r.rank() > 1; step++) {
                int axis = random.nextInt(r.rank());
                long n = r.shape()[axis];
                switch (random.nextInt(4)) {
                    case 0 -> {
                        t = t.transpose(0, axis);
                        r = r.transpose(0, axis);
                    }
                    case 1 -> {
                        t = t.slice(axis, -1, -n - 1, -2);
                        r = r.slice(axis, -1, -n - 1, -2);
                    }
                    case 2 -> {
                        t = t.unfold(axis, (n + 1) / 2, 1);
                        r = r.unfold(axis, (n + 1) / 2, 1);
                    }
                    default -> {
                        t = t.diagonal(0, 0, 1);
                        r = r.diagonal(0, 0, 1);
                    }
                }
                if (r.size() > 2000) {
                    break;
                }
            }
            same(r, t);
            same(r, t.copy());
        }
    }

    @Test
    void scalars() {
        for (DType dtype : DTypes.ofReals()) {
            NDArray r = NDArray.scalar(1);
            Tensor t = Tensor.ones(dtype, 3).select(0, 1);
            view(r, t, t.transpose());
            view(r, t, t.permute());
            view(r, t, t.get());
            view(r, t, t.reshape());
            view(r.reshape(1, 1), t, t.reshape(1, -1));
            view(r.reshape(1), t, t.unsqueeze(-1));
            view(r.expand(2, 0, 3), t, t.expand(2, 0, 3));
            same(r, t.copy());
        }
    }

    @Test
    void stridesThatReachNothingMayBeHuge() {
        Tensor t = Tensor.arange(DType.FLOAT64, 0, 3);
        Tensor odd = t.viewAs(Layout.of(Shape.of(1, 3, 1), new long[] {Long.MAX_VALUE, -1, Long.MIN_VALUE}, 2));
        NDArray r = NDArray.of(new double[] {2, 1, 0}, 1, 3, 1);
        same(r, odd);
        same(r.map(x -> 2 * x), odd.add(odd));
        same(r.reshape(3), odd.reshape(3));
        same(r.permute(2, 0, 1), odd.permute(2, 0, 1));
        same(NDArray.of(new double[] {3}, 1), odd.sum(1, 2));
        same(r.slice(1, 0, 2, 1), odd.slice(1, 0, 2));
        Tensor wide = Tensor.of(new double[] {4, 5}).unsqueeze(0).expand(1L << 40, 2);
        same(NDArray.of(new double[] {4, 5}, 2), wide.select(0, (1L << 40) - 1));
        same(
                NDArray.of(new double[] {5, 5}, 2),
                wide.slice(0, 0, 1L << 40, (1L << 39)).select(1, 1));
    }

    @Test
    void layoutsOutsideTheStorageAreRefused() {
        Tensor t = Tensor.arange(DType.FLOAT64, 0, 10);
        same(NDArray.of(new double[] {9, 0}, 2), t.viewAs(Layout.of(Shape.of(2), new long[] {-9}, 9)));
        long[][] wrong = {
            {3, 5, 0}, {2, 1, 9}, {2, -1, 0}, {1, 1, 10}, {1, 1, -1}, {5, Long.MAX_VALUE / 2, 0}, {2, Long.MIN_VALUE, 0}
        };
        for (long[] w : wrong) {
            Layout layout = Layout.of(Shape.of(w[0]), new long[] {w[1]}, w[2]);
            refused(
                    ShapeException.class,
                    () -> t.viewAs(layout),
                    "viewAs: layout",
                    "exceeds the storage of 10 elements");
        }
        assertEquals(0, t.viewAs(Layout.of(Shape.of(0), new long[] {99}, 99)).toDoubleArray().length);
    }

    @Test
    void refusedViewsChangeNothing() {
        Tensor t = Tensor.of(new int[][] {{1, 2, 3}, {4, 5, 6}});
        refused(ShapeException.class, () -> t.reshape(4, 2), "reshape: shape [2,3] has 6 elements, [4,2] has 8");
        refused(ShapeException.class, () -> t.reshape(-1, 4), "does not determine the -1");
        refused(
                ShapeException.class,
                () -> t.reshape(-1, -1),
                "reshape: [-1,-1] has more than one -1, for shape [2,3]");
        refused(ShapeException.class, () -> t.get(0, 0, 0), "get: 3 indices [0, 0, 0] for shape [2,3] of rank 2");
        Map<String, UnaryOperator<Tensor>> views = Map.of(
                "slice", x -> x.slice(2, 0, 1),
                "select", x -> x.select(-3, 0),
                "flip", x -> x.flip(2),
                "squeeze", x -> x.squeeze(2),
                "transpose", x -> x.transpose(0, 2),
                "permute", x -> x.permute(0, 2),
                "diagonal", x -> x.diagonal(0, 2, 0),
                "unfold", x -> x.unfold(2, 1, 1));
        views.forEach((name, view) -> refused(
                ShapeException.class, () -> view.apply(t), name + ": axis ", " is out of range for shape [2,3]"));
        same(NDArray.counting(2, 3).map(x -> x + 1), t);
    }

    @Test
    void viewsOutliveTheirBaseAndClosedOnesAreRefused() {
        Tensor base = Tensor.of(new int[] {1, 2, 3});
        Tensor view = base.flip(0);
        base.close();
        same(NDArray.of(new double[] {3, 2, 1}, 3), view);
        refused(ClosedTensorException.class, () -> base.flip(0), "tensor of shape [3] int32 was closed", "keep");
        refused(ClosedTensorException.class, base::toIntArray, "was closed");
        refused(ClosedTensorException.class, () -> base.to(DType.INT32), "was closed");
        refused(ClosedTensorException.class, () -> base.reshape(3, 1), "was closed");
    }
}
