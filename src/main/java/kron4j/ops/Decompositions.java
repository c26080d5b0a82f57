package kron4j.ops;

import kron4j.DType;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Linalg.Eigh;
import kron4j.ops.Linalg.Qr;
import kron4j.ops.Linalg.Svd;

/** The decompositions of {@link Linalg} other than LU. */
final class Decompositions {
    private Decompositions() {}

    static Tensor cholesky(String operation, Tensor a) {
        Matrices.requireSquare(operation, a);
        Tensor l = a.copy();
        try (Tensor transpose = l.transpose(-2, -1);
                Tensor info = Matrices.infoFor(a)) {
            // The rows of L are the columns of U in U^T U.
            Matrices.backend(a).cholesky(transpose.view(), true, info.view());
            Matrices.requireClean(operation, a, info, Determinants::notPositiveDefinite, l);
            return l;
        }
    }

    static Qr qr(Tensor a, boolean complete) {
        Matrices.requireMatrix("qr", a);
        long m = a.shape().at(-2);
        long n = a.shape().at(-1);
        long k = complete ? m : Math.min(m, n);
        Shape batch = Matrices.batch(a);
        try (Tensor work = Matrices.columnMajor(a);
                Tensor q = Matrices.emptyColumnMajor(a, batch.concat(Shape.of(m, k)));
                Tensor r = Matrices.emptyColumnMajor(a, batch.concat(Shape.of(k, n)))) {
            Matrices.backend(a).qr(work.view(), q.view(), r.view());
            return new Qr(q.contiguous(), r.contiguous());
        }
    }

    static Svd svd(String operation, Tensor a, boolean full) {
        Matrices.requireMatrix(operation, a);
        long m = a.shape().at(-2);
        long n = a.shape().at(-1);
        long k = Math.min(m, n);
        Shape batch = Matrices.batch(a);
        Tensor u = Operands.empty(a, a.dtype(), batch.concat(Shape.of(m, full ? m : k)));
        Tensor s = Operands.empty(a, a.dtype(), batch.concat(Shape.of(k)));
        Tensor vh = Operands.empty(a, a.dtype(), batch.concat(Shape.of(full ? n : k, n)));
        try (Tensor work = Matrices.transposeOfCopy(a);
                Tensor info = Matrices.infoFor(a);
                Tensor ut = u.transpose(-2, -1);
                Tensor v = vh.transpose(-2, -1)) {
            // A^T = V S U^T, so that all buffers are used as they lie.
            Matrices.backend(a).svd(work.view(), v.view(), s.view(), ut.view(), info.view());
            Matrices.requireClean(operation, a, info, Decompositions::notConverged, u, s, vh);
            return new Svd(u, s, vh);
        } catch (RuntimeException | Error e) {
            u.close();
            s.close();
            vh.close();
            throw e;
        }
    }

    static Tensor svdvals(String operation, Tensor a) {
        Matrices.requireMatrix(operation, a);
        long k = Math.min(a.shape().at(-2), a.shape().at(-1));
        Tensor s = Operands.empty(a, a.dtype(), Matrices.batch(a).concat(Shape.of(k)));
        try (Tensor work = Matrices.transposeOfCopy(a);
                Tensor info = Matrices.infoFor(a)) {
            Matrices.backend(a).svdvals(work.view(), s.view(), info.view());
            Matrices.requireClean(operation, a, info, Decompositions::notConverged, s);
            return s;
        }
    }

    static Eigh eigh(Tensor a) {
        Matrices.requireSquare("eigh", a);
        Tensor w = Operands.empty(
                a, a.dtype(), Matrices.batch(a).concat(Shape.of(a.shape().at(-1))));
        try (Tensor work = Matrices.transposeOfCopy(a);
                Tensor info = Matrices.infoFor(a)) {
            Matrices.backend(a).eigh(work.view(), true, w.view(), info.view());
            Matrices.requireClean("eigh", a, info, Decompositions::notConverged, w);
            return new Eigh(w, work.contiguous());
        }
    }

    private static LinalgException notConverged(String where, int info) {
        return new LinalgException(
                where + " did not converge (LAPACK info " + info + "); look for NaN and infinities in it");
    }

    static Tensor pinv(Tensor a, double tolerance) {
        Matrices.requireMatrix("pinv", a);
        try (TensorScope scope = a.device().openScope()) {
            Svd svd = svd("pinv", a, false);
            Tensor inverse = Elementwise.where(significant(svd.s(), tolerance), Elementwise.reciprocal(svd.s()), 0.0);
            Tensor scaled = Elementwise.multiply(svd.u(), inverse.unsqueeze(-2));
            return scope.keep(MatMul.matmul(svd.vh(), true, scaled, true));
        }
    }

    static Tensor matrixRank(Tensor a, double tolerance) {
        Matrices.requireMatrix("matrixRank", a);
        try (TensorScope scope = a.device().openScope()) {
            Tensor kept = significant(svdvals("matrixRank", a), tolerance);
            return scope.keep(Reduce.sum(kept.to(DType.INT64), -1));
        }
    }

    /** Which singular values are above {@code tolerance} times the largest. */
    private static Tensor significant(Tensor s, double tolerance) {
        Tensor largest = s.slice(-1, 0, 1);
        return Elementwise.greater(s, Elementwise.multiply(largest, tolerance));
    }

    /** Rounding errors of an SVD, relative to the largest singular value. */
    static double defaultTolerance(Tensor a) {
        return a.rank() < 2
                ? 0
                : Math.max(a.shape().at(-2), a.shape().at(-1)) * a.dtype().epsilon();
    }
}
