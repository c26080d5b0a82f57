package kron4j.contract;

import static kron4j.DType.BFLOAT16;
import static kron4j.DType.FLOAT16;
import static kron4j.DType.FLOAT32;
import static kron4j.DType.FLOAT64;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.GradientException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import org.junit.jupiter.api.Test;

/** Steps for several lists of operands have the results of the steps for one after the other, bit for bit. */
public class FusedEachContract extends Contract {
    private static final long[] SIZES = {1, 2, 3, 7, 8, 9, 16, 31, 255, 257, 1023, 1025, 2047, 2048, 2049, 4097, 9001};

    /** Momentum, with a rate that all share. */
    private static final Fused UPDATE = Fused.compileRun(x -> {
        InPlace.average(x[1], x[2], 0.9);
        InPlace.subtract(x[0], x[1].multiply(x[3]));
    });

    private static Tensor normal(long seed, DType dtype, long... shape) {
        return Random.normal(seed, FLOAT32, shape).to(dtype);
    }

    /** Updates copies one after the other and all at once. */
    private static void assertUpdates(String text, List<Tensor[]> lists) {
        List<double[]> expected = new ArrayList<>();
        for (Tensor[] x : lists) {
            Tensor[] copies = {x[0].copy(), x[1].copy(), x[2], x[3]};
            UPDATE.applyAll(copies);
            expected.add(copies[0].toDoubleArray());
            expected.add(copies[1].toDoubleArray());
        }
        assertEquals(lists.size(), UPDATE.applyEach(lists).size());
        for (int i = 0; i < lists.size(); i++) {
            assertArrayEquals(expected.get(2 * i), lists.get(i)[0].toDoubleArray(), text + ", list " + i);
            assertArrayEquals(expected.get(2 * i + 1), lists.get(i)[1].toDoubleArray(), text + ", list " + i);
        }
    }

    private static Tensor[] list(long seed, Tensor rate, long... shape) {
        DType dtype = rate.dtype();
        return new Tensor[] {
            normal(seed, dtype, shape), normal(seed + 1, dtype, shape), normal(seed + 2, dtype, shape), rate
        };
    }

    @Test
    void updatesOfAllSizes() {
        for (DType dtype : List.of(FLOAT32, FLOAT64, FLOAT16, BFLOAT16)) {
            Tensor rate = Tensor.full(dtype, 0.25);
            List<Tensor[]> lists = new ArrayList<>();
            for (long size : SIZES) {
                lists.add(list(3 * size, rate, size));
                lists.add(list(3 * size, rate, 3, size));
            }
            lists.add(list(1, rate));
            lists.add(list(2, rate, 0, 4));
            for (int i = 0; i < 130; i++) {
                lists.add(list(1000 + 3 * i, rate, i % 11));
            }
            assertUpdates(dtype.name(), lists);
        }
    }

