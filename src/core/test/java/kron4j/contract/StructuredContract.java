package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Gradients;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import kron4j.ops.StructuredMatrices;
import kron4j.ops.Vectors;
import kron4j.reference.Check;
import kron4j.reference.DTypes;
import kron4j.reference.Known;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Matrices made by a pattern, cross products, covariances, distances and tensor equations against NumPy and SciPy. */
public class StructuredContract extends GradientContract {
    @Test
    void blocksOnTheDiagonal() {
        for (DType dtype : DType.values()) {
            Tensor a = Tensor.ones(dtype, 2, 3);
            Tensor b = Tensor.zeros(dtype, 0, 2);
            Tensor d = StructuredMatrices.blockDiag(a, b, Tensor.ones(dtype, 2), Tensor.ones(dtype));
            double[] bits = new double[32];
            for (int at : new int[] {0, 1, 2, 8, 9, 10, 21, 22, 31}) {
                bits[at] = 1;
            }
            Tensor expected = NDArray.of(bits, 4, 8).toTensor(DType.BOOL).to(dtype);
            assertEquals(expected.toBuffer(), d.toBuffer(), dtype.toString());
        }
        NDArray a = NDArray.random(random(1), 3, 1, 2, 2);
        NDArray b = NDArray.random(random(2), 2, 1, 3);
        Tensor d = StructuredMatrices.blockDiag(
                strided(random(3), a, DType.FLOAT64), strided(random(4), b, DType.FLOAT64));
        NDArray expected = NDArray.generate(
                new long[] {3, 2, 3, 5},
                i -> i[2] < 2 ? i[3] < 2 ? a.get(i[0], 0, i[2], i[3]) : 0 : i[3] < 2 ? 0 : b.get(i[1], 0, i[3] - 2));
        Check.same(expected, d);
        refused(TensorException.class, StructuredMatrices::blockDiag, "blockDiag: needs one matrix");
        refused(
                DTypeException.class,
                () -> StructuredMatrices.blockDiag(Tensor.ones(DType.FLOAT64, 2, 2), Tensor.ones(DType.INT64, 2, 2)),
                "blockDiag: operands have dtypes");
        refused(
                ShapeException.class,
                () -> StructuredMatrices.blockDiag(
                        Tensor.ones(DType.FLOAT64, 2, 2, 2), Tensor.ones(DType.FLOAT64, 3, 2, 2)),
                "blockDiag");
        composed("blockDiag", x -> StructuredMatrices.blockDiag(x[0], x[1]), uniform(1, 2, 1, 2), uniform(2, 2, 2));
    }

    @Test
    void toeplitz() {
        Tensor c = Known.tensor("toeplitz.c", DType.FLOAT64);
        Tensor r = Known.tensor("toeplitz.r", DType.FLOAT64);
        ComplexMatrices.close(Known.tensor("toeplitz.x", DType.FLOAT64), StructuredMatrices.toeplitz(c, r), 0);
        ComplexMatrices.close(Known.tensor("toeplitz.h", DType.FLOAT64), StructuredMatrices.toeplitz(c), 0);
        for (DType dtype : DTypes.plain()) {
            Tensor column = Tensor.of(new int[] {1, 0, 1}, 3).to(dtype);
            assertArrayEquals(
                    new double[] {1, 1, 0, 1, 1, 0},
                    StructuredMatrices.toeplitz(
                                    column, Tensor.of(new int[] {0, 1}, 2).to(dtype))
                            .to(DType.FLOAT64)
                            .toDoubleArray());
            long[][] sizes = {{0, 3}, {3, 0}, {0, 0}, {1, 1}, {3, 1}, {1, 3}};
            for (long[] size : sizes) {
                Tensor t = StructuredMatrices.toeplitz(Tensor.ones(dtype, size[0]), Tensor.ones(dtype, size[1]));
                assertArrayEquals(size, t.shape().dims());
                assertTrue(t.layout().isContiguous());
            }
        }
        NDArray cols = NDArray.random(random(1), 2, 1, 3);
        NDArray rows = NDArray.random(random(2), 4, 2);
        Tensor t = StructuredMatrices.toeplitz(
                strided(random(3), cols, DType.FLOAT32), strided(random(4), rows, DType.FLOAT32));
        Check.same(
                NDArray.generate(
                        new long[] {2, 4, 3, 2},
                        i -> i[2] >= i[3] ? cols.get(i[0], 0, i[2] - i[3]) : rows.get(i[1], i[3] - i[2])),
                t);
        refused(ShapeException.class, () -> StructuredMatrices.toeplitz(c, r.get(0)), "toeplitz: ", "scalar");
        refused(
                DTypeException.class,
                () -> StructuredMatrices.toeplitz(c, ComplexNumbers.real(r)),
                "toeplitz: operands have");
        composed("toeplitz", x -> StructuredMatrices.toeplitz(x[0], x[1]), uniform(1, 2, 3), uniform(2, 2));
    }

