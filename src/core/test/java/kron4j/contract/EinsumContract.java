package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.DeviceMemoryException;
import kron4j.EinsumException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Einsum;
import kron4j.reference.Einsums;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Einsum on any device. */
public class EinsumContract extends Contract {
    /** For integer results: only lets -0 equal 0. */
    private static final double EXACT = 1e-9;

    /** Operands with shared, repeated, broadcast and zero-stride axes in arbitrary layouts, integers so that every order of summation is exact. */
    @Test
    void agreesWithTheDefinitionOnRandomEquations() {
        for (int seed = 0; seed < 400; seed++) {
            SplittableRandom random = random(seed);
            DType dtype = NUMBERS[seed % NUMBERS.length];
            int labels = random.nextInt(1, 6);
            long[] sizes = random.longs(labels, 1, 5).toArray();
            int n = random.nextInt(1, 5);
            int[][] inputs = new int[n][];
            NDArray[] values = new NDArray[n];
            Tensor[] operands = new Tensor[n];
            boolean[] used = new boolean[labels];
            try (TensorScope inner = device().openScope()) {
                for (int k = 0; k < n; k++) {
                    inputs[k] = random.ints(random.nextInt(5), 0, labels).toArray();
                    long[] shape = new long[inputs[k].length];
                    for (int axis = 0; axis < shape.length; axis++) {
                        used[inputs[k][axis]] = true;
                        shape[axis] = sizes[inputs[k][axis]];
                    }
                    if (shape.length > 0 && random.nextInt(4) == 0) {
                        int label = inputs[k][random.nextInt(shape.length)];
                        for (int axis = 0; axis < shape.length; axis++) {
                            shape[axis] = inputs[k][axis] == label ? 1 : shape[axis];
                        }
                    }
                    values[k] = NDArray.integers(random, -3, 4, shape);
                    operands[k] =
                            random.nextInt(3) == 0 ? values[k].toTensor(dtype) : strided(random, values[k], dtype);
                    if (shape.length > 0 && random.nextInt(4) == 0) {
                        int axis = random.nextInt(shape.length);
                        Tensor row = operands[k].slice(axis, 0, 1);
                        operands[k] = row.expand(shape);
                        values[k] = NDArray.of(operands[k]);
                    }
                }
                List<Integer> kept = new ArrayList<>();
                for (int label = 0; label < labels; label++) {
                    if (used[label] && random.nextBoolean()) {
                        kept.add(random.nextInt(kept.size() + 1), label);
                    }
                }
                if (!kept.isEmpty() && random.nextInt(8) == 0) {
                    kept.add(kept.get(0));
                }
                int[] output = kept.stream().mapToInt(i -> i).toArray();
                NDArray expected = Einsums.einsum(inputs, output, values);
                Tensor result = Einsum.einsum(operands, inputs, output);
                try {
                    close(expected, result, EXACT);
                } catch (AssertionError e) {
                    throw new AssertionError(
                            "seed " + seed + ": " + Arrays.deepToString(inputs) + "->" + kept + " "
                                    + Arrays.stream(operands)
                                            .map(Tensor::layout)
                                            .toList(),
                            e);
                }
            }
        }
    }

    private static Tensor ones(long... shape) {
        return Tensor.ones(DType.FLOAT64, shape);
    }

