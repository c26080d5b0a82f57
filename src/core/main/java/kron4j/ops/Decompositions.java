package kron4j.ops;

import static kron4j.ops.MatMul.Form.ADJOINT;
import static kron4j.ops.MatMul.Form.PLAIN;

import kron4j.DType;
import kron4j.Device;
import kron4j.GradientException;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.View;
import kron4j.ops.Linalg.Eig;
import kron4j.ops.Linalg.Eigh;
import kron4j.ops.Linalg.Qr;
import kron4j.ops.Linalg.Svd;

/** The decompositions of {@link Linalg} other than LU. */
final class Decompositions {
    private Decompositions() {}

    static Tensor cholesky(String operation, Tensor a) {
        Matrices.requireSquare(operation, a);
        Tensor l;
        try (Tensor plain = a.detach()) {
            l = plain.copy();
        }
        try (Tensor transpose = l.transpose(-2, -1);
                Tensor info = Matrices.infoFor(a)) {
            // The rows of L are the columns of U in U^T U.
            Matrices.backend(a).cholesky(transpose.view(), true, info.view());
            Matrices.requireClean(operation, a, info, Determinants::notPositiveDefinite, l);
        }
        return Tape.record(operation, l, r -> r.gradient(a, l, Decompositions::choleskySlope), a);
    }

    /** {@code L^-H sym(Phi(L^H G)) L^-1}, sym the Hermitian part, Phi the lower triangle with half the diagonal. */
    // I. Murray: Differentiation of the Cholesky decomposition (2016), arXiv 1602.07527.
    private static Tensor choleskySlope(Tensor g, Tensor l) {
        Tensor symmetric = mirrored(MatMul.matmul(l, ADJOINT, g, PLAIN));
        Tensor left = Solvers.adjointTriangular(l, symmetric, false, false);
        return Elementwise.multiply(Solvers.adjointTriangular(l, adjoint(left), false, false), 0.5);
    }

    /** The Hermitian matrix that has this lower triangle; imaginary parts of the diagonal are dropped. */
    private static Tensor mirrored(Tensor a) {
        Tensor twice = Elementwise.add(Indexing.tril(a, 0), Indexing.tril(a, -1));
        return Elementwise.multiply(Elementwise.add(twice, adjoint(twice)), 0.5);
    }

    private static Tensor adjoint(Tensor a) {
        return ComplexNumbers.adjoint(a);
    }

    static Qr qr(Tensor a, boolean complete) {
        Matrices.requireMatrix("qr", a);
        long m = a.shape().at(-2);
        long n = a.shape().at(-1);
        long k = complete ? m : Math.min(m, n);
        Shape batch = Matrices.batch(a);
        Qr result;
        try (Tensor plain = a.detach();
                Tensor work = Matrices.columnMajor(plain);
                Tensor q = Matrices.emptyColumnMajor(a, batch.concat(Shape.of(m, k)));
                Tensor r = Matrices.emptyColumnMajor(a, batch.concat(Shape.of(k, n)))) {
            Matrices.backend(a).qr(work.view(), q.view(), r.view());
            result = new Qr(q.contiguous(), r.contiguous());
        }
        Tensor[] results = {result.q(), result.r()};
        Tape.record("qr", results, r -> r.gradients(new Tensor[] {a}, results, Decompositions::qrSlope), a);
        return result;
    }

