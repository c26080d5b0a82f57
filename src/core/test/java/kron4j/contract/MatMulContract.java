package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Einsum;
import kron4j.ops.Elementwise;
import kron4j.ops.MatMul;
import kron4j.reference.Einsums;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products of matrices and tensors on any device. */
public class MatMulContract extends Contract {
    /** For integer results: only lets -0 equal 0. */
    private static final double EXACT = 1e-9;

    private static Tensor ones(long... shape) {
        return Tensor.ones(DType.FLOAT64, shape);
    }

    private static NDArray swapLast(NDArray a, boolean swap) {
        if (!swap || a.rank() < 2) {
            return a;
        }
        int[] axes = IntStream.range(0, a.rank()).toArray();
        axes[a.rank() - 1] = a.rank() - 2;
        axes[a.rank() - 2] = a.rank() - 1;
        return a.permute(axes);
    }

    @Test
    void matmulAgreesWithTheDefinition() {
        long[][][] shapes = {
            {{2, 3}, {3, 4}},
            {{5, 2, 3}, {3, 4}},
            {{2, 3}, {5, 3, 4}},
            {{5, 1, 2, 3}, {1, 7, 3, 4}},
            {{3}, {3}},
            {{3}, {3, 4}},
            {{2, 3}, {3}},
            {{3}, {5, 3, 4}},
            {{5, 2, 3}, {3}},
            {{1, 1}, {1, 1}},
            {{6, 1, 4}, {6, 4, 1}},
            {{2, 0}, {0, 3}},
            {{0, 2, 3}, {3, 2}},
            {{33, 20, 17}, {33, 17, 19}}
        };
        String[] equations = {
            "ij,jk->ik",
            "bij,jk->bik",
            "ij,bjk->bik",
            "abij,cdjk->adik",
            "j,j->",
            "j,jk->k",
            "ij,j->i",
            "j,bjk->bk",
            "bij,j->bi",
            "ij,jk->ik",
            "bij,bjk->bik",
            "ij,jk->ik",
            "bij,jk->bik",
            "bij,bjk->bik"
        };
        SplittableRandom random = random(1);
        for (int c = 0; c < shapes.length; c++) {
            NDArray a = NDArray.integers(random, -4, 5, shapes[c][0]);
            NDArray b = NDArray.integers(random, -4, 5, shapes[c][1]);
            NDArray expected = Einsums.einsum(equations[c], a, b);
            if (c == 3) {
                expected = expected.reshape(5, 7, 2, 4);
            }
            for (DType dtype : NUMBERS) {
                for (int flags = 0; flags < 4; flags++) {
                    boolean transposeA = (flags & 1) != 0;
                    boolean transposeB = (flags & 2) != 0;
                    Tensor x = strided(random, swapLast(a, transposeA), dtype);
                    Tensor y = swapLast(b, transposeB).toTensor(dtype);
                    close(expected, MatMul.matmul(x, transposeA, y, transposeB), EXACT);
                    if (a.rank() > 1 && b.rank() > 1) {
                        close(expected, MatMul.tfMatmul(x, transposeA, y, transposeB), EXACT);
                    }
                }
            }
        }
    }

    @Test
    void matmulNamesWhatIsWrong() {
        refused(
                ShapeException.class,
                () -> MatMul.matmul(ones(2, 3), ones(4, 3)),
                "matmul: contracted sizes differ: 3 at axis 1 of [2,3], 4 at axis 0 of [4,3]");
        refused(
                ShapeException.class,
                () -> MatMul.matmul(ones(4, 2, 3), ones(5, 3, 4)),
                "matmul: shapes [4], [5] do not broadcast");
        refused(
                ShapeException.class,
                () -> MatMul.matmul(ones(), ones(5, 3)),
                "matmul: operand 0 is a scalar (shapes [], [5,3]); multiply by it instead");
        refused(
                ShapeException.class,
                () -> MatMul.tfMatmul(ones(3), ones(3, 2)),
                "tfMatmul: operands [3] and [3,2] need two axes or more");
        refused(
                DTypeException.class,
                () -> MatMul.matmul(ones(2, 2), Tensor.ones(DType.FLOAT32, 2, 2)),
                "matmul: operands have dtypes float64 [2,2], float32 [2,2]");
    }

