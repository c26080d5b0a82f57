package kron4j.ops;

import static kron4j.ops.MatMul.Form.ADJOINT;
import static kron4j.ops.MatMul.Form.CONJUGATED;
import static kron4j.ops.MatMul.Form.PLAIN;
import static kron4j.ops.MatMul.Form.TRANSPOSED;

import java.util.Arrays;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.View;
import kron4j.ops.Linalg.WithInfo;

/** The solvers of {@link Linalg}. */
final class Solvers {
    /** The most right-hand sides with which small matrices are factored and solved in one pass. */
    private static final long FEW_COLUMNS = 64;

    private Solvers() {}

    static WithInfo solve(String operation, Tensor a, Tensor b) {
        checkRightHandSide(operation, a, b);
        boolean vector = b.rank() == 1;
        try (Tensor matrix = vector ? b.unsqueeze(1) : b.viewAs(b.layout())) {
            Shape batch = Shape.broadcast(operation, Matrices.batch(a), Matrices.batch(matrix));
            long columns = matrix.shape().at(-1);
            if (!Matrices.isSmall(a)
                    || Tape.records(a, b)
                    || !batch.equals(Matrices.batch(a))
                    || columns > FEW_COLUMNS) {
                try (LuFactors factors = LuFactors.ofEither(a)) {
                    Tensor info = factors.info().viewAs(factors.info().layout());
                    return new WithInfo(factors.solveUnchecked(operation, b, false), info);
                }
            }
            Shape shape = batch.concat(Shape.of(a.shape().at(-1), columns));
            Tensor info = Matrices.infoFor(a);
            try (Tensor right = matrix.viewAs(matrix.layout().expand(shape));
                    Tensor x = right.copy()) {
                Matrices.backend(a).solve(a.view(), x.view(), info.view());
                return new WithInfo(vector ? x.squeeze(-1) : x.viewAs(x.layout()), info);
            }
        }
    }

    static WithInfo inverse(String operation, Tensor a) {
        Matrices.requireSquare(operation, a);
        if (!Matrices.isSmall(a) || Tape.records(a)) {
            try (LuFactors factors = LuFactors.ofEither(a)) {
                Tensor info = factors.info().viewAs(factors.info().layout());
                return new WithInfo(factors.inverseUnchecked(), info);
            }
        }
        Tensor result = Matrices.identityLike(a);
        Tensor info = Matrices.infoFor(a);
        try (Tensor at = a.transpose(-2, -1);
                Tensor columns = result.transpose(-2, -1)) {
            // A^-T column by column is A^-1 row by row.
            Matrices.backend(a).solve(at.view(), columns.view(), info.view());
        }
        return new WithInfo(result, info);
    }

    /** Returns the result, or throws for the first singular matrix; waits for the device. */
    static Tensor orSingular(String operation, Tensor a, WithInfo computed, String instead) {
        try (Tensor info = computed.info()) {
            Matrices.requireClean(
                    operation, a, info, (where, pivot) -> singular(where, pivot, instead), computed.result());
        }
        return computed.result();
    }

    static SingularMatrixException singular(String where, int pivot, String instead) {
        return new SingularMatrixException(where + " is singular (pivot " + (pivot - 1) + " is zero); use " + instead
                + " to get info per entry instead");
    }

    static void checkRightHandSide(String operation, Tensor a, Tensor b) {
        Matrices.requireSquare(operation, a);
        Operands.sameDType(operation, a, b);
        Operands.sameDevice(operation, a, b);
        if (b.rank() == 0) {
            throw new ShapeException(
                    operation + ": b is a scalar; it needs " + a.shape().at(-1) + " rows as a has, shape " + a.shape());
        }
        long rows = b.shape().at(b.rank() == 1 ? 0 : -2);
        if (rows != a.shape().at(-1)) {
            String asVectors = b.rank() > 1 && b.shape().at(-1) == a.shape().at(-1)
                    ? "; b is a vector only if its rank is 1: for a batch of vectors write "
                            + "solve(a, b.unsqueeze(-1)).squeeze(-1)"
                    : "";
            throw new ShapeException(operation + ": a of shape " + a.shape() + " needs b with "
                    + a.shape().at(-1) + " rows, got shape " + b.shape() + " with " + rows + asVectors);
        }
        if (b.rank() > 1) {
            Shape.broadcast(operation, Matrices.batch(a), Matrices.batch(b));
        }
    }

    static Tensor triangular(Tensor t, Tensor b, boolean upper, boolean transposed, boolean unitDiagonal) {
        checkRightHandSide("triangularSolve", t, b);
        if (b.rank() == 1) {
            try (Tensor column = b.unsqueeze(1);
                    Tensor x = triangular(t, column, upper, transposed, unitDiagonal)) {
                return x.squeeze(-1);
            }
        }
        Tensor x = triangularSolved(t, b, upper, transposed, unitDiagonal);
        return Tape.record(
                "triangularSolve",
                x,
                r -> r.gradients(new Tensor[] {b, t}, new Tensor[] {t, x}, (g, s) -> {
                    Tensor right = ComplexNumbers.conj(
                            triangular(s[0], ComplexNumbers.conj(g[0]), upper, !transposed, unitDiagonal));
                    Tensor outer = transposed
                            ? MatMul.matmul(s[1], CONJUGATED, right, TRANSPOSED)
                            : MatMul.matmul(right, PLAIN, s[1], ADJOINT);
                    int diagonal = unitDiagonal ? 1 : 0;
                    Tensor part = upper ? Indexing.triu(outer, diagonal) : Indexing.tril(outer, -diagonal);
                    return new Tensor[] {right, Elementwise.negative(part)};
                }),
                b,
                t);
    }

