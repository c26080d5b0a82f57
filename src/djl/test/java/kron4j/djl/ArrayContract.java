package kron4j.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.training.GradientCollector;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Arrays, with PyTorch's dtypes, values and views. */
public class ArrayContract extends OnDevice {
    /** PyTorch's {@code (a + b).dtype} of arrays with axes. */
    @Test
    void dtypesOfTwoArrays() {
        DataType[] types = {
            DataType.BOOLEAN,
            DataType.UINT8,
            DataType.INT8,
            DataType.INT32,
            DataType.INT64,
            DataType.FLOAT16,
            DataType.FLOAT32,
            DataType.FLOAT64
        };
        for (int i = 0; i < types.length; i++) {
            for (int j = 0; j < types.length; j++) {
                DataType wider = types[Math.max(i, j)];
                if (Math.min(i, j) == 1 && Math.max(i, j) == 2) {
                    wider = DataType.INT32; // int16 in PyTorch
                }
                NDArray a = manager.ones(new Shape(2), types[i]);
                NDArray b = manager.ones(new Shape(2), types[j]);
                assertEquals(wider, a.maximum(b).getDataType(), types[i] + ", " + types[j]);
            }
        }
    }

    /** A scalar counts only if its kind is higher, whatever its size. */
    @Test
    void dtypesOfArraysAndNumbers() {
        NDArray ints = manager.create(new int[] {7, -7});
        assertEquals(DataType.INT32, ints.add(1).getDataType());
        assertEquals(DataType.INT32, ints.add(1L).getDataType());
        assertEquals(DataType.FLOAT32, ints.add(1f).getDataType());
        assertEquals(DataType.FLOAT64, ints.add(1.0).getDataType());
        assertEquals(DataType.FLOAT32, floats(1, 2).add(1.0).getDataType());
        assertEquals(DataType.FLOAT32, floats(1, 2).mul(manager.create(2.0)).getDataType());
        assertEquals(floats(3.5f, -3.5f), ints.div(2));
        assertEquals(manager.create(new int[] {1, 1}), ints.mod(2));
        assertEquals(manager.create(new int[] {49, 49}), ints.pow(2));
        assertEquals(DataType.INT64, ints.sum().getDataType());
        assertEquals(DataType.FLOAT32, ints.mean().getDataType());
        assertEquals(
                DataType.INT64, manager.create(new boolean[] {true, true}).sum().getDataType());
        assertEquals(DataType.INT64, ints.argMax().getDataType());
    }

    @Test
    void inPlace() {
        NDArray a = floats(1, 2, 3);
        NDArray same = a.addi(1).muli(floats(2, 2, 2)).subi(1);
        assertEquals(floats(3, 5, 7), a);
        assertTrue(same == a);
        NDArray ints = manager.create(new int[] {1, 2});
        assertTrue(assertThrows(IllegalArgumentException.class, () -> ints.addi(0.5f))
                .getMessage()
                .contains("toType"));
        assertThrows(IllegalArgumentException.class, () -> floats(1).addi(floats(1, 2)));
        assertEquals(manager.create(new int[] {1, 2}), ints);
    }

    @Test
    void partsAreViews() {
        NDArray a = manager.arange(12f).reshape(3, 4);
        a.get("1").addi(100);
        a.get(":, 0").muli(-1);
        assertEquals(floats(new Shape(3, 4), 0, 1, 2, 3, -104, 105, 106, 107, -8, 9, 10, 11), a);
        a.set(new NDIndex(":, 1:3"), 0);
        a.set(new NDIndex("2"), floats(1, 2, 3, 4));
        assertEquals(floats(new Shape(3, 4), 0, 0, 0, 3, -104, 0, 0, 107, 1, 2, 3, 4), a);
        a.reshape(4, 3).addi(1);
        assertEquals(1, a.getFloat(0, 0));
        NDArray copy = a.duplicate();
        copy.addi(1);
        assertNotEquals(copy, a);
    }