    @Test
    void readsAnyLayoutOfTheCommonContractions() {
        List<String> equations = List.of(
                "ahwm,ahwn->amn",
                "bij,bjk->bik",
                "bij,bkj->bki",
                "bqhd,bkhd->bhqk",
                "bhqk,bkhd->bqhd",
                "ij,j->i",
                "ij,i->j",
                "i,j->ij",
                "abc,abc->a",
                "iji,jkk->ik",
                "abcd,dcb->a",
                "ij,jk,kl->il",
                "ab,ab,ab->b");
        SplittableRandom random = random(7);
        for (String equation : equations) {
            for (DType dtype : FLOATING) {
                String[] terms = equation.substring(0, equation.indexOf('-')).split(",");
                NDArray[] values = new NDArray[terms.length];
                Tensor[] operands = new Tensor[terms.length];
                for (int k = 0; k < terms.length; k++) {
                    values[k] = NDArray.random(
                            random, terms[k].chars().mapToLong(c -> 3 + c % 7).toArray());
                    operands[k] = strided(random, values[k], dtype);
                }
                NDArray expected = Einsums.einsum(equation, values);
                NDArray magnitude = Einsums.einsum(
                        equation,
                        Arrays.stream(values).map(v -> v.map(Math::abs)).toArray(NDArray[]::new));
                close(expected, Einsum.einsum(equation, operands), 100 * dtype.epsilon() * magnitude.scale());
            }
        }
    }

    @Test
    void appliesTheFactorInEveryKernel() {
        Tensor a = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
        for (String equation :
                List.of("ij->ji", "ij->i", "ij,kj->ik", "ij,ij->ij", "ij,kj,lj->ikl", "ij,ij,ik->jk", "ii...->...i")) {
            boolean diagonal = equation.startsWith("ii");
            Tensor x = diagonal ? a.slice(1, 0, 2) : a;
            Tensor[] operands =
                    new Tensor[(int) equation.chars().filter(c -> c == ',').count() + 1];
            Arrays.fill(operands, x);
            double[] once = Einsum.einsum(equation, operands).toDoubleArray();
            double[] scaled = Einsum.einsum(0.5, equation, operands).toDoubleArray();
            for (int i = 0; i < once.length; i++) {
                assertEquals(0.5 * once[i], scaled[i], equation);
            }
        }
        Tensor n = Tensor.of(new long[] {1, 2, 3});
        assertEquals(-28, Einsum.einsum(-2, "i,i->", n, n).itemLong());
        refused(
                DTypeException.class,
                () -> Einsum.einsum(0.5, "i,i->", n, n),
                "einsum \"i,i->\": the factor 0.5 is not an integer, the operands are int64");
    }

    @Test
    void propagatesNaNAndInfinity() {
        double inf = Double.POSITIVE_INFINITY;
        Tensor a = Tensor.of(new double[] {1, Double.NaN, 0, inf, 2, 3}, 3, 2);
        Tensor b = Tensor.of(new double[] {0, 1, 1, 0}, 2, 2);
        double[] product = Einsum.einsum("ij,jk->ik", a, b).toDoubleArray();
        assertTrue(Double.isNaN(product[0]), "0 * NaN");
        assertTrue(Double.isNaN(product[1]), "NaN");
        assertEquals(inf, product[2]);
        assertTrue(Double.isNaN(product[3]), "inf * 0");
        assertEquals(3, product[4]);
        assertTrue(Double.isNaN(Einsum.einsum("ij->", a).item()));
        assertEquals(
                inf, Einsum.einsum("i->", a.slice(0, 1, 3).select(1, 0).copy()).item() + inf);
    }

    @Test
    void zeroSizesGiveZeros() {
        assertEquals(0, Einsum.einsum("ij,jk->ik", ones(2, 0), ones(0, 3)).toDoubleArray()[5]);
        assertEquals(0, Einsum.einsum("ij->", ones(0, 3)).item());
        assertEquals(0, Einsum.einsum("ij,jk->ik", ones(0, 3), ones(3, 2)).size());
        assertEquals(0, Einsum.einsum("i,j->j", ones(0), ones(1)).item());
    }

