package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Padding;
import kron4j.ops.Shapes;
import kron4j.reference.ComplexArray;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Padding, repeating and rearranging, element by element, in every dtype. */
public class ShapesContract extends GradientContract {
    /** The element that a place beyond the ends of an axis of n elements has, by Python's rules. */
    private static long source(Padding padding, long i, long n) {
        return switch (padding) {
            case REFLECT -> n == 1 ? 0 : Math.min(Math.floorMod(i, 2 * n - 2), Math.floorMod(-i, 2 * n - 2));
            case REPLICATE -> Math.max(0, Math.min(n - 1, i));
            case CIRCULAR -> Math.floorMod(i, n);
        };
    }

    private static NDArray values(DType dtype, long... shape) {
        return NDArray.integers(random(3), 0, dtype == DType.BOOL ? 2 : 90, shape);
    }

    private static long[] shape(long[] dims, long[]... widths) {
        long[] shape = dims.clone();
        for (int axis = 0; axis < dims.length; axis++) {
            shape[axis] += widths[axis][0] + widths[axis][1];
        }
        return shape;
    }

    @Test
    void paddings() {
        long[][] dims = {{4, 5}, {3, 1, 4}, {7}, {}, {2, 0}};
        long[][][] widths = {
            {{2, 0}, {1, 4}}, {{0, 0}, {0, 0}, {3, 2}}, {{6, 6}}, {}, {{1, 1}, {0, 0}},
        };
        for (DType dtype : DType.values()) {
            for (int k = 0; k < dims.length; k++) {
                NDArray x = values(dtype, dims[k]);
                long[][] w = widths[k];
                Tensor t = operand(k, x, dtype);
                for (Padding padding : Padding.values()) {
                    long[] all = dims[k];
                    NDArray expected = NDArray.generate(shape(all, w), i -> {
                        long[] from = i.clone();
                        for (int axis = 0; axis < from.length; axis++) {
                            from[axis] = source(padding, i[axis] - w[axis][0], all[axis]);
                        }
                        return x.get(from);
                    });
                    Tensor padded = Shapes.pad(t, padding, w);
                    assertNotSame(t.storage(), padded.storage(), "a new tensor");
                    equal(expected, padded, dtype);
                }
                NDArray expected = NDArray.generate(shape(dims[k], w), i -> {
                    long[] from = i.clone();
                    for (int axis = 0; axis < from.length; axis++) {
                        from[axis] = i[axis] - w[axis][0];
                        if (from[axis] < 0 || from[axis] >= x.shape()[axis]) {
                            return 1;
                        }
                    }
                    return x.get(from);
                });
                equal(expected, Shapes.pad(t, 1, w), dtype);
                equal(x, t, dtype);
            }
        }
        same(
                NDArray.of(new double[] {Double.NaN, -0.0, Double.NEGATIVE_INFINITY}, 3),
                Shapes.pad(
                        Tensor.of(new double[] {-0.0, Double.NEGATIVE_INFINITY}), Double.NaN, new long[][] {{1, 0}}));
        same(NDArray.of(new double[] {0, 0}, 2), Shapes.pad(Tensor.zeros(DType.FLOAT32, 0), 0, new long[][] {{1, 1}}));
    }

    private static Tensor operand(long seed, NDArray x, DType dtype) {
        return dtype.isComplex()
                ? strided(random(seed), new ComplexArray(x, x.map(v -> 0)), dtype)
                : strided(random(seed), x, dtype);
    }

    private static void equal(NDArray expected, Tensor actual, DType dtype) {
        assertEquals(dtype, actual.dtype());
        if (dtype.isComplex()) {
            same(expected, actual.real().copy());
            same(expected.map(v -> 0), actual.imag().copy());
        } else {
            same(expected, actual);
        }
    }