    @Test
    void indices() {
        NDArray a = manager.arange(12).reshape(3, 4);
        assertEquals(manager.create(new int[] {8, 9, 10, 11}), a.get(-1));
        assertEquals(manager.create(new int[] {4, 6}), a.get("1, ::2"));
        assertEquals(manager.create(new int[][] {{8, 9}, {0, 1}}), a.get("{}, :2", manager.create(new int[] {2, 0})));
        assertEquals(
                manager.create(new int[][] {{4, 5, 6, 7}}), a.get(manager.create(new boolean[] {false, true, false})));
        assertEquals(manager.create(new int[] {9, 10, 11}), a.get(a.gt(8)));
        a.set(new NDIndex("{}, :2", manager.create(new int[] {2, 0})), 77);
        a.set(a.gt(8).logicalAnd(a.lt(77)), -1);
        assertEquals(manager.create(new int[][] {{77, 77, 2, 3}, {4, 5, 6, 7}, {77, 77, -1, -1}}), a);
        assertThrows(IllegalArgumentException.class, () -> a.booleanMask(manager.create(new boolean[] {true, true})));
        assertThrows(Exception.class, () -> a.get(3));
        assertEquals(
                manager.create(new int[] {3, 6}),
                a.get(0, 3).reshape(1).concat(a.get(1, 2).reshape(1)));
    }

    private NDArray places(int... places) {
        return manager.create(places);
    }

    /** Values of NumPy. */
    @Test
    void severalArraysOfPlaces() {
        NDArray a = manager.arange(24).reshape(2, 3, 4);
        NDArray ends = manager.create(new boolean[] {true, false, true});
        NDArray of = manager.create(new boolean[] {false, true, false, true, false, false})
                .reshape(2, 3);
        assertEquals(
                manager.create(new int[][] {{8, 9, 10, 11}, {12, 13, 14, 15}}),
                a.get("{}, {}", places(0, 1), places(2, 0)));
        assertEquals(manager.create(new int[][] {{1, 11}, {13, 23}}), a.get(":, {}, {}", places(0, 2), places(1, -1)));
        assertEquals(
                manager.create(new int[][] {{1, 5, 9}, {15, 19, 23}}), a.get("{}, :, {}", places(0, 1), places(1, 3)));
        assertEquals(
                manager.create(new int[][] {{1, 9}, {13, 21}}),
                a.get("{}, {}, 1", places(0, 1).reshape(2, 1), places(0, 2)));
        assertEquals(manager.create(new int[] {3, 13}), a.get("{}, {}, {}", places(0, 1), places(0), places(3, 1)));
        assertEquals(manager.create(new int[][] {{0, 11}, {12, 23}}), a.get(":, {}, {}", ends, places(0, 3)));
        assertEquals(manager.create(new int[][] {{5, 6}, {13, 14}}), a.get("{}, 1:3", of));
        assertEquals(manager.create(new int[][] {{1, 6}, {13, 18}}), a.get("..., {}, {}", places(0, 1), places(1, 2)));
        assertEquals(
                manager.create(new int[] {0, 11, 1, 10, 12, 23, 13, 22}).reshape(2, 2, 2, 1),
                a.get(":, {}, {}, {}", floats(0, 2), places(0, 3, 1, 2).reshape(2, 2), null));
        assertEquals(
                manager.create(new int[] {36, 44, 63, 71}).reshape(2, 1, 2),
                manager.arange(81)
                        .reshape(3, 3, 3, 3)
                        .get("{}:, {}, {}, {}", 1, places(1, 1).reshape(1, 2), ends, floats(0, 2)));
        assertEquals(new Shape(0, 3), a.get("{}, :, {}", places(), places(1)).getShape());
        assertEquals(
                new Shape(2, 1, 2), a.get(":, null, {}, {}", ends, places(0, 3)).getShape());
        for (int[] wrong : new int[][] {{0, 1, 2}, {0, 3}, {0, -4}}) {
            assertThrows(IllegalArgumentException.class, () -> a.get(":, {}, {}", places(wrong), places(1, 2)));
        }
        assertThrows(IllegalArgumentException.class, () -> a.get("{}, {}, 1", of, places(1, 2)));
        assertThrows(IllegalArgumentException.class, () -> a.get("{}, :, {}", ends, places(1, 2)));
    }

