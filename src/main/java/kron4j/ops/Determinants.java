package kron4j.ops;

import kron4j.DType;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.backend.Backend;
import kron4j.backend.BinaryOp;
import kron4j.backend.ReduceOp;
import kron4j.backend.UnaryOp;
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
            return det;
        }
        try (LuFactors factors = LuFactors.ofEither(a)) {
            return factors.det();
        }
    }

    static SignLog slogdet(String operation, Tensor a, Accuracy accuracy) {
        Matrices.requireSquare(operation, a);
        if (accuracy == Accuracy.WORKING && !Matrices.isSmall(a)) {
            try (LuFactors factors = LuFactors.ofEither(a)) {
                return factors.slogdet();
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
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    static Tensor logabsdet(Tensor a, Accuracy accuracy) {
        SignLog d = slogdet("logabsdet", a, accuracy);
        d.sign().close();
        return d.logAbs();
    }

    static Tensor logdet(Tensor a, Accuracy accuracy) {
        SignLog d = slogdet("logdet", a, accuracy);
        Tensor logAbs = d.logAbs();
        Backend backend = a.storage().backend();
        try (Tensor sign = d.sign();
                Tensor negative = Operands.empty(a, DType.BOOL, sign.shape());
                Tensor nan = Operands.empty(a, a.dtype(), Shape.SCALAR)) {
            backend.binary(BinaryOp.LESS, sign.view(), 0.0, false, negative.view());
            backend.fill(Double.NaN, nan.view());
            View nans = nan.view().with(nan.layout().expand(sign.shape()));
            backend.where(negative.view(), nans, logAbs.view(), logAbs.view());
        }
        return logAbs;
    }

    static Tensor logabsdetSvd(Tensor a) {
        Matrices.requireSquare("logabsdetSvd", a);
        try (Tensor s = Decompositions.svdvals("logabsdetSvd", a)) {
            return sumOfLogs(s);
        }
    }

    static Tensor logdetCholesky(Tensor a) {
        try (Tensor l = Decompositions.cholesky("logdetCholesky", a);
                Tensor diagonal = l.diagonal()) {
            Tensor half = sumOfLogs(diagonal);
            half.storage().backend().binary(BinaryOp.MULTIPLY, half.view(), 2.0, false, half.view());
            return half;
        }
    }

    private static Tensor sumOfLogs(Tensor values) {
        Backend backend = values.storage().backend();
        Tensor sum = Operands.empty(values, values.dtype(), values.shape().slice(0, values.rank() - 1));
        try (Tensor logs = Operands.empty(values, values.dtype(), values.shape())) {
            backend.unary(UnaryOp.LOG, values.view(), logs.view());
            backend.reduce(ReduceOp.SUM, logs.view(), 1, sum.view());
        }
        return sum;
    }

    static LinalgException notPositiveDefinite(String where, int info) {
        return new LinalgException(where + " is not positive definite (its leading minor of order " + info
                + " is not positive); use slogdet for other matrices");
    }
}