    @Test
    void refusesBadOperandsAndLeavesThemUsable() {
        Tensor a = ones(2, 4, 5, 3);
        Tensor b = ones(2, 7, 5, 6);
        EinsumException e = refused(EinsumException.class, () -> Einsum.einsum("ahwm,ahwn->amn", a, b));
        assertEquals(
                "einsum \"ahwm,ahwn->amn\": label 'h' is 4 in operand 0 [2,4,5,3] but 7 in operand 1 [2,7,5,6]",
                e.getMessage());
        assertEquals(EinsumException.Kind.DIM_MISMATCH, e.kind());
        Tensor f = Tensor.ones(DType.FLOAT32, 3);
        refused(
                DTypeException.class,
                () -> Einsum.einsum("ahwm,m->a", a, f),
                "einsum \"ahwm,m->a\": operands have dtypes float64 [2,4,5,3], float32 [3]");
        Tensor flags = Tensor.of(new boolean[] {true, false});
        refused(
                DTypeException.class,
                () -> Einsum.einsum("i,i->", flags, flags),
                "einsum \"i,i->\": bool has no sums of products; convert the operands with to(DType.INT64)");
        Tensor closed = ones(3);
        closed.close();
        refused(ClosedTensorException.class, () -> Einsum.einsum("ahwm,m->a", a, closed));
        assertEquals(60, Einsum.einsum("ahwm->a", a).toDoubleArray()[1]);
    }

    @Test
    void theResultIsAlwaysANewTensor() {
        Tensor a = ones(3, 3);
        for (String equation : List.of("ij->ij", "ij->ji", "ii->i")) {
            Tensor r = Einsum.einsum(equation, a);
            assertTrue(r.storage() != a.storage());
            assertTrue(r.layout().isContiguous());
            assertEquals(0, r.layout().offset());
        }
    }

    @Test
    void keepsTheMemoryCap() {
        SplittableRandom random = random(3);
        NDArray[] values = new NDArray[4];
        Tensor[] operands = new Tensor[4];
        for (int k = 0; k < 4; k++) {
            values[k] = NDArray.integers(random, -3, 4, 12, 6);
            operands[k] = values[k].toTensor(DType.FLOAT64);
        }
        List<String> equations =
                List.of("ai,bi,aj,bj->ij", "ai,bi,aj,bj->", "ai,bj,ci,dj->ad", "ai,bi,ci,di->abi", "ai,bi,aj,bj->ji");
        for (String equation : equations) {
            Einsum.Explanation free = Einsum.explain(equation, operands);
            NDArray expected = Einsums.einsum(equation, values);
            for (int parts : new int[] {2, 3, 10, 1000}) {
                long cap = free.outputBytes() + (free.peakBytes() - free.outputBytes()) / parts;
                Einsum.Explanation capped = Einsum.explain(cap, equation, operands);
                assertTrue(capped.peakBytes() <= cap, capped::toString);
                long used = peakOf(() -> close(expected, Einsum.einsum(cap, 1, equation, operands), EXACT));
                assertTrue(used <= cap, () -> used + " bytes used under " + cap + "\n" + capped);
            }
            refused(
                    DeviceMemoryException.class,
                    () -> Einsum.einsum(free.outputBytes() - 1, 1, equation, operands),
                    "einsum \"" + equation + "\": the result ",
                    "the memory limit is ");
        }
    }

    /** Sizes of all kinds, so that blocks are rounded by all kinds of amounts. */
    @Test
    void keepsAnyMemoryCap() {
        SplittableRandom random = random(8);
        String[] equations = {"ab,bc,cd->ad", "abc,bd,cd->a", "ab,ac,ad->bcd", "ab,bc,ca->", "abc,cd,de->eab"};
        for (int round = 0; round < 60; round++) {
            long[] sizes = random.longs(5, 1, 14).toArray();
            String equation = equations[round % equations.length];
            Tensor[] operands = Arrays.stream(
                            equation.substring(0, equation.indexOf('-')).split(","))
                    .map(labels -> Tensor.ones(
                            DType.FLOAT32,
                            labels.chars().mapToLong(c -> sizes[c - 'a']).toArray()))
                    .toArray(Tensor[]::new);
            Einsum.Explanation free = Einsum.explain(equation, operands);
            long cap = random.nextLong(free.outputBytes(), free.peakBytes() + 1);
            long used = peakOf(() -> Einsum.einsum(cap, 1, equation, operands).close());
            assertTrue(used <= cap, () -> used + " bytes used under " + cap + "\n" + free);
        }
    }