    @Test
    void gradientOfSeveralArraysOfPlaces() {
        NDArray a = manager.arange(6f).reshape(2, 3);
        a.setRequiresGradient(true);
        try (GradientCollector collector = engine().newGradientCollector()) {
            NDArray picked = a.get("{}, {}", places(0, 1, 0), places(2, 0, 2));
            collector.backward(picked.mul(floats(1, 2, 3)).sum());
        }
        assertEquals(floats(new Shape(2, 3), 0, 0, 4, 2, 0, 0), a.getGradient());
    }

    /** Values of NumPy; where places are equal, the last. */
    @Test
    void writesAtSeveralArraysOfPlaces() {
        NDArray a = manager.zeros(new Shape(2, 3, 4));
        a.set(new NDIndex("{}, :, {}", places(0, 1), places(1, 3)), floats(new Shape(2, 3), 1, 2, 3, 4, 5, 6));
        a.set(new NDIndex(":, {}, {}", places(0, 2), places(0, -2)), 7);
        a.set(new NDIndex(":, {}, {}", places(1, 1), places(2, 2)), floats(8, 9));
        assertEquals(
                floats(new Shape(2, 3, 4), 7, 1, 0, 0, 0, 2, 9, 0, 0, 3, 7, 0, 7, 0, 0, 4, 0, 0, 9, 5, 0, 0, 7, 6), a);
        NDArray large = manager.zeros(new Shape(2, 60, 50));
        large.set(new NDIndex("1, {}, {}", places(0, 59), places(2, 3)), floats(1, 2));
        assertEquals(
                floats(1, 2, 3),
                large.get("1, {}, {}", places(0, 59), places(2, 3))
                        .concat(large.sum().reshape(1)));
    }

    /** The last of equal places is what stays, whether places are few or many of the array. */
    @Test
    void writesAtPlaces() {
        for (int width : new int[] {6, 2000}) {
            NDArray a = manager.zeros(new Shape(2, width));
            a.set(new NDIndex(":, {}", manager.create(new int[] {1, -1, 1})), floats(1, 2, 3));
            a.set(new NDIndex("1, {}", manager.create(new int[] {0, 2})), 7);
            assertEquals(floats(new Shape(2, 3), 0, 3, 0, 7, 3, 7), a.get(":, :3"));
            assertEquals(floats(2, 2), a.get(":, -1"));
            assertEquals(24, a.sum().getFloat());
        }
    }

    @Test
    void shapes() {
        NDArray a = manager.arange(6f).reshape(2, 3);
        assertEquals(floats(new Shape(3, 2), 0, 3, 1, 4, 2, 5), a.transpose());
        assertEquals(new Shape(2, 1, 3), a.expandDims(1).getShape());
        assertEquals(new Shape(3), manager.ones(new Shape(1, 3, 1)).squeeze().getShape());
        assertEquals(floats(new Shape(3, 2), 2, 5, 1, 4, 0, 3), a.rotate90(1, new int[] {0, 1}));
        assertEquals(floats(new Shape(2, 3), 5, 4, 3, 2, 1, 0), a.rotate90(2, new int[] {0, 1}));
        assertEquals(a, a.rotate90(3, new int[] {0, 1}).rotate90(1, new int[] {0, 1}));
        NDList parts = a.split(new long[] {1}, 1);
        assertEquals(List.of(floats(new Shape(2, 1), 0, 3), floats(new Shape(2, 2), 1, 2, 4, 5)), List.copyOf(parts));
        assertEquals(floats(new Shape(2, 6), 0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5), a.tile(1, 2));
        assertEquals(floats(new Shape(2, 6), 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5), a.repeat(1, 2));
        assertEquals(floats(new Shape(2, 5), 9, 0, 1, 2, 9, 9, 3, 4, 5, 9), a.pad(new Shape(1, 1), 9));
        assertThrows(IllegalArgumentException.class, () -> a.reshape(4, 2));
        assertThrows(IllegalArgumentException.class, () -> a.transpose(0));
        assertThrows(IllegalArgumentException.class, () -> a.tile(new Shape(4)));
        assertThrows(IllegalArgumentException.class, () -> a.add(floats(1, 2)));
    }

