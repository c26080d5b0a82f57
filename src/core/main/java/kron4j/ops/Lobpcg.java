package kron4j.ops;

import static kron4j.ops.MatMul.Form.ADJOINT;
import static kron4j.ops.MatMul.Form.PLAIN;

import java.util.function.UnaryOperator;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.ops.Iterative.Stop;

/**
 * The steps of {@link Iterative#lobpcg}: Rayleigh and Ritz in the span of the vectors, their preconditioned residuals and their
 * last moves. The basis is made orthonormal by Householder's QR and is so whatever depends on what; the moves are made
 * so among the coefficients.
 */
// A. Knyazev: Toward the optimal preconditioned eigensolver (2001); J. Duersch, M. Shao, C. Yang, M. Gu: A robust and
// efficient implementation of LOBPCG (2018).
final class Lobpcg {
    private final UnaryOperator<Tensor> a;
    private final UnaryOperator<Tensor> m;
    private final boolean largest;
    private final long count;
    private Tensor w;
    /** The vectors, and from the second step on their moves, orthonormal; and their products with A. */
    private Tensor basis;

    private Tensor images;
    private double scale;

    private Lobpcg(UnaryOperator<Tensor> a, UnaryOperator<Tensor> m, boolean largest, long count) {
        this.a = a;
        this.m = m;
        this.largest = largest;
        this.count = count;
    }

    /** What was found, of the current scope. */
    record Found(Tensor w, Tensor v, int iterations) {}

    static Found search(UnaryOperator<Tensor> a, UnaryOperator<Tensor> m, Tensor start, boolean largest, Stop stop) {
        Operands.requireFactorable("lobpcg", start);
        if (start.rank() != 2 || start.shape().at(0) < start.shape().at(1)) {
            throw new ShapeException("lobpcg: start has shape " + start.shape()
                    + "; it needs a matrix [N, k] of k start vectors, no more than N");
        }
        return NoGrad.of(() -> {
            try (TensorScope scope = start.device().openScope()) {
                Lobpcg steps = new Lobpcg(a, m, largest, start.shape().at(1));
                int iterations = steps.run(start, stop);
                Tensor v = steps.basis.slice(1, 0, steps.count).contiguous();
                return new Found(scope.keep(steps.w), scope.keep(v), iterations);
            }
        });
    }

    private int run(Tensor start, Stop stop) {
        long n = start.shape().at(0);
        if (n < 4 * count || count == 0) { // three times as many columns would be most of the space
            basis = Matrices.identityLike(Operands.empty(start, start.dtype(), Shape.of(n, n)));
            images = product(basis);
            ritz();
            return 0;
        }
        basis = Linalg.qr(start).q();
        images = product(basis);
        ritz();
        for (int k = 0; k < stop.most(); k++) {
            Tensor v = basis.slice(1, 0, count);
            Tensor residual =
                    Elementwise.subtract(images.slice(1, 0, count), Elementwise.multiply(v, Matrices.like(v, w)));
            if (stop.every() > 0 && k % stop.every() == 0) {
                double worst = Reduce.max(Reduce.norm(residual, 0)).item();
                if (!(worst > stop.tolerance() * scale)) {
                    return k;
                }
            }
            Tensor directions = Iterative.checked("lobpcg", m, residual);
            long old = basis.shape().at(1);
            Linalg.Qr qr = Linalg.qr(Indexing.concat(1, basis, directions));
            // The old columns are orthonormal but for the rounding of many steps, which this takes back.
            Tensor turn = qr.r().slice(0, 0, old).slice(1, 0, old);
            Tensor turned = Linalg.triangularSolve(turn, images.transpose(), true, true, false);
            basis = qr.q();
            images = Indexing.concat(1, turned.transpose(), product(basis.slice(1, old, old + count)));
            ritz();
        }
        return stop.most();
    }

    private Tensor product(Tensor vectors) {
        return Iterative.checked("lobpcg", a, vectors.contiguous());
    }

    /** Takes the best vectors of the basis, and the best moves. */
    private void ritz() {
        Tensor small = MatMul.matmul(basis, ADJOINT, images, PLAIN);
        Tensor hermitian = Elementwise.multiply(Elementwise.add(small, ComplexNumbers.adjoint(small)), 0.5);
        Linalg.Eigh e = Linalg.eigh(hermitian);
        long size = e.w().size();
        if (size > 0) {
            scale = Reduce.max(Elementwise.abs(e.w())).item();
        }
        w = (largest ? e.w().flip(0) : e.w()).slice(0, 0, count).contiguous();
        Tensor best = (largest ? e.v().flip(1) : e.v()).slice(1, 0, count);
        Tensor coefficients = best;
        if (size >= 2 * count && count < size) {
            // What moved, without the part along the old vectors, and orthonormal to the new ones.
            Tensor moved = Indexing.concat(0, Creation.zerosLike(best.slice(0, 0, count)), best.slice(0, count, size));
            Tensor q = Linalg.qr(Indexing.concat(1, best, moved)).q();
            coefficients = Indexing.concat(1, best, q.slice(1, count, 2 * count));
        }
        basis = MatMul.matmul(basis, coefficients);
        images = MatMul.matmul(images, coefficients);
    }
}