    /**
     * Differentiates QR. For the first columns of a wide matrix, R = [U, V] and V = Q^H Y: the gradient of V flows to Q
     * and to Y.
     */
    // H. Liao, J. Liu, L. Wang, T. Xiang: Differentiable programming tensor networks (2019), arXiv 1903.09650;
    // S. Walter, L. Lehmann, R. Lamour: On evaluating higher-order derivatives of the QR decomposition (2012).
    private static Tensor[] qrSlope(Tensor[] g, Tensor[] saved) {
        Tensor q = saved[0];
        Tensor r = saved[1];
        long m = q.shape().at(-2);
        long n = r.shape().at(-1);
        long k = q.shape().at(-1);
        if (k > n) {
            throw new GradientException("gradient of qr: the complete form of [" + m + "," + n
                    + "] matrices has columns of q that are not determined; use the reduced form");
        }
        Tensor gq = g[0] == null ? Creation.zerosLike(q) : g[0];
        Tensor gr = g[1] == null ? Creation.zerosLike(r) : g[1];
        if (n == k) {
            return new Tensor[] {squareSlope(gq, gr, q, r)};
        }
        Tensor gv = gr.slice(-1, k, n);
        Tensor v = r.slice(-1, k, n);
        Tensor y = MatMul.matmul(q, v);
        Tensor first = squareSlope(
                Elementwise.add(gq, MatMul.matmul(y, PLAIN, gv, ADJOINT)), gr.slice(-1, 0, k), q, r.slice(-1, 0, k));
        return new Tensor[] {Indexing.concat(-1, first, MatMul.matmul(q, gv))};
    }

    /** {@code (G_Q + Q copyltu(R G_R^H - G_Q^H Q)) R^-H}; copyltu mirrors the lower triangle. */
    private static Tensor squareSlope(Tensor gq, Tensor gr, Tensor q, Tensor r) {
        Tensor inner = Elementwise.subtract(MatMul.matmul(r, PLAIN, gr, ADJOINT), MatMul.matmul(gq, ADJOINT, q, PLAIN));
        Tensor left = Elementwise.add(gq, MatMul.matmul(q, mirrored(inner)));
        return adjoint(Linalg.triangularSolve(r, adjoint(left), true));
    }

    static Svd svd(String operation, Tensor a, boolean full) {
        Matrices.requireMatrix(operation, a);
        try (Tensor info = Matrices.infoFor(a)) {
            Svd svd = svd(a, full, info);
            Matrices.requireClean(operation, a, info, notConverged(svd.s()), svd.u(), svd.s(), svd.vh());
            return recorded(operation, svd, a);
        }
    }

    /** Factors in the reduced form, NaN throughout for a matrix that is not finite; does not wait for the device. */
    static Svd svdOrNan(String operation, Tensor a) {
        Matrices.requireMatrix(operation, a);
        try (Tensor info = Matrices.infoFor(a);
                Svd svd = svd(a, false, info)) {
            return recorded(
                    operation, new Svd(orNan(svd.u(), info, 2), orNan(svd.s(), info, 1), orNan(svd.vh(), info, 2)), a);
        }
    }

    private static Tensor orNan(Tensor values, Tensor info, int axes) {
        try (Tensor good = Elementwise.equal(info, 0);
                Tensor column = good.unsqueeze(-1);
                Tensor all = axes == 1 ? column.viewAs(column.layout()) : column.unsqueeze(-1)) {
            return Elementwise.where(all, values, Double.NaN);
        }
    }

    private static Svd svd(Tensor a, boolean full, Tensor info) {
        long m = a.shape().at(-2);
        long n = a.shape().at(-1);
        long k = Math.min(m, n);
        Shape batch = Matrices.batch(a);
        Svd svd = new Svd(
                Operands.empty(a, a.dtype(), batch.concat(Shape.of(m, full ? m : k))),
                Operands.empty(a, a.dtype().realPart(), batch.concat(Shape.of(k))),
                Operands.empty(a, a.dtype(), batch.concat(Shape.of(full ? n : k, n))));
        try (Tensor plain = a.detach();
                Tensor work = Matrices.transposeOfCopy(plain);
                Tensor ut = svd.u().transpose(-2, -1);
                Tensor v = svd.vh().transpose(-2, -1)) {
            // A^T = (V^H)^T S U^T, so that all buffers are used in place.
            Matrices.backend(a).svd(work.view(), v.view(), svd.s().view(), ut.view(), info.view());
            return svd;
        } catch (RuntimeException | Error e) {
            svd.close();
            throw e;
        }
    }

    private static Svd recorded(String operation, Svd svd, Tensor a) {
        Tensor[] results = {svd.u(), svd.s(), svd.vh()};
        Tape.record(operation, results, r -> r.gradients(new Tensor[] {a}, results, Decompositions::svdSlope), a);
        return svd;
    }