    @Test
    void vander() {
        for (DType dtype : FLOATING) {
            Tensor x = strided(random(1), Known.array("vander.x"), dtype);
            Known.close("vander.default", StructuredMatrices.vander(x), 4);
            Known.close("vander.increasing", StructuredMatrices.vander(x, 6, true), 8);
        }
        Tensor ints = Tensor.of(new long[] {0, -2, 3}, 3);
        assertArrayEquals(
                new long[] {0, 0, 1, 4, -2, 1, 9, 3, 1},
                StructuredMatrices.vander(ints).toLongArray());
        assertArrayEquals(
                new long[] {2, 3, 0},
                StructuredMatrices.vander(Tensor.ones(DType.FLOAT16, 2, 3), 0, true)
                        .shape()
                        .dims());
        assertArrayEquals(
                new double[] {1, 1, 1},
                StructuredMatrices.vander(ints.to(DType.BFLOAT16), 1, true).toDoubleArray());
        assertArrayEquals(
                new long[] {0, 0},
                StructuredMatrices.vander(Tensor.zeros(DType.FLOAT64, 0))
                        .shape()
                        .dims());
        refused(
                ShapeException.class,
                () -> StructuredMatrices.vander(ints, -1, true),
                "vander: -1 columns for shape [3]");
        refused(DTypeException.class, () -> StructuredMatrices.vander(ints.to(DType.BOOL)), "vander: bool");
        refused(ShapeException.class, () -> StructuredMatrices.vander(ints.get(0)), "vander: ", "scalar");
        composed("vander", x -> StructuredMatrices.vander(x[0], 5, true), uniform(1, 3));
        Tensor zero = Tensor.zeros(DType.FLOAT64, 1).requiresGrad();
        assertEquals(
                1,
                Gradients.of(StructuredMatrices.vander(zero, 4, true).sum(), zero)
                        .get(0)
                        .get(0)
                        .item());
    }

    @Test
    void cross() {
        Tensor a = Known.tensor("cross.a", DType.FLOAT64);
        Tensor b = Known.tensor("cross.b", DType.FLOAT64);
        Tensor expected = Known.tensor("cross.x", DType.FLOAT64);
        double near = 8 * NDArray.of(a.abs()).scale() * NDArray.of(b.abs()).scale() * DType.FLOAT64.epsilon();
        ComplexMatrices.close(expected, Vectors.cross(a, b), near);
        ComplexMatrices.close(expected.transpose(), Vectors.cross(a.transpose(), b.transpose(), 0), near);
        Tensor x = Tensor.of(new int[] {1, 0, 0}, 3);
        Tensor y = Tensor.of(new int[] {0, 1, 0, 0, 0, 1}, 2, 3);
        assertArrayEquals(new int[] {0, 0, 1, 0, -1, 0}, Vectors.cross(x, y).toIntArray());
        assertArrayEquals(
                new double[] {0, 0, 1, 0, -1, 0},
                Vectors.cross(x.to(DType.FLOAT16), y.to(DType.FLOAT16)).toDoubleArray());
        assertArrayEquals(
                new long[] {0, 3},
                Vectors.cross(x, Tensor.zeros(DType.INT32, 0, 3)).shape().dims());
        refused(
                ShapeException.class,
                () -> Vectors.cross(y, y, 0),
                "cross: shapes [2,3] and [2,3] need size 3 along axis 0");
        refused(ShapeException.class, () -> Vectors.cross(x, y, 1), "cross: axis 1");
        refused(DTypeException.class, () -> Vectors.cross(x, y.to(DType.INT64)), "cross: operands have dtypes");
        composed("cross", t -> Vectors.cross(t[0], t[1]), uniform(1, 3), uniform(2, 2, 3));
    }

