package kron4j.ops;

import kron4j.LinalgException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.View;
import kron4j.ops.Linalg.SignLog;

/** The determinants of {@link Linalg}. */
final class Determinants {
    private Determinants() {}

    static Tensor det(Tensor a) {
        Matrices.requireSquare("det", a);
        if (Matrices.isSmall(a)) {
            Tensor det = Operands.empty(a, a.dtype(), Matrices.batch(a));
            Matrices.backend(a).det(a.view(), det.view());
            return recordDet(det, a);
        }
        try (LuFactors factors = LuFactors.ofEither(a)) {
            return factors.det();
        }
    }

    /**
     * Records the gradient: {@code d det / d A} is the matrix of cofactors, whose conjugate stands in a gradient.
     *
     * @return det
     */
    static Tensor recordDet(Tensor det, Tensor a) {
        return Tape.record(
                "det",
                det,
                r -> r.gradient(
                        a, a, (g, x) -> Elementwise.multiply(g.unsqueeze(-1).unsqueeze(-1), cofactors(x))),
                a);
    }

    /**
     * Computes the conjugate matrix of cofactors. For A = U diag(s) V^H it is
     * {@code conj(det U det V^H) * U diag(product of the other s) V^H}, at singular matrices of any rank too, where
     * {@code det A * A^-T} is 0 * inf. Its own gradient is that of {@code det A * A^-T}, so A must be regular then.
     */
    // M. Giles: An extended collection of matrix derivative results (2008), and the singular value decomposition of the
    // adjugate.
    private static Tensor cofactors(Tensor a) {
        Tensor result;
        try (TensorScope scope = a.device().openScope()) {
            Linalg.Svd svd = Decompositions.svd("gradient of det", a.detach(), false);
            Tensor sign = Elementwise.multiply(
                    slogdetEx(svd.u()).sign(), slogdetEx(svd.vh()).sign());
            Tensor others = Elementwise.multiply(
                    Matrices.like(sign, Reduce.productOfOthers(svd.s())),
                    ComplexNumbers.conj(sign).unsqueeze(-1));
            Tensor scaled = Elementwise.multiply(svd.u(), others.unsqueeze(-2));
            result = scope.keep(MatMul.matmul(scaled, svd.vh()));
        }
        return Tape.record("cofactors", result, r -> r.gradient(a, a, Determinants::cofactorSlope), a);
    }

    private static SignLog slogdetEx(Tensor a) {
        return slogdet("slogdetEx", a, Accuracy.WORKING, false);
    }

    /** {@code conj(det A * (<G, A^-T> A^-T - A^-T G^T A^-T))}. */
    private static Tensor cofactorSlope(Tensor g, Tensor a) {
        Linalg.WithInfo computed = Solvers.inverse("second gradient of det", a);
        Tensor inverse = computed.result();
        Matrices.requireClean("second gradient of det", a, computed.info(), Determinants::noCofactorSlope, inverse);
        Tensor transposed = inverse.transpose(-2, -1);
        Tensor product = Reduce.sum(Elementwise.multiply(g, transposed), true, -2, -1);
        Tensor sandwich = MatMul.matmul(MatMul.matmul(inverse, true, g, true), false, inverse, true);
        Tensor det = det(a).unsqueeze(-1).unsqueeze(-1);
        return ComplexNumbers.conj(
                Elementwise.multiply(det, Elementwise.subtract(Elementwise.multiply(product, transposed), sandwich)));
    }

    private static LinalgException noCofactorSlope(String where, int pivot) {
        return new SingularMatrixException(where + " is singular (pivot " + (pivot - 1) + " is zero): det has a"
                + " gradient there, the cofactor matrix, but its second gradient is computed from the inverse");
    }