    @Test
    void choices() {
        NDArray a = floats(new Shape(2, 3), 3, Float.NaN, 1, 2, 5, 4);
        assertEquals("[1.0, 3.0, NaN, 2.0, 4.0, 5.0]", Arrays.toString(a.sort().toFloatArray()));
        assertArrayEquals(new long[] {1, 0, 2, 1, 2, 0}, a.argSort(1, false).toLongArray());
        NDList top = floats(4, 1, 3).topK(2, 0);
        assertEquals(List.of(floats(4, 3), manager.create(new long[] {0, 2})), List.copyOf(top));
        assertEquals(manager.create(2f), floats(4, 1, 3, 2).median());
        assertEquals(manager.create(2.5f), floats(4, 1, 3, 2).percentile(50));
        NDList unique = manager.create(new int[] {3, 1, 3}).unique(null, true, true, true);
        assertEquals(
                List.of(
                        manager.create(new int[] {1, 3}),
                        manager.create(new long[] {1, 0, 1}),
                        manager.create(new long[] {1, 2})),
                List.copyOf(unique));
        NDArray rows = floats(new Shape(4, 3), 3, 1, 2, 1, 9, 0, 3, 1, 2, 1, 2, 7);
        assertEquals(
                List.of(
                        floats(new Shape(3, 3), 1, 2, 7, 1, 9, 0, 3, 1, 2),
                        manager.create(new long[] {2, 1, 2, 0}),
                        manager.create(new long[] {1, 1, 2})),
                List.copyOf(rows.unique(0, true, true, true)));
        assertEquals(
                rows.unique(0, true, false, false).get(0).transpose(),
                rows.transpose().unique(-1, true, false, false).get(0));
        assertThrows(IllegalArgumentException.class, () -> floats(1, 2).topK(3, 0));
    }

    @Test
    void fourierTransforms() {
        NDArray x = manager.randomNormal(new Shape(3, 8));
        NDArray there = x.fft(8, 1);
        assertEquals(DataType.COMPLEX64, there.getDataType());
        assertTrue(there.ifft(8, 1).real().get(":, :, 0").allClose(x, 1e-5, 1e-5, false));
        for (int n : new int[] {7, 8}) {
            NDArray y = x.get(":, :" + n);
            assertTrue(y.rfft(n, 1).irfft(n, 1).allClose(y, 1e-5, 1e-5, false));
        }
        assertTrue(x.fft2(new long[] {3, 8}, new long[] {0, 1})
                .ifft2(new long[] {3, 8}, new long[] {0, 1})
                .real()
                .get(":, :, 0")
                .allClose(x, 1e-5, 1e-5, false));
        assertEquals(
                new Shape(3, 5, 3),
                x.stft(8, 4, true, manager.ones(new Shape(8)), true).getShape());
    }