    /** Nothing of these is row-major and aligned, or has one rate. */
    @Test
    void viewsOfAnyLayout() {
        for (DType dtype : List.of(FLOAT32, FLOAT64, BFLOAT16)) {
            List<Tensor[]> lists = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Tensor rate = Tensor.full(dtype, 0.125 * (1 + i));
                Tensor[] x = list(10 * i, rate, 37, 19);
                lists.add(x);
                Tensor[] transposed = list(10 * i + 3, rate, 37, 19);
                Tensor[] shifted = list(10 * i + 6, rate, 700);
                for (int k = 0; k < 3; k++) {
                    transposed[k] = transposed[k].transpose();
                    shifted[k] = shifted[k].slice(0, 1 + k, 600 + k, 1);
                }
                lists.add(transposed);
                lists.add(shifted);
                Tensor[] everySecond = list(10 * i + 9, rate, 700);
                everySecond[0] = everySecond[0].slice(0, 0, 700, 2);
                everySecond[1] = everySecond[1].slice(0, 1, 700, 2);
                everySecond[2] = everySecond[2].select(0, 3).expand(350);
                lists.add(everySecond);
                lists.add(new Tensor[] {
                    normal(5, dtype, 6, 5), normal(6, dtype, 6, 5), normal(7, dtype, 5), normal(8, dtype, 6, 1)
                });
            }
            assertUpdates(dtype.name(), lists);
        }
    }

    /** One program, whose last operand is one number for some lists and one for each element for others. */
    @Test
    void numbersAndTensorsInTurn() {
        for (DType dtype : List.of(FLOAT32, FLOAT64)) {
            List<Tensor[]> lists = new ArrayList<>();
            Tensor shared = Tensor.full(dtype, 0.5);
            for (int i = 0; i < 12; i++) {
                long size = i == 7 ? 1 : 1500;
                Tensor rate = i % 3 == 0 ? shared : i % 3 == 1 ? normal(i, dtype, size) : Tensor.full(dtype, i);
                Tensor[] x = list(20 + 3 * i, rate, size);
                lists.add(x);
            }
            assertUpdates(dtype.name(), lists);
        }
    }

    @Test
    void resultsOfOtherDtypesAndShapes() {
        Fused steps = Fused.compileAll(x -> new Tensor[] {
            Elementwise.where(Elementwise.greater(x[0], 0), x[0], x[1]), Elementwise.less(x[0], x[1]), x[0].exp()
        });
        List<Tensor[]> lists = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            DType dtype = i % 3 == 0 ? FLOAT64 : i % 3 == 1 ? FLOAT32 : FLOAT16;
            lists.add(new Tensor[] {normal(i, dtype, 1 + i % 5, 33), normal(90 + i, dtype, 33)});
        }
        List<List<Tensor>> all = steps.applyEach(lists);
        for (int i = 0; i < lists.size(); i++) {
            List<Tensor> expected = steps.applyAll(lists.get(i));
            for (int k = 0; k < 3; k++) {
                assertEquals(expected.get(k).dtype(), all.get(i).get(k).dtype());
                assertArrayEquals(
                        expected.get(k).to(FLOAT64).toDoubleArray(),
                        all.get(i).get(k).to(FLOAT64).toDoubleArray(),
                        i + ", " + k);
            }
        }
        assertEquals(List.of(), steps.applyEach(List.of()));
    }

    /** What a list changes, later ones read, whether they name the tensor or a view that overlaps it; reductions are passes of their own. */
    @Test
    void listsThatShareMemoryAreInOrder() {
        Tensor a = Tensor.ones(FLOAT32, 2048);
        Tensor b = a.slice(0, 1000, 2048, 1);
        Fused twice = Fused.compileRun(x -> InPlace.add(x[0], x[1]));
        twice.applyEach(List.of(new Tensor[] {a, a.copy()}, new Tensor[] {a, a}, new Tensor[] {b, b.copy()}));
        assertEquals(4, a.get(999).item());
        assertEquals(5, a.get(1000).item()); // the copies are older
        Fused doubled =
                Fused.compileRun(x -> InPlace.assign(x[0], x[0].multiply(2).add(x[1])));
        List<Tensor[]> updates = new ArrayList<>();
        Tensor sum = Tensor.zeros(FLOAT64, 100);
        double expected = 0;
        for (int i = 0; i < 20; i++) {
            updates.add(new Tensor[] {sum, Tensor.full(FLOAT64, i, 100)});
            expected = 2 * expected + i;
        }
        for (int repeat = 0; repeat < 8; repeat++) {
            InPlace.fill(sum, 0);
            doubled.applyEach(updates);
            assertEquals(expected, sum.get(99).item());
        }
        Tensor c = Tensor.zeros(FLOAT32, 5);
        twice.applyEach(List.of(new Tensor[] {c, Tensor.ones(FLOAT32, 5)}, new Tensor[] {Tensor.zeros(FLOAT32, 5), c}));
        assertArrayEquals(new float[] {1, 1, 1, 1, 1}, c.toFloatArray());
        Fused mirrored = Fused.compileRun(x -> InPlace.add(x[0], x[0].flip(0)));
        List<Tensor[]> lists = List.of(
                new Tensor[] {Creation.arange(FLOAT32, 0, 5, 1)}, new Tensor[] {Creation.arange(FLOAT32, 1, 6, 1)});
        mirrored.applyEach(lists);
        assertArrayEquals(new float[] {4, 4, 4, 4, 4}, lists.get(0)[0].toFloatArray());
        assertArrayEquals(new float[] {6, 6, 6, 6, 6}, lists.get(1)[0].toFloatArray());
        Fused centred = Fused.compileRun(x -> InPlace.subtract(x[0], x[0].mean()));
        centred.applyEach(lists);
        assertArrayEquals(new float[5], lists.get(1)[0].toFloatArray());
    }

    @Test
    void gradientsAreRecorded() {
        Fused square = Fused.compile(x -> x[0].multiply(x[0]));
        List<Tensor[]> lists = new ArrayList<>();
        for (int i = 1; i < 4; i++) {
            lists.add(new Tensor[] {Tensor.full(FLOAT64, i, 2).requiresGrad()});
        }
        Tensor sum = square.applyEach(lists).stream()
                .map(each -> each.get(0).sum())
                .reduce(Tensor::add)
                .orElseThrow();
        for (int i = 1; i < 4; i++) {
            assertArrayEquals(
                    new double[] {2 * i, 2 * i},
                    Gradients.of(Elementwise.square(lists.get(i - 1)[0]).sum(), lists.get(i - 1)[0])
                            .get(0)
                            .toDoubleArray());
        }
        Tensor[] all = lists.stream().map(x -> x[0]).toArray(Tensor[]::new);
        assertArrayEquals(new double[] {6, 6}, Gradients.of(sum, all).get(2).toDoubleArray());
    }

    @Test
    void refusals() {
        Fused add = Fused.compileRun(x -> InPlace.add(x[0], x[1]));
        Tensor a = Tensor.zeros(FLOAT32, 3);
        Tensor one = Tensor.ones(FLOAT32, 3);
        Tensor[] good = {a, one};
        refused(
                ShapeException.class,
                () -> add.applyEach(
                        List.of(good, new Tensor[] {Tensor.zeros(FLOAT32).expand(3), one})),
                "several elements lie in one place");
        refused(ShapeException.class, () -> add.applyEach(List.of(good, new Tensor[0])), "Fused.applyAll: no operands");
        Tensor w = Tensor.ones(FLOAT32, 3).requiresGrad();
        Tensor recorded = Elementwise.square(w).sum();
        NoGrad.run(() ->
                refused(GradientException.class, () -> add.applyEach(List.of(good, new Tensor[] {w, one})), "square"));
        refused(
                TensorException.class,
                () -> add.applyEach(Arrays.asList(good, new Tensor[] {Tensor.ones(FLOAT64, 3), one})),
                "float64");
        assertArrayEquals(new float[3], a.toFloatArray());
        assertEquals(3, recorded.item());
    }
}
