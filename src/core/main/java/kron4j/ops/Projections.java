package kron4j.ops;

import static kron4j.ops.MatMul.Form.ADJOINT;
import static kron4j.ops.MatMul.Form.PLAIN;

import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.Linalg.Svd;

/** Decompositions by random projections, of {@link Linalg}. */
// N. Halko, P.-G. Martinsson, J. Tropp: Finding structure with randomness: probabilistic algorithms for constructing
// approximate matrix decompositions (2011).
final class Projections {
    private Projections() {}

    static Svd svd(Tensor a, long k, long oversampling, int powerIterations, long seed) {
        Matrices.requireMatrix("randomizedSvd", a);
        long n = a.shape().at(-1);
        long least = Math.min(a.shape().at(-2), n);
        if (k < 1 || k > least) {
            throw new ShapeException(
                    "randomizedSvd: " + k + " singular values of shape " + a.shape() + "; give k from 1 to " + least);
        }
        if (oversampling < 0 || powerIterations < 0) {
            throw new TensorException("randomizedSvd: oversampling " + oversampling + " and powerIterations "
                    + powerIterations + " for shape " + a.shape() + " must not be negative");
        }
        try (TensorScope scope = a.device().openScope()) {
            long columns = k + Math.min(oversampling, least - k);
            Tensor q = orthonormal(MatMul.matmul(a, Random.normal(seed, a.dtype(), n, columns)));
            for (int i = 0; i < powerIterations; i++) {
                Tensor rows = orthonormal(MatMul.matmul(a, ADJOINT, q, PLAIN));
                q = orthonormal(MatMul.matmul(a, rows));
            }
            Svd small = Decompositions.svdOrNan("randomizedSvd", MatMul.matmul(q, ADJOINT, a, PLAIN));
            Tensor u = MatMul.matmul(q, small.u().slice(-1, 0, k));
            return new Svd(
                    scope.keep(u),
                    scope.keep(small.s().slice(-1, 0, k).contiguous()),
                    scope.keep(small.vh().slice(-2, 0, k).contiguous()));
        }
    }

    private static Tensor orthonormal(Tensor a) {
        return Linalg.qr(a).q();
    }
}