    /**
     * {@code U (skew(U^H G_U)/E S + S skew(V^H G_V)/E + diag(G_S + phase)) V^H}, with {@code skew(X) = X - X^H} and {@code E_ij = s_j^2 - s_i^2}, and what
     * stands orthogonal to U and V: {@code (I - U U^H) G_U S^-1 V^H + U S^-1 G_V^H (I - V V^H)}. The phase of complex vectors is free: each pair may be
     * multiplied by a number of modulus 1. What does not depend on it has opposite diagonals {@code i p} and {@code -i p} of {@code U^H G_U} and
     * {@code V^H G_V}, and the phase's part is {@code i p / s}; of what does depend on it the mean is taken.
     */
    // M. Giles: An extended collection of matrix derivative results for forward and reverse mode algorithmic
    // differentiation (2008); Z. Wan, S. Zhang: Automatic differentiation for complex valued SVD (2019), arXiv
    // 1909.02659.
    private static Tensor[] svdSlope(Tensor[] g, Tensor[] saved) {
        Tensor u = saved[0];
        Tensor s = Matrices.like(u, saved[1]);
        Tensor vh = saved[2];
        long k = s.shape().at(-1);
        Tensor column = s.unsqueeze(-1);
        Tensor row = s.unsqueeze(-2);
        Tensor gs = g[1] == null ? Creation.zerosLike(s) : Matrices.like(u, g[1]);
        Tensor simple = MatMul.matmul(Elementwise.multiply(u.slice(-1, 0, k), gs.unsqueeze(-2)), vh.slice(-2, 0, k));
        if (g[0] == null && g[2] == null) {
            return new Tensor[] {simple};
        }
        if (u.shape().at(-1) > k || vh.shape().at(-2) > k) {
            throw new GradientException("gradient of svd: the full form of ["
                    + u.shape().at(-2) + "," + vh.shape().at(-1)
                    + "] matrices has singular vectors that are not determined; use the reduced form");
        }
        Tensor inner = null;
        Tensor outside = simple;
        if (g[0] != null) {
            Tensor along = MatMul.matmul(u, ADJOINT, g[0], PLAIN);
            inner = withPhase(overGaps(skew(along), column, row, row), along, row, 0.5);
            if (u.shape().at(-2) > k) {
                Tensor across = Elementwise.subtract(g[0], MatMul.matmul(u, along));
                outside = Elementwise.add(outside, MatMul.matmul(Elementwise.divide(across, row), vh));
            }
        }
        if (g[2] != null) {
            Tensor along = MatMul.matmul(vh, PLAIN, g[2], ADJOINT);
            Tensor term = withPhase(overGaps(skew(along), column, row, column), along, row, -0.5);
            inner = inner == null ? term : Elementwise.add(inner, term);
            if (vh.shape().at(-1) > k) {
                Tensor across = Elementwise.subtract(g[2], MatMul.matmul(along, ADJOINT, vh, PLAIN));
                outside = Elementwise.add(outside, MatMul.matmul(u, Elementwise.divide(across, column)));
            }
        }
        return new Tensor[] {Elementwise.add(outside, MatMul.matmul(MatMul.matmul(u, inner), vh))};
    }

    /** {@code X - X^H} off the diagonal, and 0 on it. */
    private static Tensor skew(Tensor x) {
        Tensor difference = Elementwise.subtract(x, adjoint(x));
        return x.dtype().isComplex()
                ? Elementwise.add(Indexing.tril(difference, -1), Indexing.triu(difference, 1))
                : difference;
    }

    /** Adds {@code i factor p / s} for the imaginary parts p of a diagonal. */
    private static Tensor withPhase(Tensor inner, Tensor along, Tensor row, double factor) {
        if (!along.dtype().isComplex()) {
            return inner;
        }
        Tensor diagonal = Elementwise.multiply(along, Matrices.identityLike(along));
        Tensor turn = Elementwise.multiply(Elementwise.subtract(diagonal, adjoint(diagonal)), 0.5 * factor);
        return Elementwise.add(inner, Elementwise.divide(turn, row));
    }