    /** numpy.cov with fweights, aweights, both. */
    @Test
    void weightedCovariances() {
        double[][] values = {{1, 2, 4, -3}, {0.5, -1, 2, 7}};
        Tensor often = Tensor.of(new int[] {1, 0, 3, 2});
        for (DType dtype : FLOATING) {
            Tensor x = strided(random(1), NDArray.of(Tensor.of(values)), dtype);
            Tensor much = Tensor.of(new double[] {0.5, 2, 1, 0.25}).to(dtype);
            double close = 64 * dtype.epsilon();
            assertEquals(dtype, Vectors.cov(x, 1, often).dtype());
            near(Vectors.cov(x, 0, often), close, 9.805555555555555, -6.902777777777779, 6.701388888888889);
            near(Vectors.cov(x, 1, often), close, 11.766666666666667, -8.283333333333335, 8.041666666666668);
            near(Vectors.cov(x, 0, much), close, 2.862222222222222, -1.3688888888888888, 4.615555555555556);
            near(Vectors.cov(x, 1, much), close, 4.6, -2.2, 7.417857142857144);
            near(Vectors.cov(x, 1, often, much), close, 7.207920792079208, -4.138613861386139, 4.074257425742574);
            near(Vectors.corrcoef(x, much), close, 1, -0.37662100018652606, 1);
            assertEquals(4.6, Vectors.cov(x.get(0), 1, much).item(), 8 * close);
            Tensor z = ComplexNumbers.complex(x, x.flip(0));
            assertEquals(
                    2.8178571428571435,
                    ComplexNumbers.imag(Vectors.cov(z, 1, much)).get(0, 1).item(),
                    4 * close);
            refused(
                    DTypeException.class,
                    () -> Vectors.cov(x, 1, much.to(DType.FLOAT16)),
                    "cov: weights are float16, x is " + dtype,
                    "to(DType." + dtype.name() + ")");
            refused(DTypeException.class, () -> Vectors.cov(x, 1, much, often), "cov: fweights are " + dtype);
            refused(
                    ShapeException.class,
                    () -> Vectors.corrcoef(x, often.slice(0, 0, 3)),
                    "corrcoef: weights of shape [3] for x of shape [2,4]; need one for each observation, [4]");
        }
        smooth("weights", t -> Vectors.cov(t[0], 1, t[1]), uniform(1, 2, 4), between(2, 0.5, 2, 4));
    }

    private static void near(Tensor matrix, double tolerance, double first, double between, double second) {
        double[] expected = {first, between, between, second};
        assertArrayEquals(expected, matrix.toDoubleArray(), tolerance * Math.max(first, second));
    }

    @Test
    void covariances() {
        for (DType dtype : FLOATING) {
            Tensor a = strided(random(1), Known.array("cov.a"), dtype);
            Tensor z = strided(random(2), Known.complexArray("cov.z"), dtype.toComplex());
            Known.close("cov.a.x", Vectors.cov(a), 32);
            Known.close("cov.a.biased", Vectors.cov(a, 0), 32);
            Known.close("cov.z.x", Vectors.cov(z), 32);
            Known.close("cov.vector", Vectors.cov(a.get(0)), 32);
            Known.close("corrcoef.a.x", Vectors.corrcoef(a), 64);
            Known.close("corrcoef.z.x", Vectors.corrcoef(z), 64);
            Tensor both = Indexing.stack(0, a, a.multiply(2));
            Known.close("cov.a.x", Vectors.cov(both).get(1).divide(4), 32);
            Known.close("corrcoef.a.x", Vectors.corrcoef(both).get(1), 64);
        }
        Tensor ints = Tensor.of(new int[] {1, 2, 3, 3, 2, 4}, 2, 3);
        assertArrayEquals(new double[] {1, 0.5, 0.5, 1}, Vectors.cov(ints).toDoubleArray(), 1e-15);
        assertArrayEquals(
                new double[] {1, 0.5, 0.5, 1},
                Vectors.corrcoef(ints.to(DType.FLOAT16)).toDoubleArray(),
                DType.FLOAT16.epsilon());
        assertEquals(1, Vectors.corrcoef(ints.get(0)).item());
        double[] single = Vectors.cov(Tensor.ones(DType.FLOAT64, 2, 1)).toDoubleArray();
        assertTrue(Arrays.stream(single).allMatch(Double::isNaN), "0 / 0");
        double[] constant = Vectors.corrcoef(Tensor.of(new double[][] {{1, 1, 1}, {1, 2, 4}}))
                .toDoubleArray();
        assertTrue(Double.isNaN(constant[0]) && Double.isNaN(constant[1]));
        assertEquals(1, constant[3], 4 * DType.FLOAT64.epsilon());
        assertArrayEquals(
                new long[] {0, 0},
                Vectors.cov(Tensor.ones(DType.FLOAT64, 0, 4)).shape().dims());
        refused(ShapeException.class, () -> Vectors.cov(ints.get(0, 0)), "cov: ", "scalar");
        refused(ShapeException.class, () -> Vectors.corrcoef(ints.get(0, 0)), "corrcoef: ", "scalar");
        composed("cov", x -> Vectors.cov(x[0]), uniform(1, 2, 2, 3));
        composedOnce("corrcoef", x -> Vectors.corrcoef(x[0]).multiply(x[0].get(0, 0)), uniform(1, 2, 4));
    }