    @Test
    void tensordotContractsPairsOfAxes() {
        SplittableRandom random = random(2);
        NDArray a = NDArray.integers(random, -4, 5, 3, 4, 5);
        NDArray b = NDArray.integers(random, -4, 5, 4, 3, 2);
        for (DType dtype : NUMBERS) {
            Tensor x = strided(random, a, dtype);
            Tensor y = strided(random, b, dtype);
            close(
                    Einsums.einsum("ijk,jil->kl", a, b),
                    MatMul.tensordot(x, y, new int[] {1, 0}, new int[] {0, 1}),
                    EXACT);
            close(
                    Einsums.einsum("ijk,jil->kl", a, b),
                    MatMul.tensordot(x, y, new int[] {-2, 0}, new int[] {0, -2}),
                    EXACT);
            close(Einsums.einsum("abc,def->abcdef", a, b), MatMul.tensordot(x, y, 0), EXACT);
            close(Einsums.einsum("abc,abc->", a, a), MatMul.tensordot(x, x, 3), EXACT);
        }
        refused(
                ShapeException.class,
                () -> MatMul.tensordot(ones(1, 3), ones(2, 3), new int[] {0}, new int[] {0}),
                "tensordot: contracted sizes differ: 1 at axis 0 of [1,3], 2 at axis 0 of [2,3]");
        refused(
                ShapeException.class,
                () -> MatMul.tensordot(ones(2, 3), ones(3), new int[] {0, 1}, new int[] {0}),
                "tensordot: axes [0, 1] of [2,3] and [0] of [3] differ in number");
        refused(
                ShapeException.class,
                () -> MatMul.tensordot(ones(2, 2), ones(2, 2), new int[] {0, 0}, new int[] {0, 1}),
                "tensordot: an axis repeats in [0, 0] of [2,2] and [0, 1] of [2,2]");
        refused(
                ShapeException.class,
                () -> MatMul.tensordot(ones(2), ones(2, 3), 2),
                "tensordot: 2 axes of shapes [2] and [2,3]");
        refused(ShapeException.class, () -> MatMul.tensordot(ones(2), ones(2), new int[] {1}, new int[] {0}), "axis 1");
    }

    @Test
    void vectorProducts() {
        SplittableRandom random = random(3);
        NDArray a = NDArray.integers(random, -4, 5, 2, 3);
        NDArray b = NDArray.integers(random, -4, 5, 4, 3);
        NDArray c = NDArray.integers(random, -4, 5, 3, 2);
        NDArray two = NDArray.scalar(2);
        for (DType dtype : NUMBERS) {
            Tensor x = strided(random, a, dtype);
            Tensor y = strided(random, b, dtype);
            Tensor z = strided(random, c, dtype);
            close(Einsums.einsum("ij,kj->ik", a, b), MatMul.inner(x, y), EXACT);
            close(a.map(v -> 2 * v), MatMul.inner(x, two.toTensor(dtype)), EXACT);
            close(Einsums.einsum("ab,cd->abcd", a, b).reshape(6, 12), MatMul.outer(x, y), EXACT);
            close(Einsums.einsum("i,i->", a.reshape(6), c.reshape(6)), MatMul.vdot(x, z), EXACT);
            close(Einsums.einsum("ij,ij->", a, a), MatMul.vdot(x, x), EXACT);
            close(Einsums.einsum("ij,jk->ik", a, c), MatMul.dot(x, z), EXACT);
            close(a.map(v -> 2 * v), MatMul.dot(two.toTensor(dtype), x), EXACT);
        }
        refused(
                ShapeException.class,
                () -> MatMul.vdot(ones(2, 3), ones(5)),
                "vdot: sizes differ: 6 elements of [2,3], 5 of [5]");
        refused(
                ShapeException.class,
                () -> MatMul.inner(ones(2, 3), ones(2)),
                "inner: contracted sizes differ: 3 at axis 1 of [2,3]");
    }