    /** Values of mpmath. */
    @Test
    void functions() {
        NDArray x = manager.create(new double[] {0.1, 0.5, 1, 2.5, 30, -0.5, -3.7});
        double[] logGamma = x.gammaln().toDoubleArray();
        double[] expected = {
            2.2527126517342060,
            0.5723649429247001,
            0,
            0.2846828704729192,
            71.25703896716801,
            1.2655121234846454,
            -1.3797399049658243
        };
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], logGamma[i], 4e-16 * Math.max(1, Math.abs(expected[i])), "log-gamma " + i);
        }
        assertEquals(
                Double.POSITIVE_INFINITY,
                manager.create(new double[] {0}).gammaln().getDouble(0));
        NDArray y = manager.create(new double[] {-0.999, -0.3, 0, 1e-9, 0.5, 0.99999});
        assertTrue(y.erfinv().erf().allClose(y, 1e-15, 1e-24, false));
        assertEquals(
                floats(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY),
                floats(-1, 1).erfinv());
        assertEquals(-3, floats(-27).cbrt().getFloat(0), 1e-6);
        assertEquals(floats(-1, -0f, 1), floats(-1.5f, -0.5f, 1.5f).trunc());
    }

    @Test
    void bytes() {
        for (DataType type : new DataType[] {
            DataType.FLOAT32,
            DataType.FLOAT64,
            DataType.FLOAT16,
            DataType.BFLOAT16,
            DataType.INT8,
            DataType.UINT8,
            DataType.INT32,
            DataType.INT64,
            DataType.BOOLEAN
        }) {
            NDArray a =
                    manager.create(new int[] {0, 1, 1, 0, 1, 1}).reshape(2, 3).toType(type, false);
            a.setName("a");
            NDArray back = NDArray.decode(manager, a.encode());
            assertEquals(a, back, type.toString());
            assertEquals("a", back.getName());
            ByteBuffer buffer = a.transpose().toByteBuffer();
            assertEquals(a.transpose(), manager.create(buffer, new Shape(3, 2), type));
        }
    }

    @Test
    void randomNumbersFollowTheSeed() {
        engine().setRandomSeed(5);
        NDArray first = manager.randomUniform(-1, 3, new Shape(1000));
        NDArray normal = manager.randomNormal(2, 0.5f, new Shape(10_000), DataType.FLOAT32);
        engine().setRandomSeed(5);
        assertEquals(first, manager.randomUniform(-1, 3, new Shape(1000)));
        assertTrue(first.min().getFloat() >= -1 && first.max().getFloat() < 3);
        assertEquals(2, normal.mean().getFloat(), 5 * 0.5 / 100); // five standard deviations
        long[] order = manager.randomPermutation(50).sort().toLongArray();
        assertEquals(49, order[49]);
        assertEquals(0, order[0]);
    }

    @Test
    void closedArraysAreRefused() {
        NDArray a = floats(1, 2);
        NDManager inner = manager.newSubManager();
        NDArray b = inner.create(1f);
        inner.close();
        assertTrue(b.isReleased());
        a.close();
        a.close();
        assertTrue(assertThrows(IllegalStateException.class, () -> a.add(1))
                .getMessage()
                .contains("closed"));
        assertThrows(IllegalStateException.class, () -> floats(1).add(b));
        assertEquals("This array is already closed", a.toString());
    }

    @Test
    void managersOwn() throws InterruptedException {
        NDManager inner = manager.newSubManager();
        NDArray kept = inner.create(1f);
        NDArray lent = manager.create(2f);
        lent.tempAttach(inner);
        kept.attach(manager);
        NDArray detached = inner.create(3f);
        detached.detach();
        Thread other = new Thread(inner::close);
        other.start();
        other.join();
        assertFalse(kept.isReleased() || lent.isReleased() || detached.isReleased());
        assertTrue(lent.getManager() == manager);
        assertEquals(3, detached.getFloat());
        detached.close();
        assertThrows(IllegalStateException.class, KronManager.SYSTEM::close);
    }

    @Test
    void whatIsNotThereSaysSo() {
        Map<String, Runnable> missing = Map.of(
                "arrays of string", () -> manager.create(new Shape(1), DataType.STRING),
                "arrays of int16", () -> manager.create(new Shape(1), DataType.INT16),
                "sparse arrays", () -> floats(1).toSparse(SparseFormat.COO),
                "boxes", () -> floats(1).getNDArrayInternal().multiBoxTarget(new NDList(), 0, 0, 0, 0, 0),
                "hue", () -> floats(1).getNDArrayInternal().randomHue(1));
        missing.forEach((what, call) -> {
            String said =
                    assertThrows(UnsupportedOperationException.class, call::run).getMessage();
            assertTrue(said.contains(what), said);
        });
    }
}
