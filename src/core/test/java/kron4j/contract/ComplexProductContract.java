package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.ComplexArray.close;
import static kron4j.reference.ComplexArray.einsum;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Einsum;
import kron4j.ops.Keras;
import kron4j.ops.Kron;
import kron4j.ops.MatMul;
import kron4j.ops.MatMul.Form;
import kron4j.reference.ComplexArray;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Products of complex matrices and tensors on any device. */
public class ComplexProductContract extends Contract {
    /** Of small integers, whose sums are exact in any order. */
    private static final double EXACT = 0;

    private static NDArray swapLast(NDArray a, boolean swap) {
        return swap && a.rank() > 1 ? a.transpose(a.rank() - 2, a.rank() - 1) : a;
    }

    @Test
    void matmulAgreesWithTheDefinition() {
        long[][][] shapes = {
            {{2, 3}, {3, 4}},
            {{5, 2, 3}, {3, 4}},
            {{2, 3}, {5, 3, 4}},
            {{3}, {3}},
            {{3}, {3, 4}},
            {{2, 3}, {3}},
            {{3}, {5, 3, 4}},
            {{5, 2, 3}, {3}},
            {{1, 1}, {1, 1}},
            {{6, 1, 4}, {6, 4, 1}},
            {{2, 0}, {0, 3}},
            {{0, 2, 3}, {3, 2}},
            {{33, 20, 17}, {33, 17, 19}},
            {{70, 40}, {40, 50}}
        };
        String[] equations = {
            "ij,jk->ik",
            "bij,jk->bik",
            "ij,bjk->bik",
            "j,j->",
            "j,jk->k",
            "ij,j->i",
            "j,bjk->bk",
            "bij,j->bi",
            "ij,jk->ik",
            "bij,bjk->bik",
            "ij,jk->ik",
            "bij,jk->bik",
            "bij,bjk->bik",
            "ij,jk->ik"
        };
        SplittableRandom random = random(1);
        for (int c = 0; c < shapes.length; c++) {
            ComplexArray a = ComplexArray.integers(random, 4, shapes[c][0]);
            ComplexArray b = ComplexArray.integers(random, 4, shapes[c][1]);
            ComplexArray expected = einsum(equations[c], a, b);
            for (DType dtype : DTypes.complex()) {
                for (int flags = 0; flags < 4; flags++) {
                    boolean transposeA = (flags & 1) != 0;
                    boolean transposeB = (flags & 2) != 0;
                    Tensor x = strided(random, a.with(v -> swapLast(v, transposeA)), dtype);
                    Tensor y = b.with(v -> swapLast(v, transposeB)).toTensor(dtype);
                    close(expected, MatMul.matmul(x, transposeA, y, transposeB), EXACT);
                }
            }
        }
    }

    /** Every pair of forms of operands of every layout; one of a vector is conjugated only. */
    @Test
    void matmulOfForms() {
        SplittableRandom random = random(2);
        long[][][] shapes = {
            {{3, 4}, {4, 2}}, {{40, 30}, {30, 20}}, {{5, 3, 4}, {4, 2}}, {{2, 3}, {5, 3, 4}}, {{4}, {4, 3}},
            {{3, 4}, {4}}, {{6}, {6}}, {{3, 1}, {1, 4}}, {{1, 70}, {70, 1}}, {{7, 1, 9}, {7, 9, 1}}
        };
        String[] equations = {
            "ij,jk->ik",
            "ij,jk->ik",
            "bij,jk->bik",
            "ij,bjk->bik",
            "j,jk->k",
            "ij,j->i",
            "j,j->",
            "ij,jk->ik",
            "ij,jk->ik",
            "bij,bjk->bik"
        };
        for (int c = 0; c < shapes.length; c++) {
            ComplexArray a = ComplexArray.integers(random, 4, shapes[c][0]);
            ComplexArray b = ComplexArray.integers(random, 4, shapes[c][1]);
            for (DType dtype : DTypes.complex()) {
                for (Form left : Form.values()) {
                    for (Form right : Form.values()) {
                        Tensor x = strided(random, stored(a, left), dtype);
                        Tensor y = stored(b, right).toTensor(dtype);
                        close(einsum(equations[c], a, b), MatMul.matmul(x, left, y, right), EXACT);
                    }
                }
            }
        }
        Tensor r = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
        assertArrayEquals(
                MatMul.matmul(r, true, r, false).toDoubleArray(),
                MatMul.matmul(r, Form.ADJOINT, r, Form.CONJUGATED).toDoubleArray());
    }

    /** What gives {@code a} when it is read in this form. */
    private static ComplexArray stored(ComplexArray a, Form form) {
        ComplexArray turned = a.with(v -> swapLast(v, form == Form.TRANSPOSED || form == Form.ADJOINT));
        return form == Form.CONJUGATED || form == Form.ADJOINT ? turned.conj() : turned;
    }

