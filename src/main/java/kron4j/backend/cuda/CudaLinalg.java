package kron4j.backend.cuda;

import kron4j.DeviceException;
import kron4j.backend.AbstractLinalg;
import kron4j.backend.View;

/** Not yet written. */
final class CudaLinalg extends AbstractLinalg {
    private final CudaContext context;

    CudaLinalg(CudaContext context) {
        super(context.backend());
        this.context = context;
    }

    private DeviceException notYet(String operation) {
        return new DeviceException(context.name() + ": " + operation + " is not yet on cuda; use cpu");
    }

    @Override
    protected void doLu(View a, View pivots, View info) {
        throw notYet("Lu");
    }

    @Override
    protected void doPermutation(View pivots, View permutation) {
        throw notYet("Permutation");
    }

    @Override
    protected void doLuSolve(View lu, View pivots, boolean transposed, View b) {
        throw notYet("LuSolve");
    }

    @Override
    protected void doLuDet(View lu, View pivots, View det) {
        throw notYet("LuDet");
    }

    @Override
    protected void doLuSlogdet(View lu, View pivots, View sign, View logAbs) {
        throw notYet("LuSlogdet");
    }

    @Override
    protected void doDet(View a, View det) {
        throw notYet("Det");
    }

    @Override
    protected void doSolve(View a, View b, View info) {
        throw notYet("Solve");
    }

    @Override
    protected void doSlogdet(View a, View sign, View logAbs) {
        throw notYet("Slogdet");
    }

    @Override
    protected void doSlogdetCompensated(View a, View sign, View logAbs) {
        throw notYet("SlogdetCompensated");
    }

    @Override
    protected void doTriangularSolve(View t, boolean upper, boolean transposed, boolean unitDiagonal, View b) {
        throw notYet("TriangularSolve");
    }

    @Override
    protected void doCholesky(View a, boolean upper, View info) {
        throw notYet("Cholesky");
    }

    @Override
    protected void doQr(View a, View q, View r) {
        throw notYet("Qr");
    }

    @Override
    protected void doSvd(View a, View u, View s, View vt, View info) {
        throw notYet("Svd");
    }

    @Override
    protected void doSvdvals(View a, View s, View info) {
        throw notYet("Svdvals");
    }

    @Override
    protected void doEigh(View a, boolean upper, View w, View info) {
        throw notYet("Eigh");
    }
}