    @Test
    void repeats() {
        for (DType dtype : DType.values()) {
            NDArray x = values(dtype, 2, 3);
            Tensor t = operand(5, x, dtype);
            equal(NDArray.generate(new long[] {4, 9}, i -> x.get(i[0] % 2, i[1] % 3)), Shapes.tile(t, 2, 3), dtype);
            equal(NDArray.generate(new long[] {2, 6}, i -> x.get(i[0], i[1] % 3)), Shapes.tile(t, 2), dtype);
            equal(NDArray.generate(new long[] {2, 2, 3}, i -> x.get(i[1], i[2])), Shapes.tile(t, 2, 1, 1), dtype);
            equal(x, Shapes.tile(t), dtype);
            assertNotSame(t.storage(), Shapes.tile(t.copy(), 1, 1).storage());
            equal(NDArray.full(0, 2, 0), Shapes.tile(t, 0), dtype);
            equal(
                    NDArray.generate(new long[] {6, 3}, i -> x.get(i[0] / 3, i[1])),
                    Shapes.repeatInterleave(t, 3, 0),
                    dtype);
            equal(
                    NDArray.generate(new long[] {2, 6}, i -> x.get(i[0], i[1] / 2)),
                    Shapes.repeatInterleave(t, 2, -1),
                    dtype);
            long[] each = {0, 2, 2, 2};
            equal(
                    NDArray.generate(new long[] {2, 4}, i -> x.get(i[0], each[(int) i[1]])),
                    Shapes.repeatInterleave(t, new long[] {1, 0, 3}, 1),
                    dtype);
            equal(NDArray.full(0, 0, 3), Shapes.repeatInterleave(t, new long[] {0, 0}, 0), dtype);
        }
        same(NDArray.full(5, 3), Shapes.tile(Tensor.of(5.0), 3));
    }

    @Test
    void rearranged() {
        for (DType dtype : DType.values()) {
            NDArray x = values(dtype, 2, 3, 4);
            Tensor t = operand(6, x, dtype);
            for (long shift : new long[] {0, 1, 5, -2, Long.MIN_VALUE}) {
                equal(
                        NDArray.generate(
                                x.shape(), i -> x.get(i[0], i[1], Math.floorMod(i[2] - Math.floorMod(shift, 4L), 4))),
                        Shapes.roll(t, shift, 2),
                        dtype);
            }
            equal(
                    NDArray.generate(x.shape(), i -> x.get((i[0] + 1) % 2, (i[1] + 1) % 3, i[2])),
                    Shapes.roll(t, new long[] {1, 1, 1}, 0, 1, -2),
                    dtype);
            assertNotSame(t.storage(), Shapes.roll(t, new long[0]).storage());
            equal(NDArray.generate(x.shape(), i -> x.get(1 - i[0], i[1], 3 - i[2])), Shapes.flip(t, 0, -1), dtype);
            assertSame(t.storage(), Shapes.flip(t).storage(), "a view");
            equal(NDArray.generate(x.shape(), i -> x.get(1 - i[0], 2 - i[1], 3 - i[2])), Shapes.flip(t), dtype);
            equal(
                    NDArray.generate(new long[] {3, 4, 2}, i -> x.get(i[2], i[0], i[1])),
                    Shapes.moveaxis(t, 0, -1),
                    dtype);
            assertSame(t.storage(), Shapes.moveaxis(t, 0, -1).storage(), "a view");
            equal(
                    NDArray.generate(new long[] {4, 2, 3}, i -> x.get(i[1], i[2], i[0])),
                    Shapes.moveaxis(t, new int[] {2, 1}, new int[] {0, 2}),
                    dtype);
        }
        assertArrayEquals(
                new long[] {0, 2},
                Shapes.roll(Tensor.zeros(DType.FLOAT32, 0, 2), 3, 0).shape().dims());
        assertEquals(3, Shapes.flip(Tensor.of(3.0)).item());
    }

    @Test
    void grids() {
        Tensor x = Tensor.of(new double[] {1, 2});
        Tensor y = Tensor.of(new double[] {3, 4, 5});
        Tensor z = Tensor.of(6.0);
        List<Tensor> ij = Shapes.meshgrid(true, x, y, z);
        same(NDArray.of(new double[] {1, 1, 1, 2, 2, 2}, 2, 3, 1), ij.get(0));
        same(NDArray.of(new double[] {3, 4, 5, 3, 4, 5}, 2, 3, 1), ij.get(1));
        same(NDArray.full(6, 2, 3, 1), ij.get(2));
        List<Tensor> xy = Shapes.meshgrid(false, x, y, z);
        same(NDArray.of(new double[] {1, 2, 1, 2, 1, 2}, 3, 2, 1), xy.get(0));
        same(NDArray.of(new double[] {3, 3, 4, 4, 5, 5}, 3, 2, 1), xy.get(1));
        same(NDArray.full(6, 3, 2, 1), xy.get(2));
        assertSame(x.storage(), ij.get(0).storage(), "a view");
        same(NDArray.of(new double[] {1, 2}, 2), Shapes.meshgrid(false, x).get(0));
        same(
                NDArray.full(0, 2, 0),
                Shapes.meshgrid(true, x, Tensor.zeros(DType.FLOAT64, 0)).get(0));
    }

