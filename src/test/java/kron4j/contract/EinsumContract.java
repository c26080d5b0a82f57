package kron4j.contract;

import static kron4j.reference.Check.close;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.cli.conformance.CaseFile;
import kron4j.cli.conformance.SectionResult;
import kron4j.ops.Einsum;
import kron4j.reference.Einsums;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Einsum on any device. */
public abstract class EinsumContract extends Contract {
    /** For integer results: only lets -0 equal 0. */
    private static final double EXACT = 1e-9;

    private void replays(String file, DType dtype) {
        for (SectionResult r :
                CaseFile.read(Path.of("src/test/resources/cases", file)).replay(device(), dtype, () -> {})) {
            assertEquals(List.of(), r.failures());
            assertTrue(r.passed() > 0 || r.section().matches("valid/(gradients|complex)"), r.section());
        }
    }

    @Test
    void replaysTheSharedCases() {
        for (DType dtype : new DType[] {DType.FLOAT64, DType.FLOAT32, DType.INT64}) {
            replays("einsum.json", dtype);
        }
    }

    @Test
    void replaysTheSharedCasesOfMatrixProducts() {
        for (DType dtype : NUMBERS) {
            replays("keras.json", dtype);
        }
    }

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
}