    @Test
    void distances() {
        for (DType dtype : FLOATING) {
            Tensor x = strided(random(1), Known.array("cdist.x"), dtype);
            Tensor y = strided(random(2), Known.array("cdist.y"), dtype);
            for (double p : new double[] {1, 2, 3, Double.POSITIVE_INFINITY}) {
                Known.close("cdist." + p, Vectors.cdist(x, y, p), 32);
                Known.close("cdist." + p, Vectors.cdist(x.unsqueeze(0), y, p).get(0), 32);
            }
        }
        // near points far from 0, whose squares would leave no digit
        Tensor far = Tensor.of(new double[][] {{1e10, 1e10}, {1e10 + 3, 1e10 + 4}});
        assertArrayEquals(new double[] {0, 5, 5, 0}, Vectors.cdist(far, far, 2).toDoubleArray(), 1e-14);
        Tensor huge = Tensor.of(new double[][] {{3e200, 4e200}});
        assertEquals(
                5e200, Vectors.cdist(huge, Tensor.zeros(DType.FLOAT64, 1, 2), 2).item(), 1e186);
        Tensor ints = Tensor.of(new int[] {1, 2, 4, 6}, 2, 2);
        assertArrayEquals(
                new double[] {0, 2, 2, 0}, Vectors.cdist(ints, ints, 0).toDoubleArray());
        assertArrayEquals(
                new double[] {0, 5, 5, 0},
                Vectors.cdist(ints.to(DType.BFLOAT16), ints.to(DType.BFLOAT16), 2)
                        .toDoubleArray());
        Check.same(
                NDArray.full(0, 2, 3),
                Vectors.cdist(Tensor.ones(DType.FLOAT64, 2, 0), Tensor.ones(DType.FLOAT64, 3, 0), 2));
        assertArrayEquals(
                new long[] {0, 3},
                Vectors.cdist(Tensor.ones(DType.FLOAT64, 0, 2), Tensor.ones(DType.FLOAT64, 3, 2), 1)
                        .shape()
                        .dims());
        refused(TensorException.class, () -> Vectors.cdist(ints, ints, -1), "cdist: p is -1.0 for shapes [2,2]");
        refused(TensorException.class, () -> Vectors.cdist(ints, ints, Double.NaN), "cdist: p is NaN");
        refused(ShapeException.class, () -> Vectors.cdist(ints, ints.slice(1, 0, 1), 2), "cdist: ", "[2,2] and [2,1]");
        for (double p : new double[] {1, 2, 3, Double.POSITIVE_INFINITY}) {
            composedOnce("cdist " + p, t -> Vectors.cdist(t[0], t[1], p), uniform(1, 2, 2), uniform(2, 1, 2));
            Tensor a = Tensor.of(new double[][] {{1, 2}}).requiresGrad();
            Tensor g = Gradients.of(Vectors.cdist(a, a.detach(), p).sum(), a).get(0);
            assertArrayEquals(new double[2], g.toDoubleArray());
        }
        composed("cdist, second order", t -> Vectors.cdist(t[0], t[1], 2), uniform(1, 2, 2), uniform(2, 1, 2));
    }

