package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.DeviceMemoryException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Creation;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Making tensors, converting them and reading them back. */
public class TensorContract extends Contract {
    @Test
    void fromScalarsAndNestedArrays() {
        assertEquals(2.5, Tensor.of(2.5).item());
        assertEquals(DType.FLOAT32, Tensor.of(2.5f).dtype());
        assertEquals(7, Tensor.of(7).itemLong());
        assertEquals(DType.INT64, Tensor.of(7L).dtype());
        assertEquals(1, Tensor.of(true).itemLong());
        Tensor nested = Tensor.of(new double[][][] {{{1, 2}, {3, 4}, {5, 6}}});
        assertEquals(Shape.of(1, 3, 2), nested.shape());
        assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, nested.toDoubleArray());
        assertEquals(Shape.of(2, 0), Tensor.of(new float[2][0]).shape());
        assertEquals(Shape.of(0, 0), Tensor.of(new int[0][]).shape());
        assertArrayEquals(
                new boolean[] {true, false},
                Tensor.of(new boolean[] {true, false}).toBooleanArray());
    }

    @Test
    void fromFlatArraysWithAShape() {
        assertEquals(Shape.of(3), Tensor.of(new float[3]).shape());
        Tensor t = Tensor.of(new long[] {1, 2, 3, 4, 5, Long.MAX_VALUE}, 2, 3);
        assertEquals(Long.MAX_VALUE, t.get(1, -1).itemLong());
        refused(
                ShapeException.class,
                () -> Tensor.of(new int[5], 2, 3),
                "Tensor.of: values of shape [5] for shape [2,3]",
                "6 elements");
        refused(ShapeException.class, () -> Tensor.of(new int[2][3], 6), "values of shape [2,3] for shape [6]");
    }

    @Test
    void refusesRaggedAndForeignArrays() {
        refused(
                ShapeException.class,
                () -> Tensor.of(new int[][] {{1, 2}, {3}}),
                "ragged",
                "expected shape [2,2]",
                "length 1 at depth 1");
        refused(ShapeException.class, () -> Tensor.of(new int[][] {{1}, null}), "null");
        refused(DTypeException.class, () -> Tensor.of("text"), "no dtype for String");
        refused(DTypeException.class, () -> Tensor.of(new Object[] {1}), "no dtype");
        refused(DTypeException.class, () -> Tensor.of(new Double[] {1.0}), "no dtype for Double[]", "arrays of them");
        refused(DTypeException.class, () -> Tensor.of(new short[2]), "no dtype for short[]");
    }

    @Test
    void fromAndToBuffers() {
        ByteBuffer buffer = ByteBuffer.allocate(3 * 4 + 2).order(ByteOrder.nativeOrder());
        buffer.putShort((short) 9);
        buffer.putInt(1).putInt(-2).putInt(3).position(2);
        Tensor t = Tensor.of(DType.INT32, buffer, Shape.of(3));
        assertEquals(2, buffer.position(), "the buffer is left as it was");
        assertArrayEquals(new int[] {1, -2, 3}, t.toIntArray());
        ByteBuffer back = t.flip(0).toBuffer();
        assertEquals(12, back.remaining());
        assertEquals(3, back.getInt(0));
        assertEquals(
                0, Tensor.zeros(DType.FLOAT64, 3, 0).select(0, 2).toBuffer().remaining());
        refused(
                ShapeException.class,
                () -> Tensor.of(DType.INT64, buffer, Shape.of(3)),
                "12 bytes remain",
                "[3]",
                "int64");
    }

    @Test
    void largeArraysCrossTheTransferChunks() {
        SplittableRandom random = random(1);
        double[] values = random.doubles(100_003).toArray();
        assertArrayEquals(values, Tensor.of(values).toDoubleArray());
        boolean[] flags = new boolean[300_001];
        flags[262_144] = true;
        flags[300_000] = true;
        assertArrayEquals(flags, Tensor.of(flags).toBooleanArray());
    }

    @Test
    void constantsAndRanges() {
        for (DType dtype : DTypes.ofReals()) {
            same(NDArray.full(0, 2, 3), Tensor.zeros(dtype, 2, 3));
            same(NDArray.full(1, 2), Tensor.ones(dtype, 2));
            same(NDArray.generate(new long[] {3, 3}, i -> i[0] == i[1] ? 1 : 0), Tensor.eye(dtype, 3));
            same(NDArray.generate(new long[] {2, 4}, i -> i[1] - i[0] == 1 ? 1 : 0), Creation.eye(dtype, 2, 4, 1));
            same(NDArray.generate(new long[] {4, 2}, i -> i[1] - i[0] == -3 ? 1 : 0), Creation.eye(dtype, 4, 2, -3));
            assertEquals(0, Tensor.eye(dtype, 0).size());
        }
        same(NDArray.full(-3, 2, 2), Tensor.full(DType.INT64, -3, 2, 2));
        refused(
                DTypeException.class,
                () -> Tensor.full(DType.INT32, 2.5, 2),
                "full: 2.5 is not a value of int32",
                "[2]");
        same(NDArray.of(new double[] {2, 3, 4}, 3), Tensor.arange(DType.FLOAT32, 2, 5));
        same(NDArray.of(new double[] {5, 2, -1}, 3), Creation.arange(DType.INT32, 5, -2, -3));
        same(NDArray.of(new double[] {0, 0.5, 1}, 3), Creation.arange(DType.FLOAT64, 0, 1.25, 0.5));
        refused(ShapeException.class, () -> Creation.linspace(0, 1, -1), "linspace: -1 elements; need 0 or more");
        assertEquals(0, Creation.linspace(0, 1, 0).size());
        assertEquals(0, Creation.arange(DType.INT64, 3, 3, 1).size());
        assertArrayEquals(
                new long[] {Long.MIN_VALUE, -1, Long.MAX_VALUE - 1},
                Creation.arange(DType.INT64, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE)
                        .toLongArray());
        assertArrayEquals(
                new long[] {Long.MAX_VALUE, -1},
                Creation.arange(DType.INT64, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE)
                        .toLongArray());
        assertEquals(0, Creation.arange(DType.INT64, 3, 9, -1).size());
        assertEquals(
                Long.MAX_VALUE,
                Creation.arange(DType.INT64, Long.MAX_VALUE - 2, Long.MAX_VALUE, 1)
                                .get(1)
                                .itemLong()
                        + 1);
        same(NDArray.of(new double[] {0, 0.25, 0.5, 0.75, 1}, 5), Creation.linspace(DType.FLOAT32, 0, 1, 5));
        for (Tensor t : new Tensor[] {Creation.arange(5), Creation.arange(0, 5), Creation.arange(0, 5, 1)}) {
            same(NDArray.generate(new long[] {5}, i -> i[0]), t);
            assertEquals(DType.INT64, t.dtype(), "as NumPy");
        }
        same(NDArray.of(new double[] {0, 0.5, 1}, 3), Creation.arange(0, 1.25, 0.5));
        assertEquals(DType.FLOAT64, Creation.arange(0, 1.25, 0.5).dtype());
        same(NDArray.of(new double[] {0, 0.5, 1}, 3), Creation.linspace(0, 1, 3));
        same(NDArray.generate(new long[] {3, 3}, i -> i[0] == i[1] ? 1 : 0), Creation.eye(3));
        same(NDArray.of(new double[] {4}, 1), Creation.linspace(DType.FLOAT64, 4, 9, 1));
        assertEquals(0.7, Creation.linspace(DType.FLOAT64, 0.1, 0.7, 7).get(-1).item(), "the end is exact");
        assertEquals(70_000 - 1, Tensor.arange(DType.INT64, 0, 70_000).get(-1).itemLong());
    }

    @Test
    void rangesRefuseWhatTheyCannotHold() {
        refused(TensorException.class, () -> Creation.arange(DType.INT64, 0, 5, 0), "arange: step is 0 from 0 to 5");
        refused(TensorException.class, () -> Creation.arange(DType.FLOAT64, 0.0, 1.0, 0.0), "has no end");
        refused(
                DTypeException.class,
                () -> Creation.arange(DType.INT32, 0.0, 1.0, 0.1),
                "int32 does not hold fractions");
        refused(
                DTypeException.class,
                () -> Creation.arange(DType.INT32, 0, 1L << 40, 1L << 39),
                "not a value of int32");
        refused(ShapeException.class, () -> Creation.linspace(DType.FLOAT64, 0, 1, -2), "linspace: -2 elements");
    }

    @Test
    void likesAndDiagonals() {
        Tensor vector = strided(random(2), NDArray.counting(3), DType.INT32);
        same(NDArray.generate(new long[] {3, 3}, i -> i[0] == i[1] ? i[0] : 0), Creation.diag(vector));
        same(NDArray.generate(new long[] {5, 5}, i -> i[0] - i[1] == 2 ? i[1] : 0), Creation.diag(vector, -2));
        same(NDArray.full(0, 3), Creation.zerosLike(vector));
        same(NDArray.full(1, 3), Creation.onesLike(vector));
        assertEquals(DType.INT32, Creation.fullLike(vector, 4).dtype());
        refused(ShapeException.class, () -> Creation.diag(vector.unsqueeze(0)), "diag: shape [1,3] is not a vector");
        refused(DTypeException.class, () -> Creation.fullLike(vector, 0.5), "fullLike: 0.5 is not a value of int32");
    }

    @Test
    void conversionsAreJavasCasts() {
        double[] values = {0, -0.0, 1.9, -1.9, 3e9, -3e9, 1e300, Double.NaN, Double.POSITIVE_INFINITY, 0.5};
        Tensor t = strided(random(3), NDArray.of(values, values.length), DType.FLOAT64);
        for (int i = 0; i < values.length; i++) {
            assertEquals((int) values[i], t.to(DType.INT32).toIntArray()[i]);
            assertEquals((long) values[i], t.to(DType.INT64).toLongArray()[i]);
            assertEquals((float) values[i], t.to(DType.FLOAT32).toFloatArray()[i]);
            assertEquals(values[i] != 0, t.to(DType.BOOL).toBooleanArray()[i], "nonzero is true: " + values[i]);
        }
        long[] longs = {0, -1, 1L << 40, Long.MIN_VALUE, (1L << 53) + 1};
        Tensor l = Tensor.of(longs);
        for (int i = 0; i < longs.length; i++) {
            assertEquals((int) longs[i], l.to(DType.INT32).toIntArray()[i]);
            assertEquals((double) longs[i], l.to(DType.FLOAT64).toDoubleArray()[i]);
            assertEquals((float) longs[i], l.to(DType.FLOAT32).toFloatArray()[i]);
            assertEquals(longs[i] != 0, l.to(DType.BOOL).toBooleanArray()[i]);
        }
    }

    @Test
    void everyDTypeConvertsToEveryOther() {
        NDArray bits = NDArray.integers(random(4), 0, 2, 3, 4);
        for (DType from : DTypes.ofReals()) {
            for (DType to : DTypes.ofReals()) {
                Tensor converted = strided(random(5), bits, from).to(to);
                assertEquals(to, converted.dtype());
                same(bits, converted);
            }
        }
    }

    @Test
    void copiesAreOnTheirOwnAndViewsAreNot() {
        Tensor t = Tensor.of(new float[] {1, 2, 3});
        assertEquals(t.storage(), t.to(DType.FLOAT32).storage());
        assertEquals(t.storage(), t.to(device()).storage());
        assertEquals(t.storage(), t.contiguous().storage());
        Tensor reversed = t.flip(0);
        Tensor copy = reversed.contiguous();
        t.device().backend().fill(9L, t.view());
        assertArrayEquals(new float[] {3, 2, 1}, copy.toFloatArray());
        assertArrayEquals(new float[] {9, 9, 9}, reversed.toFloatArray());
    }

    @Test
    void readingIsStrictAboutWhatIsLost() {
        refused(DTypeException.class, () -> Tensor.of(1.0).toFloatArray(), "is float64, not float32", "to(DType)");
        refused(
                DTypeException.class,
                () -> Tensor.of(1L).toDoubleArray(),
                "int64 does not fit a double exactly",
                "toLongArray");
        refused(DTypeException.class, () -> Tensor.of(1.0).itemLong(), "does not fit a long exactly");
        Tensor z = Tensor.of(new Complex(1, 2));
        refused(DTypeException.class, z::item, "complex128 does not fit a double", "itemComplex", "real");
        refused(DTypeException.class, z::itemLong, "does not fit a long", "itemComplex", "real");
        refused(DTypeException.class, z::toFloatArray, "is complex128, not float32", "toComplexArray");
        refused(TensorException.class, () -> Tensor.of(new Complex[][] {{Complex.I}, {null}}), "null", "[2,1]");
        refused(ShapeException.class, () -> Tensor.of(new int[2]).item(), "item: shape [2] has 2 elements, not 1");
        assertArrayEquals(
                new double[] {1, 0}, Tensor.of(new boolean[] {true, false}).toDoubleArray());
        assertArrayEquals(new long[] {-4}, Tensor.of(new int[] {-4}).toLongArray());
        assertEquals(0.5, Tensor.of(new float[][] {{0.5f}}).item());
    }

    @Test
    void printing() {
        String at = " " + device().name();
        assertEquals("Tensor[] float64" + at + " 2.5", Tensor.of(2.5).toString());
        assertEquals(
                "Tensor[2,3] int32" + at + "\n[[1, 2, 3],\n [4, 5, 6]]",
                Tensor.of(new int[][] {{1, 2, 3}, {4, 5, 6}}).toString());
        assertEquals("Tensor[0] bool" + at + "\n[]", Tensor.zeros(DType.BOOL, 0).toString());
        assertEquals(
                "Tensor[2] float32" + at + "\n[NaN, 0.1]",
                Tensor.of(new float[] {Float.NaN, 0.1f}).toString());
        assertEquals(
                "Tensor[2000] int64" + at + "\n[0, 1, 2, ..., 1997, 1998, 1999]",
                Tensor.arange(DType.INT64, 0, 2000).toString());
        Tensor closed = Tensor.of(1);
        closed.close();
        assertEquals("Tensor[] int32" + at + " (closed)", closed.toString());
    }

    @Test
    void whatDoesNotFitIntoMemoryIsRefusedWithNumbers() {
        refused(
                DeviceMemoryException.class,
                () -> Tensor.zeros(DType.FLOAT64, (1L << 50) - 16),
                "cannot allocate",
                "8.0 PiB");
        refused(DeviceMemoryException.class, () -> Tensor.zeros(DType.FLOAT64, Long.MAX_VALUE), "cannot allocate");
        refused(DeviceMemoryException.class, () -> Tensor.zeros(DType.BOOL, Long.MAX_VALUE), "cannot allocate 8.0 EiB");
        assertEquals(0.0, Tensor.zeros(DType.FLOAT64, 1).item(), "the device is still good");
    }
}
