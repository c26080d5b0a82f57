package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import kron4j.Complex;
import kron4j.DType;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Norms;
import kron4j.ops.Norms.Kind;
import kron4j.ops.Random;
import kron4j.reference.Check;
import kron4j.reference.ComplexArray;
import kron4j.reference.Known;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Norms and condition numbers against NumPy, their special values, subgradients and refusals. */
public class NormsContract extends GradientContract {
    private static final List<Kind> SQUARE_ONLY = List.of(Kind.ONE, Kind.MINUS_ONE, Kind.INFINITY, Kind.MINUS_INFINITY);
    private static final double INFINITE = Double.POSITIVE_INFINITY;

    @Test
    void asNumPyHasThem() {
        for (DType dtype : FLOATING) {
            Tensor a = strided(random(1), Known.array("norm.a"), dtype);
            ComplexArray complex = Known.complexArray("norm.z");
            Tensor z = strided(random(2), complex, dtype.toComplex());
            for (Kind kind : Kind.values()) {
                Known.close("norm.a." + kind, Norms.matrixNorm(a, kind), 32);
                Known.close("norm.z." + kind, Norms.matrixNorm(z, kind), 32);
                // relative errors of a condition number are a few eps times it: all are below 64
                Known.close("cond.z." + kind, Norms.cond(z, kind), 16 * 64);
                assertEquals(dtype, Norms.cond(z, kind).dtype());
            }
            Known.close("cond.a", Norms.cond(a), 16 * 64);
            Known.close("norm.a.FROBENIUS", Norms.matrixNorm(a), 32);
            Known.close("norm.a.MINUS_ONE", Norms.matrixNorm(a, -1), 32);
            Known.close("norm.a.INFINITY", Norms.matrixNorm(a, INFINITE), 32);
            Known.close("cond.z.TWO", Norms.cond(z, 2), 16 * 64);
            assertArrayEquals(
                    new long[] {2, 1, 1},
                    Norms.matrixNorm(a, Kind.NUCLEAR, true).shape().dims());
            for (double p : new double[] {0, 0.5, 1, 2, 3, -1, -2.5, INFINITE, -INFINITE}) {
                Known.close("vector.a." + p, Norms.vectorNorm(a, p, false, 0, 2), 64);
                Known.close("vector.z." + p, Norms.vectorNorm(z, p, false, -1, 0), 64);
            }
            assertArrayEquals(
                    new long[] {1, 3, 1},
                    Norms.vectorNorm(a, 2, true, 0, 2).shape().dims());
        }
    }

    @Test
    void otherDTypes() {
        for (Kind kind : Kind.values()) {
            Tensor ints = Tensor.of(new int[] {1, -2, 3, 4}, 2, 2);
            NDArray expected = NDArray.of(Norms.matrixNorm(ints.to(DType.FLOAT64), kind));
            assertEquals(DType.FLOAT64, Norms.matrixNorm(ints, kind).dtype());
            Check.same(expected, Norms.matrixNorm(ints, kind));
            Check.close(
                    NDArray.of(Norms.cond(ints.to(DType.FLOAT64), kind)),
                    Norms.cond(ints.to(DType.FLOAT16), kind).to(DType.FLOAT64),
                    15.5 * DType.FLOAT16.epsilon());
            Tensor half = ints.to(DType.BFLOAT16);
            assertEquals(DType.BFLOAT16, Norms.matrixNorm(half, kind).dtype());
            Check.close(expected, Norms.matrixNorm(half, kind).to(DType.FLOAT64), 8 * DType.BFLOAT16.epsilon());
        }
    }

    /** Where squares leave the range. */
    @Test
    void neitherOverflowsNorUnderflows() {
        for (double scale : new double[] {1e300, 1e-300}) {
            Tensor a = Tensor.of(new double[][] {{3 * scale, 0}, {0, 4 * scale}});
            double[] expected = {5, 7, 4, 3, 4, 3, 4, 3};
            for (Kind kind : Kind.values()) {
                assertEquals(
                        expected[kind.ordinal()] * scale,
                        Norms.matrixNorm(a, kind).item(),
                        8 * Math.ulp(expected[kind.ordinal()] * scale),
                        kind.toString());
            }
            assertEquals(4 / 3.0, Norms.cond(a).item(), 8 * DType.FLOAT64.epsilon());
        }
    }

    @Test
    void specialValues() {
        double nan = Double.NaN;
        for (Kind kind : Kind.values()) {
            boolean smallest = kind.toString().startsWith("MINUS");
            Tensor odd = Tensor.of(new double[][][] {{{nan, 1}, {2, 3}}, {{INFINITE, 1}, {2, 3}}, {{1, 0}, {0, 1}}});
            double[] norms = Norms.matrixNorm(odd, kind).toDoubleArray();
            assertTrue(Double.isNaN(norms[0]), kind.toString());
            boolean spectral = kind == Kind.NUCLEAR || kind == Kind.TWO || kind == Kind.MINUS_TWO;
            assertEquals(spectral ? nan : smallest ? 4 - (kind == Kind.MINUS_INFINITY ? -1 : 0) : INFINITE, norms[1]);
            double[] conditions = Norms.cond(odd, kind).toDoubleArray();
            assertArrayEquals(
                    new double[] {nan, nan, kind == Kind.FROBENIUS ? 2 : kind == Kind.NUCLEAR ? 4 : 1},
                    conditions,
                    8 * DType.FLOAT64.epsilon());
            Tensor singular = Tensor.of(new double[][][] {{{1, 0}, {0, 0}}, {{0, 0}, {0, 0}}});
            double[] expected = {kind == Kind.MINUS_TWO ? 0 : INFINITE, INFINITE};
            assertArrayEquals(expected, Norms.cond(singular, kind).toDoubleArray(), kind.toString());
            assertEquals(
                    2.0,
                    Norms.matrixNorm(Tensor.of(new double[][] {{-2}}), kind).item());
            Tensor none = Tensor.zeros(DType.FLOAT64, 0, 2, 2);
            assertArrayEquals(
                    new long[] {0}, Norms.matrixNorm(none, kind).shape().dims());
            assertArrayEquals(new long[] {0}, Norms.cond(none, kind).shape().dims());
            Tensor empty = Tensor.zeros(DType.COMPLEX64, 2, 0, 0);
            if (smallest) {
                refused(ShapeException.class, () -> Norms.matrixNorm(empty, kind), "matrixNorm: ", "[2,0,0]");
            } else {
                assertArrayEquals(new double[2], Norms.matrixNorm(empty, kind).toDoubleArray());
            }
            refused(ShapeException.class, () -> Norms.cond(empty, kind), "cond: matrices without elements");
        }
    }