    @Test
    void tensorEquations() {
        for (DType dtype : FLOATING) {
            Tensor a = strided(random(1), Known.array("tensorsolve.a"), dtype);
            Tensor b = strided(random(2), Known.array("tensorsolve.b"), dtype);
            Known.close("tensorsolve.x", Linalg.tensorsolve(a, b), 4096);
            Known.close("tensoraxes.x", Linalg.tensorsolve(Known.tensor("tensoraxes.a", dtype), b, 1), 4096);
            Known.close("tensorinv.x", Linalg.tensorinv(Known.tensor("tensorinv.a", dtype), 2), 4096);
        }
        Tensor eye = Tensor.eye(DType.FLOAT64, 6).reshape(2, 3, 6);
        refused(
                ShapeException.class,
                () -> Linalg.tensorsolve(eye, Tensor.ones(DType.FLOAT64, 3)),
                "tensorsolve: a of shape [2,3,6]");
        refused(
                ShapeException.class,
                () -> Linalg.tensorsolve(eye, Tensor.ones(DType.FLOAT64, 2, 3), 0, 0),
                "tensorsolve: axis 0 is given twice");
        refused(
                ShapeException.class,
                () -> Linalg.tensorsolve(eye, Tensor.ones(DType.FLOAT64, 2, 3), 3),
                "tensorsolve: axis 3");
        refused(ShapeException.class, () -> Linalg.tensorinv(eye, 1), "tensorinv: a of shape [2,3,6] is not square");
        refused(ShapeException.class, () -> Linalg.tensorinv(eye, 0), "tensorinv: the first 0 axes");
        refused(
                SingularMatrixException.class,
                () -> Linalg.tensorsolve(Tensor.ones(DType.FLOAT64, 2, 2), Tensor.ones(DType.FLOAT64, 2)),
                "tensorsolve: the matrix of shape [2,2] is singular");
        refused(
                SingularMatrixException.class,
                () -> Linalg.tensorinv(Tensor.ones(DType.FLOAT64, 2, 2), 1),
                "tensorinv: ");
        composedOnce(
                "solve by tensorsolve",
                x -> Linalg.tensorsolve(x[0].reshape(2, 1, 2), x[1].reshape(2, 1)),
                regular(1, 2, 2),
                uniform(2, 2));
        composedOnce("inverse by tensorinv", x -> Linalg.tensorinv(x[0].reshape(1, 2, 2), 2), regular(1, 2, 2));
    }

    @Test
    void largestSingularValuesByProjection() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128}) {
            // Singular values 2^-i: those left out are below 2^-4 of the least that is wanted, its 5th power far below
            // eps.
            Tensor left = Linalg.qr(Random.normal(1, dtype, 2, 40, 20)).q();
            Tensor right = Linalg.qr(Random.normal(2, dtype, 2, 30, 20)).q();
            NDArray values = NDArray.generate(new long[] {20}, i -> Math.scalb(1.0, (int) -i[0]));
            Tensor a =
                    left.multiply(values.toTensor(dtype.realPart()).to(dtype)).matmul(right.adjoint());
            Linalg.Svd found = Linalg.randomizedSvd(a, 4, 7);
            Linalg.Svd exact = Linalg.svd(a);
            double near = 64 * 40 * dtype.epsilon();
            Check.close(NDArray.of(exact.s().slice(-1, 0, 4)), found.s(), near);
            assertArrayEquals(new long[] {2, 40, 4}, found.u().shape().dims());
            assertArrayEquals(new long[] {2, 4, 30}, found.vh().shape().dims());
            Tensor product =
                    found.u().multiply(found.s().to(dtype).unsqueeze(-2)).matmul(found.vh());
            Tensor gap = product.subtract(a);
            double error = NDArray.of(Linalg.svdvals(gap)).scale();
            assertEquals(1 / 16.0, error, 1e-3, "the fifth singular value");
            assertEquals(
                    found.s().toBuffer(),
                    Linalg.randomizedSvd(a, 4, 10, 2, 7).s().toBuffer(),
                    "the same seed");
            Tensor all = Linalg.randomizedSvd(a, 30, 0, 0, 3).s();
            Check.close(NDArray.of(exact.s()), all, near);
        }
        Tensor a = Tensor.ones(DType.FLOAT64, 3, 2);
        for (long k : new long[] {0, 3, -1}) {
            refused(
                    ShapeException.class,
                    () -> Linalg.randomizedSvd(a, k, 1),
                    "randomizedSvd: " + k,
                    "[3,2]",
                    "from 1 to 2");
        }
        refused(TensorException.class, () -> Linalg.randomizedSvd(a, 1, -1, 2, 1), "randomizedSvd: oversampling -1");
        refused(TensorException.class, () -> Linalg.randomizedSvd(a, 1, 1, -2, 1), "powerIterations -2");
        refused(DTypeException.class, () -> Linalg.randomizedSvd(a.to(DType.FLOAT16), 1, 1), "randomizedSvd: ");
        Tensor nan = Tensor.full(DType.FLOAT64, Double.NaN, 3, 2);
        assertTrue(Double.isNaN(Linalg.randomizedSvd(nan, 1, 1).s().get(0).item()));
        along("randomizedSvd", x -> Linalg.randomizedSvd(x[0], 2, 1).s(), uniform(1, 3, 3));
    }
}