    /**
     * Computes {@code x_ij factor / (s_j^2 - s_i^2)} off the diagonal, where x is 0, without a square of s, which may
     * be beyond the range.
     */
    private static Tensor overGaps(Tensor x, Tensor column, Tensor row, Tensor factor) {
        Tensor differences = Elementwise.subtract(row, column);
        Tensor one = Matrices.identityLike(differences);
        Tensor means = Elementwise.add(Elementwise.multiply(row, 0.5), Elementwise.multiply(column, 0.5));
        Tensor parts = Elementwise.divide(Elementwise.multiply(factor, 0.5), Elementwise.add(means, one));
        return Elementwise.multiply(Elementwise.divide(x, Elementwise.add(differences, one)), parts);
    }

    static Tensor svdvals(String operation, Tensor a) {
        if (Tape.records(a)) { // the gradient needs the vectors
            return valuesOf(svd(operation, a, false));
        }
        Matrices.requireMatrix(operation, a);
        try (Tensor info = Matrices.infoFor(a)) {
            Tensor s = svdvals(a, info);
            Matrices.requireClean(operation, a, info, notConverged(s), s);
            return s;
        }
    }

    /** Singular values, NaN for a matrix that is not finite; does not wait for the device. */
    static Tensor svdvalsOrNan(String operation, Tensor a) {
        if (Tape.records(a)) {
            return valuesOf(svdOrNan(operation, a));
        }
        Matrices.requireMatrix(operation, a);
        try (Tensor info = Matrices.infoFor(a);
                Tensor s = svdvals(a, info)) {
            return orNan(s, info, 1);
        }
    }

    private static Tensor valuesOf(Svd svd) {
        svd.u().close();
        svd.vh().close();
        return svd.s();
    }

    private static Tensor svdvals(Tensor a, Tensor info) {
        long k = Math.min(a.shape().at(-2), a.shape().at(-1));
        Tensor s = Operands.empty(a, a.dtype().realPart(), Matrices.batch(a).concat(Shape.of(k)));
        boolean tall = a.shape().at(-2) > a.shape().at(-1);
        try (Tensor work = tall ? Matrices.columnMajor(a) : Matrices.transposeOfCopy(a)) {
            Matrices.backend(a).svdvals(work.view(), s.view(), info.view());
            return s;
        } catch (RuntimeException | Error e) {
            s.close();
            throw e;
        }
    }

    static Eigh eigh(String operation, Tensor a) {
        Matrices.requireSquare(operation, a);
        Tensor w = Operands.empty(
                a,
                a.dtype().realPart(),
                Matrices.batch(a).concat(Shape.of(a.shape().at(-1))));
        Tensor v;
        try (Tensor plain = a.detach();
                Tensor work = Matrices.transposeOfCopy(plain);
                Tensor info = Matrices.infoFor(a)) {
            if (a.dtype().isComplex()) { // whatever is there, NaN too, does not count
                View diagonal = work.view().with(work.layout().diagonal(0, -2, -1));
                a.storage().backend().fill(0.0, diagonal.part(true));
            }
            Matrices.backend(a).eigh(work.view(), true, w.view(), info.view());
            Matrices.requireClean(operation, a, info, notConverged(w), w);
            // A^T is the conjugate of A, and so are its eigenvectors.
            try (Tensor conjugate = work.contiguous()) {
                v = ComplexNumbers.conj(conjugate);
            }
        }
        Tensor[] results = {w, v};
        Tape.record(operation, results, r -> r.gradients(new Tensor[] {a}, results, Decompositions::eighSlope), a);
        return new Eigh(w, v);
    }

