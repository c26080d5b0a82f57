package kron4j.ops;

import static kron4j.ops.MatMul.Form.ADJOINT;
import static kron4j.ops.MatMul.Form.PLAIN;

import java.util.function.UnaryOperator;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.ops.Linalg.Eigh;

/** Functions of Hermitian matrices by their eigenvalues, of {@link MatrixFunctions}. */
// Y. Daleckii, M. Krein (1951), for the derivative; N. Higham: Functions of Matrices (2008), theorem 3.11.
final class HermitianFunctions {
    private HermitianFunctions() {}

    static Tensor sqrtm(Tensor a) {
        return of("sqrtmHermitian", a, HermitianFunctions::root, w -> {
            Tensor root = root(w);
            return Elementwise.reciprocal(Elementwise.add(root.unsqueeze(-1), root.unsqueeze(-2)));
        });
    }

    /** Eigenvalues that may be rounding errors count as 0. */
    private static Tensor root(Tensor w) {
        double rounding = w.shape().at(-1) * w.dtype().epsilon();
        Tensor magnitudes = Elementwise.abs(w);
        Tensor least = Elementwise.multiply(Reduce.max(magnitudes, true, -1), rounding);
        return Elementwise.sqrt(Elementwise.where(Elementwise.greater(magnitudes, least), w, 0));
    }

    static Tensor logm(Tensor a) {
        return of("logmHermitian", a, Elementwise::log, w -> {
            Tensor column = w.unsqueeze(-1);
            Tensor ratio = Elementwise.divide(Elementwise.subtract(w.unsqueeze(-2), column), column);
            Tensor equal = Elementwise.equal(ratio, 0);
            Tensor safe = Elementwise.where(equal, 1, ratio);
            Tensor quotient = Elementwise.where(equal, 1, Elementwise.divide(Elementwise.log1p(safe), safe));
            return Elementwise.divide(quotient, column);
        });
    }

    /**
     * Computes {@code V f(w) V^H}.
     *
     * @param quotients {@code (f(w_i) - f(w_j)) / (w_i - w_j)}, the derivative where they are equal
     */
    private static Tensor of(String operation, Tensor a, UnaryOperator<Tensor> f, UnaryOperator<Tensor> quotients) {
        Matrices.requireSquare(operation, a);
        if (a.size() == 0) {
            return a.copy();
        }
        try (TensorScope scope = a.device().openScope()) {
            Eigh eigh = Decompositions.eigh(operation, a);
            Tensor v = Tape.plain(eigh.v());
            Tensor values = Matrices.like(a, f.apply(Tape.plain(eigh.w()))).unsqueeze(-2);
            Tensor result = scope.keep(MatMul.matmul(Elementwise.multiply(v, values), PLAIN, v, ADJOINT));
            return Tape.record(
                    operation,
                    result,
                    r -> r.gradient(a, new Tensor[] {eigh.w(), eigh.v()}, (g, s) -> slope(g, s[0], s[1], quotients)),
                    a);
        }
    }

    /** {@code V (F * V^H G V) V^H}, its Hermitian part. */
    private static Tensor slope(Tensor g, Tensor w, Tensor v, UnaryOperator<Tensor> quotients) {
        Tensor inner = MatMul.matmul(v, ADJOINT, MatMul.matmul(g, v), PLAIN);
        Tensor scaled = Elementwise.multiply(inner, Matrices.like(v, quotients.apply(w)));
        Tensor slope = MatMul.matmul(MatMul.matmul(v, scaled), PLAIN, v, ADJOINT);
        return Elementwise.multiply(Elementwise.add(slope, ComplexNumbers.adjoint(slope)), 0.5);
    }
}
