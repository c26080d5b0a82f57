package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.DeviceGraph;
import kron4j.LinalgException;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.GradCheck;
import kron4j.autograd.Gradients;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.Eigh;
import kron4j.ops.MatMul;
import kron4j.ops.MatMul.Form;
import kron4j.ops.MatrixFunctions;
import kron4j.ops.Norms;
import kron4j.reference.Check;
import kron4j.reference.DTypes;
import kron4j.reference.Known;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Powers, exponentials, chains and solves by Cholesky factors against NumPy, SciPy and mpmath; properties, special values and gradients. */
public class MatrixFunctionContract extends GradientContract {
    @Test
    void powersAsNumPyHasThem() {
        for (DType dtype : FLOATING) {
            Tensor a = strided(random(1), Known.array("power.a"), dtype);
            Tensor z = strided(random(2), Known.complexArray("power.z"), dtype.toComplex());
            for (int n : new int[] {-3, -1, 0, 1, 2, 5, 10}) {
                Known.close("power.a." + n, MatrixFunctions.matrixPower(a, n), 256);
                Known.close("power.z." + n, MatrixFunctions.matrixPower(z, n), 256);
            }
        }
    }

    @Test
    void powersOfOtherDTypes() {
        Tensor fibonacci = Tensor.of(new long[] {1, 1, 1, 0}, 2, 2);
        assertArrayEquals(
                new long[] {1346269, 832040, 832040, 514229},
                MatrixFunctions.matrixPower(fibonacci, 30).toLongArray());
        assertArrayEquals(
                new long[] {1, 0, 0, 1},
                MatrixFunctions.matrixPower(fibonacci, 0).toLongArray());
        Tensor shear = Tensor.of(new double[][] {{1, 1}, {0, 1}});
        assertArrayEquals(
                new double[] {1, -1L << 31, 0, 1},
                MatrixFunctions.matrixPower(shear, Integer.MIN_VALUE).toDoubleArray());
        for (DType half : DTypes.halves()) {
            Tensor power = MatrixFunctions.matrixPower(shear.to(half), -3);
            assertEquals(half, power.dtype());
            assertArrayEquals(new double[] {1, -3, 0, 1}, power.toDoubleArray());
        }
        Tensor nan = Tensor.of(new double[][] {{Double.NaN}});
        assertEquals(1, MatrixFunctions.matrixPower(nan, 0).item());
        Tensor none = Tensor.zeros(DType.FLOAT64, 2, 0, 0);
        for (int n : new int[] {-2, 0, 3}) {
            assertArrayEquals(
                    new long[] {2, 0, 0},
                    MatrixFunctions.matrixPower(none, n).shape().dims());
        }
        refused(
                DTypeException.class,
                () -> MatrixFunctions.matrixPower(fibonacci, -1),
                "matrixPower: needs a floating");
        refused(
                DTypeException.class,
                () -> MatrixFunctions.matrixPower(fibonacci.to(DType.BOOL), 2),
                "matrixPower: bool");
        refused(
                ShapeException.class,
                () -> MatrixFunctions.matrixPower(Tensor.ones(DType.FLOAT64, 2, 3), 2),
                "matrixPower: ",
                "[2,3]");
        refused(
                SingularMatrixException.class,
                () -> MatrixFunctions.matrixPower(Tensor.ones(DType.FLOAT64, 2, 2), -2),
                "matrixPower: the matrix of shape [2,2] is singular");
    }

    /** Errors of an exponential are its condition number times eps, at most the norm's or so for these; the matrices are below 8 a side. */
    @Test
    void exponentialsOfAnySize() {
        for (DType dtype : FLOATING) {
            for (String name : new String[] {"expm.a", "expm.z"}) {
                Tensor all = Known.tensor(name, dtype);
                Tensor batch = MatrixFunctions.expm(all);
                Tensor expected = Known.tensor(name + ".result", DType.FLOAT64);
                for (int i = 0; i < all.shape().at(0); i++) {
                    double norm = NDArray.of(all.get(i).abs()).scale() * 4;
                    double scale = NDArray.of(expected.get(i).abs()).scale();
                    double tolerance = 16 * Math.max(1, Math.min(norm, 4096)) * dtype.epsilon() * scale;
                    near(expected.get(i), batch.get(i), tolerance);
                    near(
                            expected.get(i),
                            MatrixFunctions.expm(
                                    all.get(i).transpose().contiguous().transpose()),
                            tolerance);
                }
            }
        }
    }