    /**
     * Computes sign and log|det A|.
     *
     * @param strict whether a gradient at a singular matrix throws
     */
    static SignLog slogdet(String operation, Tensor a, Accuracy accuracy, boolean strict) {
        Matrices.requireSquare(operation, a);
        if (accuracy == Accuracy.WORKING && (!Matrices.isSmall(a) || Tape.records(a))) {
            try (LuFactors factors = LuFactors.ofEither(a)) {
                return factors.slogdet(operation, strict);
            }
        }
        SignLog result = SignLog.emptyFor(a);
        View sign = result.sign().view();
        View logAbs = result.logAbs().view();
        try {
            switch (accuracy) {
                case WORKING -> Matrices.backend(a).slogdet(a.view(), sign, logAbs);
                case COMPENSATED -> Matrices.backend(a).slogdetCompensated(a.view(), sign, logAbs);
            }
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
        if (a.dtype().isComplex()) {
            Tape.record(
                    operation,
                    new Tensor[] {result.sign(), result.logAbs()},
                    r -> r.gradients(new Tensor[] {a}, new Tensor[] {a, result.sign()}, (g, s) ->
                            new Tensor[] {slope(operation, s[0], strict, slope(g, s[1]))}),
                    a);
        } else {
            Tape.record(operation, result.logAbs(), r -> r.gradient(a, a, (g, x) -> slope(operation, x, strict, g)), a);
        }
        return result;
    }

    private static Tensor slope(String operation, Tensor a, boolean strict, Tensor g) {
        try (LuFactors factors = LuFactors.ofEither(a)) {
            return factors.slope(operation, strict, g);
        }
    }

    /**
     * {@return what A^-H is multiplied with, for the gradients of a complex sign and of log|det A|, either of which may
     * be null: the sign's angle is the imaginary part of the logarithm, and its modulus does not change}
     */
    static Tensor slope(Tensor[] g, Tensor sign) {
        Tensor imaginary = g[0] == null
                ? Creation.zerosLike(ComplexNumbers.real(sign))
                : ComplexNumbers.imag(Elementwise.multiply(ComplexNumbers.conj(sign), g[0]));
        Tensor real = g[1] == null ? Creation.zerosLike(imaginary) : g[1];
        return ComplexNumbers.complex(real, imaginary);
    }

    static Tensor logabsdet(Tensor a, Accuracy accuracy) {
        SignLog d = slogdet("logabsdet", a, accuracy, true);
        d.sign().close();
        return d.logAbs();
    }

    static Tensor logdet(Tensor a, Accuracy accuracy) {
        if (a.dtype().isComplex()) {
            try (SignLog d = slogdet("logdet", a, accuracy, true);
                    Tensor angle = Elementwise.atan2(ComplexNumbers.imag(d.sign()), ComplexNumbers.real(d.sign()))) {
                return ComplexNumbers.complex(d.logAbs(), angle);
            }
        }
        try (SignLog d = slogdet("logdet", a, accuracy, true);
                Tensor negative = Elementwise.less(d.sign(), 0)) {
            return Elementwise.where(negative, Double.NaN, d.logAbs());
        }
    }

    static Tensor logabsdetSvd(Tensor a) {
        Matrices.requireSquare("logabsdetSvd", a);
        try (Tensor s = Decompositions.svdvals("logabsdetSvd", a)) {
            return sumOfLogs(s);
        }
    }

    static Tensor logdetCholesky(Tensor a) {
        try (Tensor l = Decompositions.cholesky("logdetCholesky", a);
                Tensor diagonal = l.diagonal();
                Tensor real = ComplexNumbers.real(diagonal);
                Tensor half = sumOfLogs(real)) {
            return Elementwise.multiply(half, 2);
        }
    }

    private static Tensor sumOfLogs(Tensor values) {
        try (Tensor logs = Elementwise.log(values)) {
            return Reduce.sum(logs, -1);
        }
    }

    static LinalgException notPositiveDefinite(String where, int info) {
        return new LinalgException(where + " is not positive definite (its leading minor of order " + info
                + " is not positive); use slogdet for other matrices");
    }
}