    @Test
    void bilinear() {
        SplittableRandom random = random(4);
        NDArray x1 = NDArray.integers(random, -4, 5, 2, 5, 3);
        NDArray w = NDArray.integers(random, -4, 5, 6, 3, 4);
        NDArray x2 = NDArray.integers(random, -4, 5, 2, 5, 4);
        Tensor[] t = {x1.toTensor(DType.FLOAT64), w.toTensor(DType.FLOAT64), x2.toTensor(DType.FLOAT64)};
        NDArray expected = Einsums.einsum("abi,oij,abj->abo", x1, w, x2);
        close(expected, MatMul.bilinear(t[0], t[1], t[2]), EXACT);
        Tensor bias = Tensor.of(new double[] {10, 20, 30, 40, 50, 60});
        double[] biased = MatMul.bilinear(t[0], t[1], t[2], bias).toDoubleArray();
        double[] plain = expected.data();
        assertArrayEquals(
                IntStream.range(0, plain.length)
                        .mapToDouble(i -> plain[i] + 10 * (i % 6 + 1))
                        .toArray(),
                biased);
        refused(
                ShapeException.class,
                () -> MatMul.bilinear(t[0], t[1], ones(2, 5, 3)),
                "bilinear: x1 [2,5,3], w [6,3,4], x2 [2,5,3]; expected [..., n1], [out, n1, n2], [..., n2]");
        refused(
                ShapeException.class,
                () -> MatMul.bilinear(t[0], t[1], t[2], ones(5)),
                "bilinear: bias [5] for w [6,3,4]; expected [out] for [out, n1, n2]");
    }

    @Test
    void integersWrapAround() {
        Tensor big = Tensor.of(new int[] {1 << 30, 1 << 30}, 1, 2);
        assertEquals(
                Integer.MIN_VALUE,
                MatMul.matmul(big, Tensor.of(new int[] {1, 1}, 2, 1)).toIntArray()[0]);
        long[] odd = {Long.MAX_VALUE, 3};
        assertEquals(
                Arrays.stream(odd).map(v -> v * v).sum(),
                MatMul.vdot(Tensor.of(odd), Tensor.of(odd)).itemLong());
    }

    @Test
    void nothingIsHeldBesideTheResult() {
        Tensor a = ones(40, 30, 20);
        Tensor b = ones(40, 20, 10).transpose(0, 2);
        long before = live();
        Tensor c = MatMul.matmul(a, b.transpose(0, 2));
        assertEquals(c.storage().bytes(), live() - before);
    }

    /** Whole numbers, so that both ways are exact. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "COMPLEX64", "COMPLEX128"})
    void aMatrixTimesItsTransposeIsTheProductOfTwo(DType dtype) {
        double[] numbers = random(7).ints(2 * 260 * 135, -4, 5).asDoubleStream().toArray();
        Tensor re = Tensor.of(numbers, 2, 260, 135);
        Tensor x = (dtype.isComplex() ? ComplexNumbers.complex(re, Elementwise.abs(re)) : re).to(dtype);
        Tensor.full(dtype, Double.NaN, 2, 135, 135).close(); // results may lie where this was
        Tensor copy = x.add(0);
        same(MatMul.matmul(copy, true, x, false), MatMul.matmul(x, true, x, false));
        Tensor part = x.slice(1, 1, 259).slice(2, 3, 131);
        Tensor other = x.slice(1, 1, 259).slice(2, 7, 135);
        Tensor partCopy = part.add(0);
        same(MatMul.matmul(partCopy, true, part, false), MatMul.matmul(part, true, part, false));
        same(MatMul.matmul(partCopy, true, other, false), MatMul.matmul(part, true, other, false));
        Tensor wide = part.transpose(1, 2);
        same(MatMul.matmul(wide, false, partCopy, false), MatMul.matmul(wide, false, wide, true));
        same(Einsum.einsum(-2.0, "bij,bik->bjk", copy, x), Einsum.einsum(-2.0, "bij,bik->bjk", x, x));
        if (dtype.isComplex()) {
            same(MatMul.matmul(copy.conj(), true, x, false), MatMul.matmul(x.conj(), true, x, false));
        }
    }

    private static void same(Tensor expected, Tensor actual) {
        assertEquals(0, expected.subtract(actual).abs().max().to(DType.FLOAT64).item());
        assertTrue(expected.abs().max().to(DType.FLOAT64).item() > 0);
    }
}