    /** Solves T^H X = B. */
    static Tensor adjointTriangular(Tensor t, Tensor b, boolean upper, boolean unitDiagonal) {
        return ComplexNumbers.conj(triangular(t, ComplexNumbers.conj(b), upper, true, unitDiagonal));
    }

    private static Tensor triangularSolved(
            Tensor triangle, Tensor b, boolean upper, boolean transposed, boolean unitDiagonal) {
        try (Tensor t = triangle.detach();
                Tensor matrix = b.detach()) {
            boolean columns = Matrices.isColumnMajor(t);
            boolean rows = !columns
                    && t.layout().stride(-1) == 1
                    && t.layout().stride(-2) >= t.shape().at(-1);
            Shape batch = Shape.broadcast("triangularSolve", Matrices.batch(t), Matrices.batch(matrix));
            Shape core = matrix.shape().slice(matrix.rank() - 2, matrix.rank());
            try (Tensor factor =
                            columns ? t.viewAs(t.layout()) : rows ? t.transpose(-2, -1) : Matrices.transposeOfCopy(t);
                    Tensor right = matrix.viewAs(matrix.layout().expand(batch.concat(core)));
                    Tensor x = Matrices.columnMajor(right)) {
                View shared = factor.view()
                        .with(factor.layout().expand(batch.concat(t.shape().slice(t.rank() - 2, t.rank()))));
                Matrices.backend(t)
                        .triangularSolve(shared, upper == columns, transposed == columns, unitDiagonal, x.view());
                return x.contiguous();
            }
        }
    }

    static Tensor tensorsolve(Tensor a, Tensor b, int... axes) {
        Operands.requireFactorable("tensorsolve", a);
        Operands.sameDType("tensorsolve", a, b);
        Operands.sameDevice("tensorsolve", a, b);
        if (a.rank() < b.rank()) {
            throw new ShapeException("tensorsolve: a of shape " + a.shape() + " needs the axes of b, shape " + b.shape()
                    + ", and after them those of the result");
        }
        try (TensorScope scope = a.device().openScope()) {
            Tensor moved = axes.length == 0 ? a : a.permute(movedToTheEnd(a, axes));
            Shape result = moved.shape().slice(b.rank(), a.rank());
            long n = b.size();
            if (result.size() != n || moved.shape().slice(0, b.rank()).size() != n) {
                throw new ShapeException("tensorsolve: a of shape " + moved.shape() + " is not square for b of shape "
                        + b.shape() + ": its first " + b.rank() + " axes and the others " + result + " need " + n
                        + " elements each");
            }
            Tensor matrix = moved.reshape(n, n);
            Tensor x = orSingular(
                    "tensorsolve",
                    matrix,
                    solve("tensorsolve", matrix, b.reshape(n)),
                    "solveEx of a reshaped to a matrix");
            return scope.keep(x.reshape(result));
        }
    }

    private static int[] movedToTheEnd(Tensor a, int... axes) {
        if (axes.length > a.rank()) {
            throw new ShapeException("tensorsolve: axes " + Arrays.toString(axes) + " are more than shape " + a.shape()
                    + " has; give each at most once");
        }
        int[] order = new int[a.rank()];
        boolean[] moved = new boolean[a.rank()];
        int last = a.rank() - axes.length;
        for (int i = 0; i < axes.length; i++) {
            int axis = Operands.axis("tensorsolve", a.shape(), axes[i]);
            if (moved[axis]) {
                throw new ShapeException("tensorsolve: axis " + axes[i] + " is given twice for shape " + a.shape());
            }
            moved[axis] = true;
            order[last + i] = axis;
        }
        int front = 0;
        for (int axis = 0; axis < moved.length; axis++) {
            if (!moved[axis]) {
                order[front++] = axis;
            }
        }
        return order;
    }

    static Tensor tensorinv(Tensor a, int axes) {
        Operands.requireFactorable("tensorinv", a);
        if (axes < 1 || axes > a.rank()) {
            throw new ShapeException(
                    "tensorinv: the first " + axes + " axes of shape " + a.shape() + "; give 1 to " + a.rank());
        }
        Shape left = a.shape().slice(0, axes);
        Shape right = a.shape().slice(axes, a.rank());
        if (left.size() != right.size()) {
            throw new ShapeException("tensorinv: a of shape " + a.shape() + " is not square: " + left.size()
                    + " elements in its first " + axes + " axes, " + right.size() + " in the others");
        }
        try (TensorScope scope = a.device().openScope()) {
            Tensor matrix = a.reshape(left.size(), right.size());
            Tensor inverse = orSingular(
                    "tensorinv", matrix, inverse("tensorinv", matrix), "inverseEx of a reshaped to a matrix");
            return scope.keep(inverse.reshape(right.concat(left)));
        }
    }
}
