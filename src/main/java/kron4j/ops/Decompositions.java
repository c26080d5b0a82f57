package kron4j.ops;

import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.Tensor;
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

    static Svd svd(Tensor a, boolean full) {
        Matrices.requireMatrix("svd", a);
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
            Matrices.requireClean("svd", a, info, Decompositions::notConverged, u, s, vh);
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
}
