package kron4j.backend;

import java.util.Arrays;
import kron4j.Layout;
import kron4j.backend.AbstractBackend.Held;

/** Holds the storages while a routine works on them. Shapes, dtypes and layouts fit, as {@link LinalgBackend} asks. */
public abstract class AbstractLinalg implements LinalgBackend {
    private final AbstractBackend backend;

    protected AbstractLinalg(AbstractBackend backend) {
        this.backend = backend;
    }

    protected abstract void doLu(View a, View pivots, View info);

    protected abstract void doPermutation(View pivots, View permutation);

    protected abstract void doLuSolve(View lu, View pivots, boolean transposed, View b);

    /** Solves for the identity. */
    protected void doLuInverse(View lu, View pivots, View inverse) {
        backend.fill(0L, inverse);
        backend.fill(1L, inverse.with(inverse.layout().diagonal(0, -2, -1)));
        doLuSolve(lu, pivots, false, inverse);
    }

    protected abstract void doLuDet(View lu, View pivots, View det);

    protected abstract void doLuSlogdet(View lu, View pivots, View sign, View logAbs);

    protected abstract void doDet(View a, View det);

    protected abstract void doSolve(View a, View b, View info);

    protected abstract void doSlogdet(View a, View sign, View logAbs);

    protected abstract void doSlogdetCompensated(View a, View sign, View logAbs);

    protected abstract void doTriangularSolve(View t, boolean upper, boolean transposed, boolean unitDiagonal, View b);

    protected abstract void doCholesky(View a, boolean upper, View info);

    protected abstract void doQr(View a, View q, View r);

    protected abstract void doSvd(View a, View u, View s, View vt, View info);

    protected abstract void doSvdvals(View a, View s, View info);

    protected abstract void doEigh(View a, boolean upper, View w, View info);

    protected abstract boolean doEig(View a, View w, View v, View info);

    protected abstract boolean doExpm(View a, View exponential);

    protected abstract void doLeastSquares(View a, View b, double rcond, View values, View rank);

    @Override
    public final void lu(View a, View pivots, View info) {
        assert areColumnMajor(a);
        try (Held held = backend.hold("lu", 0, a, pivots, info)) {
            doLu(a, pivots, info);
        }
    }

    @Override
    public final void permutation(View pivots, View permutation) {
        try (Held held = backend.hold("permutation", 1, pivots, permutation)) {
            doPermutation(pivots, permutation);
        }
    }

    @Override
    public final void luSolve(View lu, View pivots, boolean transposed, View b) {
        assert areColumnMajor(lu, b);
        try (Held held = backend.hold("luSolve", 2, lu, pivots, b)) {
            doLuSolve(lu, pivots, transposed, b);
        }
    }

    @Override
    public final void luInverse(View lu, View pivots, View inverse) {
        assert areColumnMajor(lu, inverse);
        try (Held held = backend.hold("luInverse", 2, lu, pivots, inverse)) {
            doLuInverse(lu, pivots, inverse);
        }
    }

    @Override
    public final void luDet(View lu, View pivots, View det) {
        assert areColumnMajor(lu);
        try (Held held = backend.hold("luDet", 2, lu, pivots, det)) {
            doLuDet(lu, pivots, det);
        }
    }

    @Override
    public final void luSlogdet(View lu, View pivots, View sign, View logAbs) {
        assert areColumnMajor(lu);
        try (Held held = backend.hold("luSlogdet", 2, lu, pivots, sign, logAbs)) {
            doLuSlogdet(lu, pivots, sign, logAbs);
        }
    }

    @Override
    public final void det(View a, View det) {
        try (Held held = backend.hold("det", 1, a, det)) {
            doDet(a, det);
        }
    }

    @Override
    public final void solve(View a, View b, View info) {
        try (Held held = backend.hold("solve", 1, a, b, info)) {
            doSolve(a, b, info);
        }
    }

    @Override
    public final void slogdet(View a, View sign, View logAbs) {
        try (Held held = backend.hold("slogdet", 1, a, sign, logAbs)) {
            doSlogdet(a, sign, logAbs);
        }
    }

    @Override
    public final void slogdetCompensated(View a, View sign, View logAbs) {
        try (Held held = backend.hold("slogdetCompensated", 1, a, sign, logAbs)) {
            doSlogdetCompensated(a, sign, logAbs);
        }
    }

    @Override
    public final void triangularSolve(View t, boolean upper, boolean transposed, boolean unitDiagonal, View b) {
        assert areColumnMajor(t, b);
        try (Held held = backend.hold("triangularSolve", 1, t, b)) {
            doTriangularSolve(t, upper, transposed, unitDiagonal, b);
        }
    }

    @Override
    public final void cholesky(View a, boolean upper, View info) {
        assert areColumnMajor(a);
        try (Held held = backend.hold("cholesky", 0, a, info)) {
            doCholesky(a, upper, info);
        }
    }

    @Override
    public final void qr(View a, View q, View r) {
        assert areColumnMajor(a, q, r);
        try (Held held = backend.hold("qr", 0, a, q, r)) {
            doQr(a, q, r);
        }
    }

    @Override
    public final void svd(View a, View u, View s, View vt, View info) {
        assert areColumnMajor(a, u, vt);
        try (Held held = backend.hold("svd", 0, a, u, s, vt, info)) {
            doSvd(a, u, s, vt, info);
        }
    }

    @Override
    public final void svdvals(View a, View s, View info) {
        assert areColumnMajor(a);
        try (Held held = backend.hold("svdvals", 0, a, s, info)) {
            doSvdvals(a, s, info);
        }
    }

    @Override
    public final void eigh(View a, boolean upper, View w, View info) {
        assert areColumnMajor(a);
        try (Held held = backend.hold("eigh", 0, a, w, info)) {
            doEigh(a, upper, w, info);
        }
    }

    @Override
    public final boolean eig(View a, View w, View v, View info) {
        View vectors = v == null ? a : v;
        assert areColumnMajor(a, vectors);
        try (Held held = backend.hold("eig", 0, a, vectors, w, info)) {
            return doEig(a, w, v, info);
        }
    }

    @Override
    public final boolean expm(View a, View exponential) {
        assert areColumnMajor(a, exponential);
        try (Held held = backend.hold("expm", 0, a, exponential)) {
            return doExpm(a, exponential);
        }
    }

    @Override
    public final void leastSquares(View a, View b, double rcond, View values, View rank) {
        assert areColumnMajor(a, b);
        View[] views = rank == null ? new View[] {a, b} : new View[] {a, b, values, rank};
        try (Held held = backend.hold("leastSquares", 0, views)) {
            doLeastSquares(a, b, rcond, values, rank);
        }
    }

    private static boolean areColumnMajor(View... matrices) {
        return Arrays.stream(matrices).map(View::layout).allMatch(AbstractLinalg::isColumnMajor);
    }

    private static boolean isColumnMajor(Layout l) {
        long rows = l.shape().at(-2);
        return (rows <= 1 || l.stride(-2) == 1) && (l.shape().at(-1) <= 1 || l.stride(-1) >= Math.max(1, rows));
    }
}