    @Test
    void relatives() {
        SplittableRandom random = random(5);
        ComplexArray a = ComplexArray.integers(random, 4, 2, 3);
        ComplexArray b = ComplexArray.integers(random, 4, 4, 3);
        ComplexArray c = ComplexArray.integers(random, 4, 3, 2);
        ComplexArray w = ComplexArray.integers(random, 4, 5, 3, 3);
        ComplexArray v = ComplexArray.integers(random, 4, 4, 2, 3);
        for (DType dtype : DTypes.complex()) {
            Tensor x = strided(random, a, dtype);
            Tensor y = strided(random, b, dtype);
            Tensor z = strided(random, c, dtype);
            close(einsum("ij,kj->ik", a, b), MatMul.inner(x, y), EXACT);
            close(einsum("ab,cd->abcd", a, b).with(t -> t.reshape(6, 12)), MatMul.outer(x, y), EXACT);
            close(einsum("ij,jk->ik", a, c), MatMul.dot(x, z), EXACT);
            close(
                    einsum("i,i->", a.conj().with(t -> t.reshape(6)), c.with(t -> t.reshape(6))),
                    MatMul.vdot(x, z),
                    EXACT);
            close(einsum("ij,jk->ik", a, c), MatMul.tensordot(x, z, 1), EXACT);
            close(einsum("ij,ji->", a, c), MatMul.tensordot(x, z, new int[] {0, 1}, new int[] {1, 0}), EXACT);
            close(einsum("ai,oij,aj->ao", b, w, b), MatMul.bilinear(y, strided(random, w, dtype), y), EXACT);
            close(einsum("ij,jk->ik", a, c), Keras.dot(x, z), EXACT);
            close(einsum("bij,bj->bi", v, b), Keras.batchDot(strided(random, v, dtype), y), EXACT);
            close(
                    einsum("bij,bkj->bik", v, v),
                    Keras.batchDotLegacy(v.toTensor(dtype), strided(random, v, dtype), 2, 2),
                    EXACT);
            close(einsum("bi,bi->b", b, b).with(t -> t.reshape(4, 1)), Keras.batchDotLegacy(y, y, 1, 1), EXACT);
        }
    }