    private static void near(Tensor expected, Tensor actual, double tolerance) {
        if (expected.dtype().isComplex()) {
            ComplexMatrices.close(expected, actual, tolerance);
        } else {
            Check.close(NDArray.of(expected), actual, tolerance);
        }
    }

    /**
     * {@code V diag(exp(w)) V^H}, of norms that take different approximants, at sizes around those where the way changes. Errors are n eps times the condition number of an
     * approximant's denominator, exp(|A|) up to the norm 4.25, and double with each squaring.
     */
    @Test
    void exponentialsOfHermitianMatrices() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128}) {
            int[] sizes = dtype == DType.FLOAT64 ? new int[] {3, 16, 17, 33, 256, 257} : new int[] {1, 8, 16, 17, 33};
            for (int n : sizes) {
                Tensor parts = NDArray.random(random(n), 2, n, n).toTensor(DType.FLOAT64);
                Tensor z = dtype.isComplex() ? ComplexNumbers.complex(parts.get(0), parts.get(1)) : parts.get(0);
                Tensor hermitian = Elementwise.add(z, ComplexNumbers.adjoint(z));
                double most = Norms.matrixNorm(hermitian, Norms.Kind.TWO).item();
                double[] norms = n < 64 ? new double[] {0.01, 0.2, 0.8, 1.7, 4, 30} : new double[] {30};
                for (double norm : norms) {
                    Tensor a = hermitian.multiply(norm / most).to(dtype);
                    Eigh e = Linalg.eigh(a.to(dtype.isComplex() ? DType.COMPLEX128 : DType.FLOAT64));
                    Tensor exponentials = Elementwise.exp(e.w()).to(e.v().dtype());
                    Tensor scaled = Elementwise.multiply(e.v(), exponentials);
                    Tensor expected = MatMul.matmul(scaled, ComplexNumbers.adjoint(e.v()));
                    double condition = Math.exp(Math.min(norm, 4.25)) * Math.max(1, norm);
                    double tolerance = n * condition * Math.exp(norm) * dtype.epsilon();
                    near(expected, MatrixFunctions.expm(a), tolerance);
                }
            }
        }
    }

    @Test
    void exponentialsUndoThoseOfTheNegative() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128}) {
            for (int n : new int[] {1, 2, 7, 40}) {
                NDArray values = NDArray.random(random(n), 2, n, n).map(x -> x / Math.sqrt(n));
                Tensor a = values.toTensor(dtype.realPart()).to(dtype);
                Tensor product = MatMul.matmul(MatrixFunctions.expm(a), MatrixFunctions.expm(a.negate()));
                near(
                        DecompositionContract.identity(new long[] {2}, n)
                                .toTensor(DType.FLOAT64)
                                .to(dtype),
                        product,
                        64 * n * Math.exp(4) * dtype.epsilon());
            }
        }
    }

    @Test
    void exponentialsOfSpecialMatrices() {
        double inf = Double.POSITIVE_INFINITY;
        Tensor odd = Tensor.of(new double[][][] {
            {{0, 0}, {0, 0}},
            {{Double.NaN, 0}, {0, 1}},
            {{inf, 0}, {0, 1}},
            {{-1e9, 0}, {0, -2}},
            {{0, 1e15}, {0, 0}},
            {{0, -1e-300}, {1e-300, 0}}
        });
        double nan = Double.NaN;
        double[] found = MatrixFunctions.expm(odd).toDoubleArray();
        double[] expected = {
            1,
            0,
            0,
            1,
            nan,
            nan,
            nan,
            nan,
            nan,
            nan,
            nan,
            nan,
            0,
            0,
            0,
            Math.exp(-2),
            1,
            1e15,
            0,
            1,
            1,
            -1e-300,
            1e-300,
            1
        };
        for (int i = 0; i < expected.length; i++) {
            // the fourth is squared 28 times, with an error of 2^28 eps at the second eigenvalue
            double error = i >= 12 && i < 16 ? 0x1p30 * DType.FLOAT64.epsilon() : 4 * Math.ulp(expected[i]);
            boolean same = Double.compare(expected[i], found[i]) == 0;
            assertTrue(same || Math.abs(expected[i] - found[i]) <= error, "element " + i + ": " + found[i]);
        }
        double big = MatrixFunctions.expm(Tensor.of(new double[][] {{800}})).item();
        assertEquals(inf, big);
        assertTrue(
                Double.isNaN(MatrixFunctions.expm(Tensor.of(new double[][] {{-1e11}}))
                        .item()),
                "too large");
        assertEquals(
                0, MatrixFunctions.expm(Tensor.of(new double[][] {{-1e10}})).item());
        for (long[] shape : new long[][] {{0, 0}, {0, 3, 3}, {2, 0, 0}}) {
            assertArrayEquals(
                    shape,
                    MatrixFunctions.expm(Tensor.zeros(DType.COMPLEX64, shape))
                            .shape()
                            .dims());
        }
        for (DType half : DTypes.halves()) {
            Tensor a = Tensor.of(new double[][] {{1, 0}, {0, -1}}).to(half);
            NDArray exact = NDArray.of(new double[] {Math.E, 0, 0, 1 / Math.E}, 2, 2);
            Check.close(exact, MatrixFunctions.expm(a).to(DType.FLOAT64), 2 * half.epsilon());
        }
        refused(
                ShapeException.class,
                () -> MatrixFunctions.expm(Tensor.ones(DType.FLOAT64, 2, 3)),
                "expm: needs square",
                "[2,3]");
        refused(
                ShapeException.class,
                () -> MatrixFunctions.expm(Tensor.ones(DType.FLOAT64, 3)),
                "expm: needs square",
                "[3]");
        refused(
                DTypeException.class,
                () -> MatrixFunctions.expm(Tensor.ones(DType.INT64, 2, 2)),
                "expm: needs a floating");
    }

    /** Nilpotent matrices need no halving, however large: powers decide. */
    @Test
    void exponentialsOfNilpotentMatrices() {
        Tensor a = Tensor.of(new double[][] {{0, 1e8, 3}, {0, 0, 1e7}, {0, 0, 0}});
        double[] expected = {1, 1e8, 3 + 5e14, 0, 1, 1e7, 0, 0, 1};
        assertArrayEquals(expected, MatrixFunctions.expm(a).toDoubleArray(), 0.25);
        Tensor narrow = Tensor.of(new float[] {0, 1e10f, 0, 0}, 2, 2);
        assertArrayEquals(
                new float[] {1, 1e10f, 0, 1}, MatrixFunctions.expm(narrow).toFloatArray());
        Tensor beyond = Tensor.of(new float[] {0, 0x1p80f, 0, 0}, 2, 2);
        assertEquals(0x1p80, MatrixFunctions.expm(beyond).get(0, 1).item());
        Tensor huge = Tensor.of(new double[][] {{0, 1e100}, {0, 0}});
        assertEquals(1e100, MatrixFunctions.expm(huge).get(0, 1).item(), 1e85);
    }

    @Test
    void derivativesAsSciPyHasThem() {
        Tensor a = Known.tensor("frechet.a", DType.FLOAT64);
        Tensor direction = Known.tensor("frechet.e", DType.FLOAT64);
        Tensor x = a.transpose().copy().requiresGrad();
        Tensor g = Gradients.vjp(MatrixFunctions.expm(x), direction, x).get(0);
        Known.close("frechet.result", g, 256);
        for (double scale : new double[] {1e-200, 1e200}) { // linear, however large
            Tensor scaled = Gradients.vjp(MatrixFunctions.expm(x), direction.multiply(scale), x)
                    .get(0);
            Known.close("frechet.result", scaled.divide(scale), 256);
        }
    }

    private static Tensor positive(Tensor a) {
        Tensor eye = Tensor.eye(DType.FLOAT64, a.shape().at(-1)).to(a.dtype());
        return MatMul.matmul(a, Form.PLAIN, a, Form.ADJOINT).add(eye);
    }

    @Test
    void rootsAndLogarithms() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128}) {
            Tensor a = positive(Known.tensor(dtype.isComplex() ? "norm.z" : "expm.a", dtype.realPart())
                    .slice(0, 0, 2));
            double near = 256 * NDArray.of(a.abs()).scale() * dtype.epsilon();
            Tensor root = MatrixFunctions.sqrtmHermitian(a);
            near(a.to(dtype), MatMul.matmul(root, root), near);
            near(a.to(dtype), MatrixFunctions.expm(MatrixFunctions.logmHermitian(a)), near);
        }
        Tensor singular = Tensor.of(new double[][] {{2, 2}, {2, 2}});
        assertArrayEquals(
                new double[] {1, 1, 1, 1},
                MatrixFunctions.sqrtmHermitian(singular).toDoubleArray(),
                1e-15);
        for (int seed = 1; seed < 9; seed++) { // eigenvalues that are 0, but for rounding errors of either sign
            Tensor x = NDArray.random(random(seed), 4).toTensor(DType.FLOAT64);
            Tensor square = MatMul.outer(x, x);
            NDArray root = NDArray.of(square.divide(x.multiply(x).sum().sqrt()));
            // the root of a rounding error, where it counts
            Check.close(root, MatrixFunctions.sqrtmHermitian(square), Math.sqrt(16 * DType.FLOAT64.epsilon()));
        }
        Tensor negative = Tensor.of(new double[][] {{-1, 0}, {0, 4}});
        assertTrue(
                Double.isNaN(MatrixFunctions.sqrtmHermitian(negative).get(0, 0).item()));
        assertTrue(
                Double.isNaN(MatrixFunctions.logmHermitian(negative).get(0, 0).item()));
        assertArrayEquals(
                new long[] {2, 0, 0},
                MatrixFunctions.logmHermitian(Tensor.ones(DType.FLOAT64, 2, 0, 0))
                        .shape()
                        .dims());
        Tensor wide = Tensor.ones(DType.FLOAT64, 2, 3);
        refused(ShapeException.class, () -> MatrixFunctions.sqrtmHermitian(wide), "sqrtmHermitian: needs square");
        refused(ShapeException.class, () -> MatrixFunctions.logmHermitian(wide), "logmHermitian: needs square");
        Tensor nan = Tensor.full(DType.FLOAT64, Double.NaN, 2, 2);
        refused(
                LinalgException.class,
                () -> MatrixFunctions.logmHermitian(nan),
                "logmHermitian: the matrix of shape [2,2]");
        composedOnce("eigh: sqrtm", x -> MatrixFunctions.sqrtmHermitian(positive(x[0])), uniform(1, 2, 2));
        composedOnce("eigh: logm", x -> MatrixFunctions.logmHermitian(positive(x[0])), uniform(1, 2, 2));
        GradCheck.second(
                x -> MatrixFunctions.logmHermitian(MatrixFunctions.sqrtmHermitian(positive(x[0]))),
                uniform(1, 3, 3).toTensor(DType.FLOAT64));
        // equal eigenvalues
        Tensor four = Tensor.eye(DType.FLOAT64, 2).multiply(4).requiresGrad();
        Tensor g = Tensor.of(new double[][] {{1, 2}, {2, 3}});
        Check.close(
                NDArray.of(g.multiply(0.25)),
                Gradients.vjp(MatrixFunctions.sqrtmHermitian(four), g, four).get(0),
                1e-15);
        Check.close(
                NDArray.of(g.multiply(0.25)),
                Gradients.vjp(MatrixFunctions.logmHermitian(four), g, four).get(0),
                1e-15);
    }

    @Test
    void chains() {
        for (DType dtype : new DType[] {DType.FLOAT64, DType.INT64, DType.COMPLEX64, DType.FLOAT16}) {
            Tensor row = NDArray.integers(random(1), -3, 4, 5)
                    .toTensor(DType.FLOAT64)
                    .to(dtype);
            Tensor a = NDArray.integers(random(2), -3, 4, 5, 2)
                    .toTensor(DType.FLOAT64)
                    .to(dtype);
            Tensor b = NDArray.integers(random(3), -3, 4, 2, 6)
                    .toTensor(DType.FLOAT64)
                    .to(dtype);
            Tensor c = NDArray.integers(random(4), -3, 4, 6)
                    .toTensor(DType.FLOAT64)
                    .to(dtype);
            near(a.matmul(b), MatrixFunctions.multiDot(a, b), 0);
            near(row.matmul(a).matmul(b), MatrixFunctions.multiDot(row, a, b), 0);
            near(a.matmul(b.matmul(c)), MatrixFunctions.multiDot(a, b, c), 0);
            near(row.matmul(a).matmul(b).matmul(c), MatrixFunctions.multiDot(row, a, b, c), 0);
            near(row.matmul(a), MatrixFunctions.multiDot(row, a), 0);
            refused(
                    ShapeException.class,
                    () -> MatrixFunctions.multiDot(a, row, c),
                    "multiDot: operand 1 of [5,2], [5], [6]");
            refused(
                    ShapeException.class,
                    () -> MatrixFunctions.multiDot(a, a),
                    "multiDot: operand 0 has 2 columns, operand 1 has 5 rows");
            refused(
                    TensorException.class,
                    () -> MatrixFunctions.multiDot(a),
                    "multiDot: needs two matrices or more, got 1");
        }
        Tensor none = Tensor.ones(DType.FLOAT64, 3, 0);
        Check.same(
                NDArray.full(0, 3, 2),
                MatrixFunctions.multiDot(none, Tensor.ones(DType.FLOAT64, 0, 4), Tensor.ones(DType.FLOAT64, 4, 2)));
        composed(
                "multiDot",
                x -> MatrixFunctions.multiDot(x[0], x[1], x[2]),
                uniform(1, 2),
                uniform(2, 2, 3),
                uniform(3, 3, 2));
    }

    @Test
    void choleskyFactors() {
        for (DType dtype : FLOATING) {
            Tensor l = Linalg.cholesky(Known.tensor("cho.a", dtype));
            Tensor b = Known.tensor("cho.b", dtype);
            Known.close("cho.x", MatrixFunctions.choleskySolve(l, b), 1024);
            Known.close("cho.x", MatrixFunctions.choleskyInverse(l).matmul(b), 1024);
            NDArray values = NDArray.of(l);
            Tensor lower = NDArray.generate(values.shape(), i -> i[0] < i[1] ? Double.NaN : values.get(i))
                    .toTensor(dtype);
            Known.close("cho.x", MatrixFunctions.choleskySolve(lower, b), 1024);
            Known.close("cho.x", MatrixFunctions.choleskyInverse(lower).matmul(b), 1024);
        }
        Tensor z = Known.tensor("norm.z", DType.FLOAT64);
        Tensor a = MatMul.matmul(z, Form.PLAIN, z, Form.ADJOINT).add(Tensor.eye(DType.COMPLEX128, 3));
        Tensor l = Linalg.cholesky(a);
        Tensor x = MatrixFunctions.choleskySolve(l, z);
        ComplexMatrices.close(z, ComplexMatrices.product(a, x), 1e-12);
        ComplexMatrices.close(Linalg.inverse(a), MatrixFunctions.choleskyInverse(l), 1e-12);
        Tensor vector = ComplexNumbers.real(z).get(0, 0).contiguous();
        assertArrayEquals(
                new long[] {2, 3},
                MatrixFunctions.choleskySolve(l, vector.to(DType.COMPLEX128))
                        .shape()
                        .dims());
        Tensor wide = Tensor.ones(DType.FLOAT64, 2, 3);
        refused(
                ShapeException.class,
                () -> MatrixFunctions.choleskySolve(wide, wide),
                "choleskySolve: needs square matrices");
        refused(
                ShapeException.class,
                () -> MatrixFunctions.choleskyInverse(wide),
                "choleskyInverse: needs square matrices");
        Tensor eye = Tensor.eye(DType.FLOAT64, 3);
        refused(
                ShapeException.class,
                () -> MatrixFunctions.choleskySolve(eye, wide),
                "choleskySolve: a of shape [3,3] needs b with 3 rows");
        composed(
                "choleskySolve", y -> MatrixFunctions.choleskySolve(y[0], y[1]), regular(1, 2, 3, 3), uniform(2, 3, 2));
        composed("choleskyInverse", y -> MatrixFunctions.choleskyInverse(y[0]), regular(1, 3, 3));
    }

    @Test
    void gradients() {
        composed("matrixPower", x -> MatrixFunctions.matrixPower(x[0], 5), uniform(1, 2, 2, 2));
        along("matrixPower of order 0", x -> MatrixFunctions.matrixPower(x[0], 0), uniform(1, 2, 2));
        composedOnce("inverse as matrixPower", x -> MatrixFunctions.matrixPower(x[0], -2), regular(1, 2, 2));
        composed("expm", x -> MatrixFunctions.expm(x[0]), uniform(1, 2, 2));
        along("expm of a batch", x -> MatrixFunctions.expm(x[0]), between(2, -4, 4, 2, 3, 3));
    }

    @Test
    void neverWaits() {
        Device device = device();
        if (device.equals(Device.cpu())) {
            return;
        }
        Tensor a = NDArray.random(random(1), 3, 4, 4).toTensor(DType.FLOAT64);
        NDArray expected = NDArray.of(MatrixFunctions.expm(a));
        Tensor[] result = new Tensor[1];
        try (DeviceGraph graph = device.capture(() -> result[0] = MatrixFunctions.expm(a))) {
            graph.replay();
            Check.same(expected, result[0]);
        }
    }
}