    @Test
    void refusals() {
        Tensor wide = Tensor.ones(DType.FLOAT64, 2, 3);
        for (Kind kind : Kind.values()) {
            refused(ShapeException.class, () -> Norms.matrixNorm(wide.get(0), kind), "matrixNorm: ", "[3]");
            if (SQUARE_ONLY.contains(kind) || kind == Kind.FROBENIUS || kind == Kind.NUCLEAR) {
                refused(ShapeException.class, () -> Norms.cond(wide, kind), "cond: ", "square", "[2,3]");
            }
        }
        refused(ShapeException.class, () -> Norms.cond(Tensor.ones(DType.FLOAT64, 3)), "cond: ", "[3]");
        refused(TensorException.class, () -> Norms.matrixNorm(wide, 3), "matrixNorm: ", "[2,3]", "order 3.0");
        refused(TensorException.class, () -> Norms.vectorNorm(wide, Double.NaN, false), "vectorNorm: order is NaN");
        refused(ShapeException.class, () -> Norms.vectorNorm(wide, 2, false, 2), "vectorNorm: axis 2", "[2,3]");
        Tensor none = Tensor.zeros(DType.FLOAT64, 2, 0);
        refused(ShapeException.class, () -> Norms.vectorNorm(none, -1, false, 1), "vectorNorm: no elements", "[2,0]");
        assertArrayEquals(new double[2], Norms.vectorNorm(none, 2, false, 1).toDoubleArray());
    }

    @Test
    void gradients() {
        for (Kind kind : Kind.values()) {
            along("matrixNorm " + kind, x -> Norms.matrixNorm(x[0], kind), uniform(3, 2, 3));
        }
        composed("matrixNorm FROBENIUS", x -> Norms.matrixNorm(x[0]), distinct(3, 2, 3));
        composed("matrixNorm TWO", x -> Norms.matrixNorm(x[0], Kind.TWO), distinct(3, 2, 3));
        composedOnce("cond ONE", x -> Norms.cond(x[0], Kind.ONE), regular(3, 2, 2));
        composed("cond", x -> Norms.cond(x[0]), regular(3, 2, 3));
        composedOnce("vectorNorm", x -> Norms.vectorNorm(x[0], -1, true, 1), distinct(4, 2, 2));
    }

    /** As PyTorch: 0 where the norm has a kink at zero; and 0 is right where an element makes a norm of negative order 0. So are second gradients there. */
    @Test
    void subgradientsAtZero() {
        for (DType dtype : List.of(DType.FLOAT32, DType.COMPLEX128)) {
            for (Kind kind : Kind.values()) {
                Tensor zero = Tensor.zeros(dtype, 2, 3).requiresGrad();
                zeros(Gradients.of(Norms.matrixNorm(zero, kind), zero).get(0));
            }
            for (double p : new double[] {0.5, 1, 2, 3, -1, -2, INFINITE, -INFINITE}) {
                Tensor zero = Tensor.zeros(dtype, 3).requiresGrad();
                Tensor once = Gradients.of(Graph.DIFFERENTIABLE, Norms.vectorNorm(zero, p, false), zero)
                        .get(0);
                zeros(once);
                Tensor way = Random.normal(1, dtype, 3);
                zeros(Gradients.vjp(once.add(zero.multiply(0)), way, zero).get(0));
            }
        }
        Tensor a = Tensor.of(new double[] {0, 2, -3}).requiresGrad();
        zeros(Gradients.of(Norms.vectorNorm(a, -1, false), a).get(0));
        Tensor rank1 = Tensor.of(new double[][] {{2, 0}, {0, 0}}).requiresGrad();
        double[] g = Gradients.of(Norms.matrixNorm(rank1, Kind.NUCLEAR), rank1)
                .get(0)
                .toDoubleArray();
        assertArrayEquals(new double[] {1, 0, 0, 0}, g, DType.FLOAT64.epsilon());
    }

    private static void zeros(Tensor t) {
        double[] found = t.dtype().isComplex() ? t.toComplexArray() : t.toDoubleArray();
        assertTrue(Arrays.stream(found).allMatch(x -> x == 0), () -> Arrays.toString(found));
    }

    @Test
    void complexNumbersWithNaNInOnePart() {
        Tensor z = Tensor.of(new Complex[] {new Complex(1, Double.NaN), new Complex(1, 0)}, 1, 2);
        assertTrue(Double.isNaN(Norms.matrixNorm(z, Kind.TWO).item()));
        assertTrue(Double.isNaN(Norms.cond(z).item()));
    }
}