    /** Bytes taken at a time by what runs: live memory is first raised to the highest level so far, so that more of it shows. */
    private long peakOf(Runnable body) {
        long peak = device().memoryReport().peak();
        try (Tensor ballast = Tensor.empty(device(), DType.BOOL, Shape.of(Math.max(0, peak - live())))) {
            assertTrue(ballast.size() >= 0);
            long before = live();
            body.run();
            return device().memoryReport().peak() - before;
        }
    }

    /** Seven matrices in a chain need the result and two products at a time: the one that is read and the one that is written. */
    @Test
    void aChainHoldsNoMoreThanItsPlanSays() {
        Tensor[] chain = new Tensor[7];
        Arrays.setAll(chain, k -> ones(120, 120));
        String equation = "ab,bc,cd,de,ef,fg,gh->ah";
        long peak = Einsum.explain(equation, chain).peakBytes();
        assertEquals(3 * Einsum.explain("ab,bc->ac", chain[0], chain[1]).peakBytes(), peak);
        long used = peakOf(() -> Einsum.einsum(equation, chain).close());
        assertTrue(used <= peak, () -> used + " bytes used, planned " + peak);
    }

    @Test
    void temporariesAreFreedAtOnce() {
        Tensor a = ones(50, 60);
        Tensor b = ones(60, 70);
        Tensor c = ones(70, 40);
        long before = live();
        Tensor r = Einsum.einsum("ij,jk,kl->il", a, b, c);
        assertEquals(r.storage().bytes(), live() - before);
        assertEquals(4200, r.toDoubleArray()[1999]);
    }

    @Test
    void takesMoreLabelsThanLetters() {
        int n = 60;
        Tensor[] operands = new Tensor[n];
        int[][] labels = new int[n][];
        for (int k = 0; k < n; k++) {
            operands[k] = Tensor.of(new long[] {1, 1, 0, 1}, 2, 2);
            labels[k] = new int[] {k, k + 1};
        }
        assertEquals(n, Einsum.einsum(operands, labels, new int[] {0, n}).toLongArray()[1]);
        assertEquals(1, Einsum.einsum(operands, labels).toLongArray()[3]);
    }

    @Test
    void contractsTheBenchmarkEquations() throws IOException {
        SplittableRandom random = random(48);
        for (String line : Einsums.benchmark()) {
            if (!line.contains("->")) {
                continue;
            }
            String equation = line.substring(line.indexOf('"') + 1, line.lastIndexOf('"'));
            String[] terms = equation.substring(0, equation.indexOf('-')).split(",");
            NDArray[] values = new NDArray[2];
            Tensor[] operands = new Tensor[2];
            for (int k = 0; k < 2; k++) {
                values[k] = NDArray.integers(
                        random,
                        -3,
                        4,
                        terms[k].chars().mapToLong(c -> 2 + c % 3).toArray());
                operands[k] = values[k].toTensor(DType.FLOAT32);
            }
            close(Einsums.einsum(equation, values), Einsum.einsum(equation, operands), EXACT);
        }
    }

    @Test
    void runsInManyThreads() {
        Tensor a = ones(20, 30);
        Tensor b = ones(30, 10);
        IntStream.range(0, 64).parallel().forEach(i -> {
            try (Tensor left = a.slice(1, 0, 1 + i % 30);
                    Tensor right = b.slice(0, 0, 1 + i % 30);
                    Tensor r = Einsum.einsum("ij,jk->ik", left, right)) {
                assertEquals(1 + i % 30, r.toDoubleArray()[199]);
            }
        });
    }
}
