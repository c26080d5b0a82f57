package kron4j.backend.cuda.linalg;

import java.util.function.BiConsumer;
import kron4j.DType;
import kron4j.Layout;
import kron4j.backend.AbstractBackend;
import kron4j.backend.AbstractLinalg;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.Staging;
import kron4j.plan.LuPlan;

/** Factorisations on a card: which class does what, and what is left to do for matrices without elements. */
public final class CudaLinalg extends AbstractLinalg {
    private final CudaContext context;
    private final BiConsumer<Number, View> fill;
    private final CudaLu lu;
    private final CudaLuFactors factors;
    private final CudaTriangles triangles;
    private final CudaDecompositions decompositions;
    private final CudaSpectra spectra;
    private final CudaCompensated compensated;

    /**
     * Factorisations on the card.
     *
     * @param backend holds the operands
     * @param fill fills a view with a number
     * @param copy copies a view to another, with conversion
     */
    public CudaLinalg(
            AbstractBackend backend,
            CudaContext context,
            Staging staging,
            BiConsumer<Number, View> fill,
            BiConsumer<View, View> copy) {
        super(backend);
        this.context = context;
        this.fill = fill;
        MatrixKernels kernels = new MatrixKernels(context);
        lu = new CudaLu(context, kernels);
        triangles = new CudaTriangles(context, kernels);
        factors = new CudaLuFactors(context, kernels, triangles);
        decompositions = new CudaDecompositions(context, kernels);
        spectra = new CudaSpectra(context, kernels);
        compensated = new CudaCompensated(context, staging, copy);
    }

    @Override
    public int onePassSize(DType dtype, long batch) {
        return LuPlan.registers(dtype.bytes());
    }

    private static boolean isEmpty(View a) {
        return a.shape().at(-2) == 0 || a.shape().at(-1) == 0;
    }

    private void zero(View v) {
        fill.accept(0L, v);
    }

    private void setIdentity(View a) {
        zero(a);
        Layout l = a.layout();
        fill.accept(1L, a.with(l.diagonal(0, l.rank() - 2, l.rank() - 1)));
    }

    @Override
    protected void doLu(View a, View pivots, View info) {
        if (isEmpty(a)) {
            zero(info);
        } else {
            lu.factor(a, pivots, info);
        }
    }

    @Override
    protected void doPermutation(View pivots, View permutation) {
        factors.permutation(pivots, permutation);
    }

    @Override
    protected void doLuSolve(View packed, View pivots, boolean transposed, View b) {
        if (!isEmpty(b)) {
            factors.solve(packed, pivots, transposed, b);
        }
    }

    @Override
    protected void doLuDet(View packed, View pivots, View det) {
        factors.determinant(packed, pivots, null, null, det);
    }

    @Override
    protected void doLuSlogdet(View packed, View pivots, View sign, View logAbs) {
        factors.determinant(packed, pivots, sign, logAbs, null);
    }

    @Override
    protected void doDet(View a, View det) {
        lu.determinant(a, null, null, det);
    }

    @Override
    protected void doSolve(View a, View b, View info) {
        lu.solve(a, b, info);
    }

    @Override
    protected void doSlogdet(View a, View sign, View logAbs) {
        lu.determinant(a, sign, logAbs, null);
    }

    @Override
    protected void doSlogdetCompensated(View a, View sign, View logAbs) {
        compensated.slogdet(a, sign, logAbs);
    }

    @Override
    protected void doTriangularSolve(View t, boolean upper, boolean transposed, boolean unitDiagonal, View b) {
        if (!isEmpty(b)) {
            triangles.solve(t, upper, transposed, unitDiagonal, b);
        }
    }

    @Override
    protected void doCholesky(View a, boolean upper, View info) {
        if (isEmpty(a)) {
            zero(info);
        } else {
            decompositions.cholesky(a, upper, info);
        }
    }

    @Override
    protected void doQr(View a, View q, View r) {
        if (isEmpty(a)) {
            setIdentity(q);
        } else {
            decompositions.qr(a, q, r);
        }
    }

    @Override
    protected void doSvd(View a, View u, View s, View vt, View info) {
        if (isEmpty(a)) {
            setIdentity(u);
            setIdentity(vt);
            zero(info);
        } else {
            spectra.svd(a, u, s, vt, info);
        }
    }

    @Override
    protected void doSvdvals(View a, View s, View info) {
        if (isEmpty(a)) {
            zero(info);
        } else {
            spectra.svd(a, null, s, null, info);
        }
    }

    @Override
    protected void doEigh(View a, boolean upper, View w, View info) {
        if (isEmpty(a)) {
            zero(info);
        } else {
            spectra.eigh(a, upper, w, info);
        }
    }

    /** CUDA before 12.9 has no routine. */
    @Override
    protected boolean doEig(View a, View w, View v, View info) {
        SolverRoutine.EIG.begin(context);
        return false;
    }

    @Override
    protected boolean doExpm(View a, View exponential) {
        return false;
    }

    /** CUDA has none that finds the rank. */
    @Override
    public boolean hasLeastSquares() {
        return false;
    }

    @Override
    protected void doLeastSquares(View a, View b, double rcond, View values, View rank) {
        throw new UnsupportedOperationException("leastSquares");
    }
}