    /** The squared norm, to the last bit real. */
    @Test
    void vdotOfAVectorWithItselfIsReal() {
        SplittableRandom random = random(6);
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 2, 5, 63, 64, 1000, 5000}) {
                Tensor x = ComplexArray.integers(random, 4, n).toTensor(dtype);
                double[] norm = MatMul.vdot(x, x).toComplexArray();
                double expected = 0;
                for (double part : x.toComplexArray()) {
                    expected += part * part;
                }
                assertArrayEquals(new double[] {expected, 0}, positive(norm));
                assertArrayEquals(
                        norm, positive(MatMul.vdot(x.flip(0), x.flip(0)).toComplexArray()));
            }
        }
    }

    /** The conjugate of a view is read as the view lies; results do not alias operands. */
    @Test
    void conjugatesOfViews() {
        SplittableRandom random = random(8);
        ComplexArray a = ComplexArray.integers(random, 4, 6, 5);
        for (DType dtype : DTypes.complex()) {
            Tensor x = strided(random, a, dtype);
            Tensor part = x.slice(0, 1, 6, 2).transpose();
            ComplexArray expected = a.with(v -> v.slice(0, 1, 6, 2).transpose(0, 1));
            close(expected.conj(), part.conj(), EXACT);
            close(
                    einsum("ij,ik->jk", expected.conj(), expected),
                    MatMul.matmul(part, Form.ADJOINT, part, Form.PLAIN),
                    EXACT);
            close(einsum("ij,ik->jk", expected.conj(), expected), part.adjoint().matmul(part), EXACT);
            close(a, x, EXACT);
            Tensor row = x.slice(0, 2, 3).expand(6, 5);
            ComplexArray rows = a.with(v -> v.slice(0, 2, 3, 1).expand(6, 5));
            close(einsum("ij,ij->i", rows, a), Einsum.einsum("ij,ij->i", row, x), EXACT);
            close(einsum("ij,kj->ik", rows.conj(), a), MatMul.matmul(row, Form.CONJUGATED, x, Form.TRANSPOSED), EXACT);
        }
    }

    /** Operands with shared, repeated, broadcast and zero-stride axes in arbitrary layouts. */
    @Test
    void einsumAgreesWithTheDefinitionOnRandomEquations() {
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = random(seed);
            DType dtype = DTypes.complex()[seed % 2];
            int labels = random.nextInt(1, 6);
            long[] sizes = random.longs(labels, 1, 5).toArray();
            int n = random.nextInt(1, 4);
            int[][] inputs = new int[n][];
            ComplexArray[] values = new ComplexArray[n];
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
                    values[k] = ComplexArray.integers(random, 3, shape);
                    operands[k] =
                            random.nextInt(3) == 0 ? values[k].toTensor(dtype) : strided(random, values[k], dtype);
                    if (shape.length > 0 && random.nextInt(4) == 0) {
                        Tensor row = operands[k].slice(random.nextInt(shape.length), 0, 1);
                        operands[k] = row.expand(shape);
                        values[k] = ComplexArray.of(operands[k]);
                    }
                }
                List<Integer> kept = new ArrayList<>();
                for (int label = 0; label < labels; label++) {
                    if (used[label] && random.nextBoolean()) {
                        kept.add(random.nextInt(kept.size() + 1), label);
                    }
                }
                int[] output = kept.stream().mapToInt(i -> i).toArray();
                try {
                    close(einsum(inputs, output, values), Einsum.einsum(operands, inputs, output), EXACT);
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

    @Test
    void readsAnyLayoutOfTheCommonContractions() {
        List<String> equations = List.of(
                "ahwm,ahwn->amn",
                "bij,bjk->bik",
                "bij,bkj->bki",
                "bqhd,bkhd->bhqk",
                "ij,j->i",
                "ij,i->j",
                "i,j->ij",
                "abc,abc->a",
                "iji,jkk->ik",
                "abcd,dcb->a",
                "ij,jk,kl->il",
                "ab,ab,ab->b",
                "ab->b",
                "ab->");
        SplittableRandom random = random(7);
        for (String equation : equations) {
            int[][] inputs = ComplexArray.inputs(equation);
            int[] output = ComplexArray.output(equation);
            for (DType dtype : DTypes.complex()) {
                ComplexArray[] values = new ComplexArray[inputs.length];
                Tensor[] operands = new Tensor[inputs.length];
                for (int k = 0; k < inputs.length; k++) {
                    values[k] = ComplexArray.random(
                            random,
                            Arrays.stream(inputs[k]).mapToLong(c -> 3 + c % 7).toArray());
                    operands[k] = strided(random, values[k], dtype);
                }
                double scale = ComplexArray.scale(inputs, output, values);
                close(einsum(inputs, output, values), Einsum.einsum(equation, operands), 100 * dtype.epsilon() * scale);
            }
        }
    }

    @Test
    void appliesTheFactorInEveryKernel() {
        SplittableRandom random = random(3);
        ComplexArray a = ComplexArray.integers(random, 3, 3, 3);
        for (String equation : List.of(
                "ij->ji",
                "ij->i",
                "ij->",
                "ij,kj->ik",
                "ij,ij->ij",
                "ij,ij->i",
                "ij,ij->",
                "ij,kj,lj->ikl",
                "ii->i",
                "ij,j->i",
                "i,j->ij")) {
            int[][] inputs = ComplexArray.inputs(equation);
            ComplexArray[] operands = Arrays.stream(inputs)
                    .map(labels -> labels.length == 1 ? a.with(v -> v.select(0, 1)) : a)
                    .toArray(ComplexArray[]::new);
            for (DType dtype : DTypes.complex()) {
                Tensor[] x = Arrays.stream(operands).map(v -> v.toTensor(dtype)).toArray(Tensor[]::new);
                ComplexArray plain = einsum(equation, operands);
                close(plain.times(2, -3), Einsum.einsum(new Complex(2, -3), equation, x), EXACT);
                close(plain.times(0.5, 0), Einsum.einsum(0.5, equation, x), EXACT);
                close(plain.times(0, 1), Einsum.einsum(Complex.I, equation, x), EXACT);
                close(plain.times(0, 0), Einsum.einsum(new Complex(0, 0), equation, x), EXACT);
            }
        }
    }

    @Test
    void refusesMixedKinds() {
        Tensor real = Tensor.ones(DType.FLOAT32, 2, 2);
        Tensor z = Tensor.ones(DType.COMPLEX64, 2, 2);
        refused(
                DTypeException.class,
                () -> MatMul.matmul(real, z),
                "matmul: operands have dtypes float32 [2,2], complex64 [2,2]");
        refused(
                DTypeException.class,
                () -> Einsum.einsum(Complex.I, "ij,jk->ik", real, real),
                "einsum \"ij,jk->ik\": the complex factor 0.0+1.0j with operands of float32; convert them with"
                        + " to(DType.COMPLEX64)");
        refused(DTypeException.class, () -> Kron.kron(z, real), "kron: operands have dtypes complex64 [2,2], float32");
        refused(
                DTypeException.class,
                () -> Keras.dot(z, Tensor.ones(DType.COMPLEX128, 2, 2)),
                "Keras.dot: operands have dtypes complex64 [2,2], complex128 [2,2]");
    }

    /** numpy.kron([[1+2j, 3j], [-1, 2-1j]], [[1j, 2], [1-1j, 0]]). */
    @Test
    void kronMultipliesPairs() {
        ComplexArray a = ComplexArray.of(new double[] {1, 2, 0, 3, -1, 0, 2, -1}, 2, 2);
        ComplexArray b = ComplexArray.of(new double[] {0, 1, 2, 0, 1, -1, 0, 0}, 2, 2);
        double[] expected = {
            -2, 1, 2, 4, -3, 0, 0, 6, 3, 1, 0, 0, 3, 3, 0, 0, 0, -1, -2, 0, 1, 2, 4, -2, -1, 1, 0, 0, 1, -3, 0, 0
        };
        for (DType dtype : DTypes.complex()) {
            Tensor x = a.toTensor(dtype);
            Tensor y = b.toTensor(dtype);
            assertArrayEquals(expected, positive(Kron.kron(x, y).toComplexArray()));
            assertArrayEquals(expected, positive(Kron.kronByReshape(x, y).toComplexArray()));
            assertArrayEquals(expected, positive(Kron.kronByBlocks(x, y).toComplexArray()));
            assertArrayEquals(expected, positive(Kron.kronByConvolution(x, y).toComplexArray()));
        }
    }

    /** Sets -0 to 0. */
    private static double[] positive(double... x) {
        return Arrays.stream(x).map(v -> v + 0.0).toArray();
    }

    @Test
    void kronOfAnyLayout() {
        SplittableRandom random = random(9);
        long[][][] shapes = {
            {{3, 4}, {2, 5}},
            {{4, 40}, {3, 7}},
            {{2, 3}, {3, 70}},
            {{3}, {2, 2}},
            {{2, 3, 2}, {1, 2, 3}},
            {{}, {2}},
            {{0, 3}, {2, 2}},
            {{1}, {1}},
            {{1, 50}, {50, 1}}
        };
        for (long[][] pair : shapes) {
            ComplexArray a = ComplexArray.integers(random, 4, pair[0]);
            ComplexArray b = ComplexArray.integers(random, 4, pair[1]);
            ComplexArray expected = kron(a, b);
            for (DType dtype : DTypes.complex()) {
                close(expected, Kron.kron(strided(random, a, dtype), strided(random, b, dtype)), EXACT);
                close(expected, Kron.kron(a.toTensor(dtype), b.toTensor(dtype)), EXACT);
            }
        }
    }

    private static ComplexArray kron(ComplexArray a, ComplexArray b) {
        int rank = Math.max(a.re().rank(), b.re().rank());
        long[] sizeA = padded(a.shape(), rank);
        long[] sizeB = padded(b.shape(), rank);
        int[] labelsA = new int[rank];
        int[] labelsB = new int[rank];
        int[] out = new int[2 * rank];
        long[] shape = new long[rank];
        for (int i = 0; i < rank; i++) {
            labelsA[i] = 2 * i;
            labelsB[i] = 2 * i + 1;
            out[2 * i] = 2 * i;
            out[2 * i + 1] = 2 * i + 1;
            shape[i] = sizeA[i] * sizeB[i];
        }
        return einsum(new int[][] {labelsA, labelsB}, out, a.with(v -> v.reshape(sizeA)), b.with(v -> v.reshape(sizeB)))
                .with(v -> v.reshape(shape));
    }

    private static long[] padded(long[] shape, int rank) {
        long[] padded = new long[rank];
        Arrays.fill(padded, 1);
        System.arraycopy(shape, 0, padded, rank - shape.length, shape.length);
        return padded;
    }

    @Test
    void propagatesNaNAndInfinity() {
        double inf = Double.POSITIVE_INFINITY;
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 2, 5, 40}) {
                double[] pairs = new double[2 * n * n];
                pairs[0] = Double.NaN;
                pairs[2 * n * n - 1] = inf;
                Tensor a = ComplexArray.of(pairs, n, n).toTensor(dtype);
                for (int columns : new int[] {1, 3, n}) {
                    Tensor b = Tensor.zeros(dtype, n, columns);
                    double[] c = MatMul.matmul(a, b).toComplexArray();
                    for (int j = 0; j < columns; j++) {
                        assertTrue(Double.isNaN(c[2 * j]) && Double.isNaN(c[2 * j + 1]), "NaN * 0");
                        assertTrue(Double.isNaN(c[2 * ((n - 1) * columns + j)]), "inf * 0");
                    }
                    for (int i = 2 * columns; i < 2 * (n - 1) * columns; i++) {
                        assertEquals(0, c[i], "other rows");
                    }
                }
            }
        }
    }
}