    /**
     * {@code V (diag(G_w) + (V^H G_V) / E) V^H}, its Hermitian part, with {@code E_ij = w_j - w_i} off the diagonal. The diagonal of {@code V^H G_V}, which
     * belongs to the length and the free phase of the vectors, is dropped.
     */
    // M. Giles: An extended collection of matrix derivative results for forward and reverse mode algorithmic
    // differentiation (2008).
    private static Tensor[] eighSlope(Tensor[] g, Tensor[] saved) {
        Tensor v = saved[1];
        Tensor w = Matrices.like(v, saved[0]);
        Tensor scaled = g[0] == null
                ? null
                : Elementwise.multiply(v, Matrices.like(v, g[0]).unsqueeze(-2));
        if (g[1] != null) {
            Tensor one = Matrices.identityLike(v);
            Tensor gaps = Elementwise.add(Elementwise.subtract(w.unsqueeze(-2), w.unsqueeze(-1)), one);
            Tensor along = Elementwise.multiply(MatMul.matmul(v, ADJOINT, g[1], PLAIN), Elementwise.subtract(1, one));
            Tensor turned = MatMul.matmul(v, Elementwise.divide(along, gaps));
            scaled = scaled == null ? turned : Elementwise.add(scaled, turned);
        }
        Tensor slope = MatMul.matmul(scaled, PLAIN, v, ADJOINT);
        return new Tensor[] {Elementwise.multiply(Elementwise.add(slope, adjoint(slope)), 0.5)};
    }

    static Eig eig(String operation, Tensor a) {
        Matrices.requireSquare(operation, a);
        Tensor[] results;
        try (Tensor plain = a.detach()) {
            results = eigen(operation, plain, true);
        }
        Tape.record(
                operation,
                results,
                r -> r.gradients(new Tensor[] {a}, results, (g, s) ->
                        new Tensor[] {eigSlope(g, s, a.dtype().isComplex())}),
                a);
        return new Eig(results[0], results[1]);
    }

    static Tensor eigvals(Tensor a) {
        if (Tape.records(a)) { // the gradient needs the vectors
            Eig eig = eig("eigvals", a);
            eig.v().close();
            return eig.w();
        }
        Matrices.requireSquare("eigvals", a);
        return eigen("eigvals", a, false)[0];
    }

