package kron4j.contract;

import static kron4j.ops.ComplexNumbers.adjoint;
import static kron4j.ops.ComplexNumbers.conj;
import static kron4j.ops.ComplexNumbers.viewAsReal;
import static kron4j.ops.Elementwise.add;
import static kron4j.ops.Elementwise.multiply;
import static kron4j.ops.MatMul.matmul;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import kron4j.Complex;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.Accuracy;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;
import kron4j.ops.LuFactors;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Gradients of complex factorisations along real and imaginary directions: operands are given as pairs of numbers, [..., 2]. */
public class ComplexLinalgGradientContract extends GradientContract {
    /** Pairs in, pairs or real numbers out. */
    private static Operation onParts(Operation f) {
        return x -> {
            Tensor y = f.apply(Arrays.stream(x)
                    .map(t -> ComplexNumbers.complex(t.select(-1, 0), t.select(-1, 1)))
                    .toArray(Tensor[]::new));
            return y.dtype().isComplex() ? viewAsReal(y) : y;
        };
    }

    /** Well conditioned complex matrices, as pairs. */
    private static NDArray square(long seed, long... shape) {
        long[] all = Arrays.copyOf(shape, shape.length + 1);
        all[shape.length] = 2;
        NDArray base = uniform(seed, all);
        int rank = shape.length;
        return NDArray.generate(
                all,
                i -> base.get(i) + (i[rank - 1] == i[rank - 2] ? (i[rank] == 0 ? 2 : 1) * (i[rank - 1] + 1.0) : 0));
    }

    /** Nearly normal matrices with eigenvalues well apart. */
    private static NDArray separated(long seed, long... shape) {
        NDArray base = square(seed, shape);
        int rank = shape.length;
        return NDArray.generate(base.shape(), i -> base.get(i) * (i[rank - 1] == i[rank - 2] ? 1 : 0.125));
    }

    private static NDArray pairsOf(long seed, long... shape) {
        long[] all = Arrays.copyOf(shape, shape.length + 1);
        all[shape.length] = 2;
        return uniform(seed, all);
    }

    private static Tensor hermitian(Tensor a) {
        return add(a, adjoint(a));
    }

    /** A A^H + I. */
    private static Tensor positive(Tensor a) {
        Tensor square = matmul(a, adjoint(a));
        return add(square, Tensor.eye(a.dtype().realPart(), a.shape().at(-1)).to(a.dtype()));
    }

    @Test
    void solves() {
        smooth("solve", onParts(x -> Linalg.solve(x[0], x[1])), square(1, 3, 3), pairsOf(2, 3, 2));
        smooth("solve a vector", onParts(x -> Linalg.solve(x[0], x[1])), square(1, 2, 2, 2), pairsOf(2, 2));
        smooth("inverse", onParts(x -> Linalg.inverse(x[0])), square(1, 2, 2, 2));
        smooth("LuFactors.solve", onParts(x -> Linalg.luFactor(x[0]).solve(x[1])), square(1, 2, 2), pairsOf(2, 2, 1));
        smooth(
                "LuFactors.solveTransposed",
                onParts(x -> Linalg.luFactor(x[0]).solveTransposed(x[1])),
                square(1, 2, 2),
                pairsOf(2, 2, 1));
        for (boolean upper : new boolean[] {false, true}) {
            for (boolean transposed : new boolean[] {false, true}) {
                for (boolean unit : new boolean[] {false, true}) {
                    smooth(
                            "triangularSolve " + upper + transposed + unit,
                            onParts(x -> Linalg.triangularSolve(x[0], x[1], upper, transposed, unit)),
                            square(1, 2, 2),
                            pairsOf(2, 2, 2));
                }
            }
        }
        along("large solve", onParts(x -> Linalg.solve(x[0], x[1])), square(1, 20, 20), pairsOf(2, 20, 1));
    }

