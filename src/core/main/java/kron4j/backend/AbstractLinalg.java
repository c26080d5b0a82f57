package kron4j.backend;

import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;

/** Checks layouts, shapes and dtypes once for every implementation. Holds the storages while a routine works on them. */
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

    @Override
    public final void lu(View a, View pivots, View info) {
        columnMajor("lu", a);
        vector("lu pivots", pivots, DType.INT32, batch(a).concat(Shape.of(smaller(a))));
        expect("lu info", info, DType.INT32, batch(a));
        backend.run("lu", 0, () -> doLu(a, pivots, info), a, pivots, info);
    }

    @Override
    public final void permutation(View pivots, View permutation) {
        int last = pivots.layout().rank() - 1;
        if (!permutation.shape().slice(0, last).equals(pivots.shape().slice(0, last))
                || permutation.shape().at(last) < pivots.shape().at(last)) {
            throw new ShapeException(
                    "permutation: shape " + permutation.shape() + " for pivots of shape " + pivots.shape());
        }
        backend.run("permutation", 1, () -> doPermutation(pivots, permutation), pivots, permutation);
    }

    @Override
    public final void luSolve(View lu, View pivots, boolean transposed, View b) {
        factored("luSolve", lu, pivots);
        rightHandSide("luSolve", lu, b);
        backend.run("luSolve", 2, () -> doLuSolve(lu, pivots, transposed, b), lu, pivots, b);
    }

    @Override
    public final void luInverse(View lu, View pivots, View inverse) {
        factored("luInverse", lu, pivots);
        columnMajor("luInverse", inverse);
        expect("luInverse", inverse, lu.dtype(), lu.shape());
        backend.run("luInverse", 2, () -> doLuInverse(lu, pivots, inverse), lu, pivots, inverse);
    }

    @Override
    public final void luDet(View lu, View pivots, View det) {
        factored("luDet", lu, pivots);
        expect("luDet", det, lu.dtype(), batch(lu));
        backend.run("luDet", 2, () -> doLuDet(lu, pivots, det), lu, pivots, det);
    }

    @Override
    public final void luSlogdet(View lu, View pivots, View sign, View logAbs) {
        factored("luSlogdet", lu, pivots);
        expect("luSlogdet sign", sign, lu.dtype(), batch(lu));
        expect("luSlogdet logAbs", logAbs, lu.dtype(), batch(lu));
        backend.run("luSlogdet", 2, () -> doLuSlogdet(lu, pivots, sign, logAbs), lu, pivots, sign, logAbs);
    }

    @Override
    public final void det(View a, View det) {
        square("det", a);
        expect("det", det, a.dtype(), batch(a));
        backend.run("det", 1, () -> doDet(a, det), a, det);
    }

    @Override
    public final void solve(View a, View b, View info) {
        square("solve", a);
        expect(
                "solve b",
                b,
                a.dtype(),
                batch(a).concat(Shape.of(a.shape().at(-1), b.shape().at(-1))));
        expect("solve info", info, DType.INT32, batch(a));
        backend.run("solve", 1, () -> doSolve(a, b, info), a, b, info);
    }

    @Override
    public final void slogdet(View a, View sign, View logAbs) {
        square("slogdet", a);
        expect("slogdet sign", sign, a.dtype(), batch(a));
        expect("slogdet logAbs", logAbs, a.dtype(), batch(a));
        backend.run("slogdet", 1, () -> doSlogdet(a, sign, logAbs), a, sign, logAbs);
    }

    @Override
    public final void slogdetCompensated(View a, View sign, View logAbs) {
        square("slogdetCompensated", a);
        expect("slogdetCompensated sign", sign, a.dtype(), batch(a));
        expect("slogdetCompensated logAbs", logAbs, a.dtype(), batch(a));
        backend.run("slogdetCompensated", 1, () -> doSlogdetCompensated(a, sign, logAbs), a, sign, logAbs);
    }

    @Override
    public final void triangularSolve(View t, boolean upper, boolean transposed, boolean unitDiagonal, View b) {
        columnMajor("triangularSolve", t);
        square("triangularSolve", t);
        rightHandSide("triangularSolve", t, b);
        backend.run("triangularSolve", 1, () -> doTriangularSolve(t, upper, transposed, unitDiagonal, b), t, b);
    }

    @Override
    public final void cholesky(View a, boolean upper, View info) {
        columnMajor("cholesky", a);
        square("cholesky", a);
        expect("cholesky info", info, DType.INT32, batch(a));
        backend.run("cholesky", 0, () -> doCholesky(a, upper, info), a, info);
    }

    @Override
    public final void qr(View a, View q, View r) {
        columnMajor("qr", a);
        columnMajor("qr q", q);
        columnMajor("qr r", r);
        long rows = a.shape().at(-2);
        long inner = q.shape().at(-1) == rows ? rows : smaller(a);
        expect("qr q", q, a.dtype(), batch(a).concat(Shape.of(rows, inner)));
        expect("qr r", r, a.dtype(), batch(a).concat(Shape.of(inner, a.shape().at(-1))));
        backend.run("qr", 0, () -> doQr(a, q, r), a, q, r);
    }

    @Override
    public final void svd(View a, View u, View s, View vt, View info) {
        columnMajor("svd", a);
        columnMajor("svd u", u);
        columnMajor("svd vt", vt);
        long rows = a.shape().at(-2);
        long cols = a.shape().at(-1);
        boolean full = u.shape().at(-1) == rows && vt.shape().at(-2) == cols;
        expect("svd u", u, a.dtype(), batch(a).concat(Shape.of(rows, full ? rows : smaller(a))));
        expect("svd vt", vt, a.dtype(), batch(a).concat(Shape.of(full ? cols : smaller(a), cols)));
        vector("svd s", s, a.dtype(), batch(a).concat(Shape.of(smaller(a))));
        expect("svd info", info, DType.INT32, batch(a));
        backend.run("svd", 0, () -> doSvd(a, u, s, vt, info), a, u, s, vt, info);
    }

    @Override
    public final void svdvals(View a, View s, View info) {
        columnMajor("svdvals", a);
        vector("svdvals s", s, a.dtype(), batch(a).concat(Shape.of(smaller(a))));
        expect("svdvals info", info, DType.INT32, batch(a));
        backend.run("svdvals", 0, () -> doSvdvals(a, s, info), a, s, info);
    }

    @Override
    public final void eigh(View a, boolean upper, View w, View info) {
        columnMajor("eigh", a);
        square("eigh", a);
        vector("eigh w", w, a.dtype(), batch(a).concat(Shape.of(a.shape().at(-1))));
        expect("eigh info", info, DType.INT32, batch(a));
        backend.run("eigh", 0, () -> doEigh(a, upper, w, info), a, w, info);
    }

    private static Shape batch(View a) {
        return a.shape().slice(0, a.shape().rank() - 2);
    }

    private static long smaller(View a) {
        return Math.min(a.shape().at(-2), a.shape().at(-1));
    }

    private static void columnMajor(String what, View a) {
        Layout l = a.layout();
        boolean fits = l.rank() >= 2;
        if (fits) {
            long rows = l.shape().at(-2);
            long cols = l.shape().at(-1);
            fits = (rows <= 1 || l.stride(-2) == 1) && (cols <= 1 || l.stride(-1) >= Math.max(1, rows));
        }
        if (!fits) {
            throw new ShapeException(what + ": needs column-major matrices, got " + l);
        }
    }

    private static void square(String what, View a) {
        if (a.layout().rank() < 2 || a.shape().at(-2) != a.shape().at(-1)) {
            throw new ShapeException(what + ": needs square matrices, got shape " + a.shape());
        }
    }

    private static void factored(String what, View lu, View pivots) {
        columnMajor(what, lu);
        square(what, lu);
        expect(
                what + " pivots",
                pivots,
                DType.INT32,
                batch(lu).concat(Shape.of(lu.shape().at(-1))));
    }

    private static void rightHandSide(String what, View a, View b) {
        columnMajor(what + " b", b);
        expect(
                what + " b",
                b,
                a.dtype(),
                batch(a).concat(Shape.of(a.shape().at(-1), b.shape().at(-1))));
    }

    private static void vector(String what, View v, DType dtype, Shape shape) {
        expect(what, v, dtype, shape);
        if (v.shape().at(-1) > 1 && v.layout().stride(-1) != 1) {
            throw new ShapeException(what + ": the elements of the last axis must be neighbours, got " + v.layout());
        }
    }

    private static void expect(String what, View v, DType dtype, Shape shape) {
        if (v.dtype() != dtype) {
            throw new DTypeException(what + ": needs " + dtype + ", got " + v.dtype() + " " + v.shape());
        }
        if (!v.shape().equals(shape)) {
            throw new ShapeException(what + ": needs shape " + shape + ", got " + v.shape());
        }
    }
}
