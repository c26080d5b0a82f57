package kron4j.ops;

import static kron4j.ops.MatMul.Form.ADJOINT;
import static kron4j.ops.MatMul.Form.PLAIN;

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
     * {@code det A * A^-T} is 0 * inf.
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
        return Tape.record("cofactors", result, r -> r.gradient(a, a, Determinants::minors), a);
    }

    private static SignLog slogdetEx(Tensor a) {
        return slogdet("slogdetEx", a, Accuracy.WORKING, false);
    }

    /**
     * Computes the conjugate of the second derivative of det in the direction G, a sum of minors of order n - 2, at matrices of any rank:
     * {@code conj(k) U M V^H} for A = U diag(s) V^H, k = det U det V^H, F = conj(U^H G V) and
     * {@code M_ij = -p_ij F_ji}, {@code M_ii = sum over j of p_ij F_jj}, p_ij being the product of all s but s_i and s_j, and p_ii = 0.
     */
    private static Tensor minors(Tensor g, Tensor a) {
        Tensor result;
        try (TensorScope scope = a.device().openScope()) {
            Linalg.Svd svd = Decompositions.svd("gradient of det", a.detach(), false);
            Tensor u = svd.u();
            Tensor sign = ComplexNumbers.conj(Elementwise.multiply(
                    slogdetEx(u).sign(), slogdetEx(svd.vh()).sign()));
            Tensor f = ComplexNumbers.conj(
                    MatMul.matmul(MatMul.matmul(u, ADJOINT, g.detach(), PLAIN), PLAIN, svd.vh(), ADJOINT));
            Tensor one = Matrices.identityLike(f);
            Tensor without = Elementwise.where(
                    Elementwise.notEqual(one, 0), one, Matrices.like(f, svd.s().unsqueeze(-2)));
            Tensor p = Elementwise.multiply(Reduce.productOfOthers(without), Elementwise.subtract(1, one));
            Tensor diagonal = MatMul.matmul(p, f.diagonal(0, -2, -1).unsqueeze(-1));
            Tensor m = Elementwise.subtract(
                    Elementwise.multiply(one, diagonal), Elementwise.multiply(p, f.transpose(-2, -1)));
            Tensor scaled = Elementwise.multiply(sign.unsqueeze(-1).unsqueeze(-1), m);
            result = scope.keep(MatMul.matmul(MatMul.matmul(u, scaled), svd.vh()));
        }
        return Tape.record(
                "minors",
                result,
                r -> r.gradient(g, a, Determinants::minors) // the second derivative is symmetric
                        .gradient(a, new Tensor[] {g, a}, (h, s) -> thirdSlope(h, s[0], s[1])),
                g,
                a);
    }

    /**
     * {@code conj(det A * ((tr P tr Q - tr PQ) I - tr Q P - tr P Q + P Q + Q P) A^-1)^T} for P = A^-1 G and Q = A^-1 H.
     */
    private static Tensor thirdSlope(Tensor h, Tensor g, Tensor a) {
        Linalg.WithInfo computed = Solvers.inverse("third gradient of det", a);
        Tensor inverse = computed.result();
        Matrices.requireClean("third gradient of det", a, computed.info(), Determinants::noThirdGradient, inverse);
        Tensor p = MatMul.matmul(inverse, g);
        Tensor q = MatMul.matmul(inverse, h);
        Tensor pq = MatMul.matmul(p, q);
        Tensor square = Elementwise.subtract(Elementwise.multiply(trace(p), trace(q)), trace(pq));
        Tensor inner = Elementwise.add(
                Elementwise.multiply(square, Matrices.identityLike(p)), Elementwise.add(pq, MatMul.matmul(q, p)));
        Tensor outer = Elementwise.add(Elementwise.multiply(trace(q), p), Elementwise.multiply(trace(p), q));
        Tensor product = MatMul.matmul(Elementwise.subtract(inner, outer), inverse);
        Tensor det = det(a).unsqueeze(-1).unsqueeze(-1);
        return ComplexNumbers.adjoint(Elementwise.multiply(det, product));
    }

    private static Tensor trace(Tensor a) {
        return Reduce.sum(a.diagonal(0, -2, -1), -1).unsqueeze(-1).unsqueeze(-1);
    }

    private static LinalgException noThirdGradient(String where, int pivot) {
        return new SingularMatrixException(where + " is singular (pivot " + (pivot - 1) + " is zero): det has"
                + " gradients of the first and second order there, but its third one is computed from the inverse");
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