    @Test
    void determinants() {
        for (long[] shape : new long[][] {{1, 1}, {2, 2}, {2, 3, 3}, {0, 0}, {0, 2, 2}}) {
            smooth("logabsdet", onParts(x -> Linalg.logabsdet(x[0])), square(1, shape));
            smooth("slogdet, sign", onParts(x -> Linalg.slogdetEx(x[0]).sign()), square(1, shape));
            smooth("logdet", onParts(x -> Linalg.logdet(x[0])), square(1, shape));
            smooth("det", onParts(x -> Linalg.det(x[0])), pairsOf(1, shape));
        }
        smooth(
                "slogdet, compensated",
                onParts(x -> {
                    Linalg.SignLog d = Linalg.slogdet(x[0], Accuracy.COMPENSATED);
                    return multiply(d.sign(), ComplexNumbers.complex(d.logAbs(), d.logAbs()));
                }),
                square(1, 2, 2));
        smooth(
                "all of one",
                onParts(x -> {
                    LuFactors lu = Linalg.luFactor(x[0]);
                    Linalg.SignLog d = lu.slogdet();
                    return multiply(lu.det(), d.sign()).add(lu.inverse().sum());
                }),
                square(1, 2, 2));
        smooth("logabsdetSvd", onParts(x -> Linalg.logabsdetSvd(x[0])), square(1, 2, 2));
        smooth("logdetCholesky", onParts(x -> Linalg.logdetCholesky(positive(x[0]))), pairsOf(1, 2, 2));
        along("large slogdet", onParts(x -> Linalg.slogdet(x[0]).logAbs()), square(1, 20, 20));
    }