    /** Eigenvalues, and eigenvectors if they are asked for; on the host if the device has no routine. */
    private static Tensor[] eigen(String operation, Tensor a, boolean vectors) {
        long n = a.shape().at(-1);
        DType dtype = a.dtype().toComplex();
        Tensor w = Operands.empty(a, dtype, Matrices.batch(a).concat(Shape.of(n)));
        try (Tensor work = Matrices.columnMajor(a);
                Tensor rows = Operands.empty(a, dtype, vectors ? a.shape() : Shape.of(0, 0));
                Tensor v = rows.transpose(-2, -1);
                Tensor info = Matrices.infoFor(a)) {
            if (Matrices.backend(a).eig(work.view(), w.view(), vectors ? v.view() : null, info.view())) {
                Matrices.requireClean(operation, a, info, notConverged(w), w);
                return vectors ? new Tensor[] {w, v.contiguous()} : new Tensor[] {w};
            }
        } catch (RuntimeException | Error e) {
            w.close();
            throw e;
        }
        w.close();
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor[] results = eigen(operation, a.to(Device.cpu()), vectors);
            for (int i = 0; i < results.length; i++) {
                results[i] = scope.keep(results[i].to(a.device()));
            }
            return results;
        }
    }

    /**
     * {@code V^-H (diag(G_w) + (V^H G_V - V^H V diag(V^H G_V)) / E) V^H} with {@code E_ij = conj(w_j - w_i)} off the diagonal; the real part for real
     * matrices. What is subtracted belongs to the vectors' length, which is 1, and to their phase, which is free.
     */
    // C. Boeddeker, P. Hanebrink, L. Drude, J. Heymann, R. Haeb-Umbach: On the computation of complex-valued gradients
    // with application to statistically optimum beamforming (2017), arXiv 1701.00392.
    private static Tensor eigSlope(Tensor[] g, Tensor[] saved, boolean complex) {
        Tensor w = saved[0];
        Tensor v = saved[1];
        Tensor one = Matrices.identityLike(v);
        Tensor inner = g[0] == null ? null : Elementwise.multiply(one, g[0].unsqueeze(-2));
        if (g[1] != null) {
            Tensor along = MatMul.matmul(v, ADJOINT, g[1], PLAIN);
            Tensor diagonal = along.diagonal().unsqueeze(-2);
            Tensor free = Elementwise.multiply(MatMul.matmul(v, ADJOINT, v, PLAIN), diagonal);
            Tensor gaps =
                    Elementwise.add(ComplexNumbers.conj(Elementwise.subtract(w.unsqueeze(-2), w.unsqueeze(-1))), one);
            Tensor outside = Elementwise.multiply(Elementwise.subtract(along, free), Elementwise.subtract(1, one));
            Tensor turned = Elementwise.divide(outside, gaps);
            inner = inner == null ? turned : Elementwise.add(inner, turned);
        }
        Tensor adjoint = adjoint(v);
        Tensor slope = Linalg.solveEx(adjoint, MatMul.matmul(inner, adjoint)).result();
        return complex ? slope : ComplexNumbers.real(slope);
    }

    /**
     * Makes the exception. For matrices that are not finite backends report an info larger than the number of values.
     */
    private static Matrices.Complaint notConverged(Tensor values) {
        long k = values.shape().at(-1);
        return (where, info) -> new LinalgException(where + " did not converge: "
                + (info > k ? "it contains NaN or infinities" : "LAPACK's info is " + info));
    }

    static Tensor pinv(Tensor a, double tolerance) {
        Matrices.requireMatrix("pinv", a);
        Tensor result;
        try (TensorScope scope = a.device().openScope()) {
            Svd svd = svd("pinv", Tape.plain(a), false);
            result = scope.keep(pinv(svd, reciprocals(svd.s(), significant(svd.s(), tolerance))));
        }
        return recordedPinv("pinv", result, a);
    }

    /** Inverts the singular values that count; the others become 0. */
    static Tensor reciprocals(Tensor s, Tensor counts) {
        return Elementwise.where(counts, Elementwise.reciprocal(s), 0.0);
    }

    static Tensor pinv(Svd svd, Tensor reciprocals) {
        Tensor scaled = Elementwise.multiply(
                svd.u(), Matrices.like(svd.u(), reciprocals).unsqueeze(-2));
        return MatMul.matmul(svd.vh(), ADJOINT, scaled, ADJOINT);
    }

    static Tensor recordedPinv(String operation, Tensor result, Tensor a) {
        return Tape.record(
                operation, result, r -> r.gradient(a, new Tensor[] {a, result}, (g, s) -> pinvSlope(g, s[0], s[1])), a);
    }

    /** {@code -P^H G P^H + (I - A P) G^H P P^H + P^H P G^H (I - P A)}. */
    // G. Golub, V. Pereyra: The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
    // separate (1973).
    private static Tensor pinvSlope(Tensor g, Tensor a, Tensor p) {
        Tensor turned = MatMul.matmul(MatMul.matmul(p, ADJOINT, g, PLAIN), PLAIN, p, ADJOINT);
        Tensor left = MatMul.matmul(MatMul.matmul(g, ADJOINT, p, PLAIN), PLAIN, p, ADJOINT);
        Tensor right = MatMul.matmul(MatMul.matmul(p, ADJOINT, p, PLAIN), PLAIN, g, ADJOINT);
        Tensor outer = Elementwise.add(
                Elementwise.subtract(left, MatMul.matmul(a, MatMul.matmul(p, left))),
                Elementwise.subtract(right, MatMul.matmul(MatMul.matmul(right, p), a)));
        return Elementwise.subtract(outer, turned);
    }

    static Tensor matrixRank(Tensor a, double tolerance) {
        Matrices.requireMatrix("matrixRank", a);
        try (TensorScope scope = a.device().openScope()) {
            Tensor kept = significant(svdvals("matrixRank", Tape.plain(a)), tolerance);
            return scope.keep(Reduce.sum(kept.to(DType.INT64), -1));
        }
    }

    /** Marks the singular values above {@code tolerance} times the largest. */
    static Tensor significant(Tensor s, double tolerance) {
        Tensor largest = s.slice(-1, 0, 1);
        return Elementwise.greater(s, Elementwise.multiply(largest, tolerance));
    }

    /** {@return the rounding errors of an SVD, relative to the largest singular value} */
    static double defaultTolerance(Tensor a) {
        return a.rank() < 2
                ? 0
                : Math.max(a.shape().at(-2), a.shape().at(-1)) * a.dtype().epsilon();
    }
}