    @Test
    void gradients() {
        NDArray x = uniform(1, 3, 2);
        long[][] widths = {{2, 1}, {0, 1}};
        both("pad", t -> Shapes.pad(t[0], 2, widths), x);
        for (Padding padding : Padding.values()) {
            both("pad " + padding, t -> Shapes.pad(t[0], padding, widths), x);
        }
        both("tile", t -> Shapes.tile(t[0], 2, 1, 3), x);
        both("repeatInterleave", t -> Shapes.repeatInterleave(t[0], 3, 0), x);
        once("take each", t -> Shapes.repeatInterleave(t[0], new long[] {2, 0, 1}, 0), x);
        both("roll", t -> Shapes.roll(t[0], new long[] {1, -1}, 0, 1), x);
        both("flip", t -> Shapes.flip(t[0], 0, 1), x);
        both("moveaxis", t -> Shapes.moveaxis(t[0], 0, 1), x);
        both(
                "meshgrid",
                t -> {
                    List<Tensor> grid = Shapes.meshgrid(false, t[0], t[1]);
                    return grid.get(0).multiply(grid.get(1));
                },
                uniform(2, 3),
                uniform(3, 4));
    }

    @Test
    void refusals() {
        Tensor t = Tensor.ones(DType.INT32, 2, 3);
        refused(
                ShapeException.class,
                () -> Shapes.pad(t, 0, new long[][] {{1, 1}}),
                "pad: widths [[1, 1]] for shape [2,3]; expected for each axis a pair");
        refused(ShapeException.class, () -> Shapes.pad(t, 0, new long[][] {{0, 0}, {-1, 2}}), "0 or more (slice");
        refused(ShapeException.class, () -> Shapes.pad(t, 0, new long[][] {{0, 0}, {Long.MAX_VALUE, 2}}), "2^63-1");
        refused(DTypeException.class, () -> Shapes.pad(t, 0.5, new long[2][2]), "pad: 0.5 is not a value of int32");
        refused(
                ShapeException.class,
                () -> Shapes.pad(t, Padding.REFLECT, new long[][] {{0, 0}, {0, 3}}),
                "pad: REFLECT has at most 2 elements to either side of axis 1 of shape [2,3], got [0, 3]");
        refused(
                ShapeException.class,
                () -> Shapes.pad(t, Padding.CIRCULAR, new long[][] {{3, 0}, {0, 0}}),
                "CIRCULAR has at most 2");
        refused(
                ShapeException.class,
                () -> Shapes.pad(Tensor.zeros(DType.FLOAT32, 0), Padding.REPLICATE, new long[][] {{1, 0}}),
                "REPLICATE has at most 0");
        refused(ShapeException.class, () -> Shapes.tile(t, 2, -1), "tile: repeats [2, -1] of shape [2,3]");
        refused(ShapeException.class, () -> Shapes.tile(t, Long.MAX_VALUE), "tile: ", "2^63-1");
        refused(ShapeException.class, () -> Shapes.repeatInterleave(t, -1, 0), "repeatInterleave: repeats [-1]");
        refused(
                ShapeException.class,
                () -> Shapes.repeatInterleave(t, new long[] {1}, 0),
                "repeatInterleave: 1 numbers of repeats for axis 0 of shape [2,3]");
        refused(ShapeException.class, () -> Shapes.roll(t, 1, 2), "roll: axis 2 is out of range for shape [2,3]");
        refused(ShapeException.class, () -> Shapes.roll(t, new long[] {1}, 0, 1), "roll: shifts [1] for axes [0, 1]");
        refused(ShapeException.class, () -> Shapes.flip(t, 0, -2), "flip: axes [0, -2] of shape [2,3] name one");
        refused(ShapeException.class, () -> Shapes.moveaxis(t, 0, 2), "moveaxis: axis 2 is out of range");
        refused(
                ShapeException.class,
                () -> Shapes.moveaxis(t, new int[] {0}, new int[] {0, 1}),
                "moveaxis: axes [0] to [0, 1] of shape [2,3]");
        refused(ShapeException.class, () -> Shapes.meshgrid(true, t), "meshgrid: needs one or more vectors", "[2,3]");
        refused(ShapeException.class, () -> Shapes.meshgrid(true), "meshgrid: needs");
    }
}