    /** conj(cofactors), of a matrix of rank 2. */
    @Test
    void cofactorsOfSingularMatrices() {
        Complex[] m = new Complex[9];
        for (int j = 0; j < 3; j++) {
            m[j] = new Complex(j + 1, 2 - j);
            m[3 + j] = new Complex(j * j, 1);
            m[6 + j] = new Complex(-m[j].im(), m[j].re()); // i times the first row
        }
        Tensor a = Tensor.of(m, 3, 3).requiresGrad();
        Tensor g = Gradients.of(ComplexNumbers.real(Linalg.det(a)), a).get(0);
        double[] found = g.toComplexArray();
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                Complex[] minor = new Complex[4];
                for (int k = 0; k < 4; k++) {
                    minor[k] = m[3 * ((i + 1 + k / 2) % 3) + (j + 1 + k % 2) % 3];
                }
                double re = minor[0].re() * minor[3].re()
                        - minor[0].im() * minor[3].im()
                        - minor[1].re() * minor[2].re()
                        + minor[1].im() * minor[2].im();
                double im = minor[0].re() * minor[3].im()
                        + minor[0].im() * minor[3].re()
                        - minor[1].re() * minor[2].im()
                        - minor[1].im() * minor[2].re();
                assertArrayEquals(
                        new double[] {re, -im},
                        new double[] {found[2 * (3 * i + j)], found[2 * (3 * i + j) + 1]},
                        1e-14 * 200);
            }
        }
    }

    @Test
    void triangularFactors() {
        for (long[] shape : new long[][] {{3, 3}, {3, 2}, {2, 3}, {2, 2, 2}}) {
            smooth("complex lu, l", onParts(x -> Linalg.lu(x[0]).l()), square(3, shape));
            smooth("complex lu, u", onParts(x -> Linalg.lu(x[0]).u()), square(3, shape));
            smooth("complex qr, q", onParts(x -> Linalg.qr(x[0]).q()), square(3, shape));
            smooth("complex qr, r", onParts(x -> Linalg.qr(x[0]).r()), square(3, shape));
        }
        smooth("cholesky", onParts(x -> Linalg.cholesky(positive(x[0]))), pairsOf(1, 3, 3));
        smooth("cholesky of a batch", onParts(x -> Linalg.cholesky(positive(x[0]))), pairsOf(1, 2, 2, 2));
    }

    /** Functions of the vectors that do not depend on their phases. */
    @Test
    void singularVectors() {
        for (long[] shape : new long[][] {{3, 3}, {3, 2}, {2, 3}}) {
            smooth("svdvals", onParts(x -> Linalg.svdvals(x[0])), square(4, shape));
            smooth(
                    "svd, both",
                    onParts(x -> {
                        Linalg.Svd d = Linalg.svd(x[0]);
                        Tensor s = multiply(d.s(), d.s()).to(d.u().dtype());
                        return matmul(multiply(d.u(), s.unsqueeze(-2)), d.vh());
                    }),
                    square(4, shape));
            smooth(
                    "svd, u",
                    onParts(x -> matmul(
                            part(Linalg.svd(x[0]).u()), adjoint(Linalg.svd(x[0]).u()))),
                    square(4, shape));
            smooth(
                    "svd, v",
                    onParts(x -> adjoint(Linalg.svd(x[0]).vh()).slice(-1, 0, 1).abs()),
                    square(4, shape));
            smooth("pinv", onParts(x -> Linalg.pinv(x[0])), square(4, shape));
        }
    }

    /** The first column, and zeros. */
    private static Tensor part(Tensor u) {
        Tensor first = u.slice(-1, 0, 1);
        return Indexing.concat(-1, first, multiply(u.slice(-1, 1, u.shape().at(-1)), 2.0));
    }

    @Test
    void eigenvectors() {
        for (long[] shape : new long[][] {{1, 1}, {3, 3}, {2, 2, 2}}) {
            smooth("eigh, w", onParts(x -> Linalg.eigh(hermitian(x[0])).w()), square(5, shape));
            smooth(
                    "eigh, both",
                    onParts(x -> {
                        Linalg.Eigh e = Linalg.eigh(hermitian(x[0]));
                        Tensor w = multiply(e.w(), e.w()).to(e.v().dtype());
                        return matmul(multiply(e.v(), w.unsqueeze(-2)), adjoint(e.v()));
                    }),
                    square(5, shape));
            smooth("eigh, v", onParts(x -> Linalg.eigh(hermitian(x[0])).v().abs()), square(5, shape));
            smooth("eigvals", onParts(x -> Linalg.eigvals(x[0])), separated(5, shape));
            smooth(
                    "eig, both",
                    onParts(x -> {
                        Linalg.Eig e = Linalg.eig(x[0]);
                        Tensor w = multiply(e.w(), e.w()).unsqueeze(-2);
                        Tensor square = matmul(multiply(e.v(), w), Linalg.inverse(e.v()));
                        return add(square, square.sum()); // elements of like magnitude, as their rounding errors are
                    }),
                    separated(5, shape));
            smooth("eig, v", onParts(x -> Linalg.eig(x[0]).v().abs()), separated(5, shape));
        }
        once("eigvals of a real matrix", x -> viewAsReal(Linalg.eigvals(x[0])), uniform(6, 3, 3));
        once(
                "eig of a real matrix",
                x -> {
                    Tensor v = Linalg.eig(x[0]).v();
                    return ComplexNumbers.real(multiply(v, conj(v)));
                },
                uniform(6, 3, 3));
    }

    /** The real part of an element of the vectors depends on their phase: its gradient is the part that does not. */
    @Test
    void whatDependsOnThePhaseIsDropped() {
        Tensor a = ComplexNumbers.complex(Tensor.of(new double[][] {{1, 2}, {3, 4}}), Tensor.of(new double[][] {
            {0, 1}, {-1, 2}
        }));
        for (Tensor v : new Tensor[] {
            Linalg.eig(a.requiresGrad()).v(),
            Linalg.eigh(hermitian(a.requiresGrad())).v()
        }) {
            double[] g = Gradients.of(ComplexNumbers.imag(v).sum(), a).get(0).toComplexArray();
            assertTrue(Arrays.stream(g).allMatch(Double::isFinite));
        }
    }
}
